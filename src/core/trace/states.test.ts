import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameArb as anyFrame } from '../testkit/wire-arbitraries.ts'
import type { Ethernet, Frame, Ipv4Packet } from '../wire/types.ts'
import { World } from '../world/world.ts'
import { LinkHeaders } from './link-headers.ts'
import { PacketStates } from './states.ts'
import { Trace } from './trace.ts'

const DATAGRAM: Ipv4Packet = {
  l: 'ipv4',
  src: 1,
  dst: 2,
  ttl: 64,
  proto: 17,
  id: 7,
  tos: 0,
  df: false,
  mf: false,
  frag: 0,
  totalLength: undefined,
  payload: { l: 'udp', sport: 1, dport: 2, payload: { l: 'data', data: 'x' } },
}
const ethernet = (payload: Ethernet['payload'], src = 1, dst = 2): Ethernet => ({
  l: 'eth',
  src,
  dst,
  type: 0x800,
  vlan: undefined,
  payload,
})

type Change = (frame: Frame) => Frame
const onIp =
  (change: (ip: Ipv4Packet) => Ipv4Packet): Change =>
  (frame) => {
    if (frame.l === 'ipv4') return change(frame)
    return frame.payload.l === 'ipv4' ? { ...frame, payload: change(frame.payload) } : frame
  }
const mac = fc.integer({ min: 0, max: 5 }).map((n) => n * 0x10000000001)

/** What may happen to a packet on its way, and what must not. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant<Change>((frame) => frame),
  fc.nat(3).map((ttl) => onIp((ip) => ({ ...ip, ttl }))),
  fc.nat(3).map((dst) => onIp((ip) => ({ ...ip, dst }))),
  fc.constant(onIp((ip) => ({ ...ip, payload: { l: 'data', data: 'other' } }))),
  fc.constant<Change>((frame) => (frame.l === 'eth' && frame.payload.l === 'ipv4' ? frame.payload : frame)),
  fc.tuple(mac, mac).map(
    ([src, dst]): Change =>
      (frame) =>
        ethernet(frame.l === 'ipv4' ? frame : frame.payload, src, dst),
  ),
  fc.nat(2).map(
    (vlan): Change =>
      (frame) =>
        frame.l === 'eth' ? { ...frame, vlan: vlan || undefined } : frame,
  ),
  anyFrame.map(
    (frame): Change =>
      () =>
        frame,
  ),
)

describe('packet states', () => {
  it('gives every packet back as it was', () => {
    fc.assert(
      fc.property(anyFrame, fc.array(change, { maxLength: 12 }), (first, changes) => {
        const states = new PacketStates()
        const seen: { readonly state: number; readonly frame: Frame }[] = []
        let [frame, state] = [first, -1]
        for (const each of [(same: Frame) => same, ...changes]) {
          frame = each(frame)
          state = states.add(frame, state)
          seen.push({ state, frame })
        }
        for (const each of seen) expect(states.at(each.state)).toEqual(each.frame)
      }),
    )
  })

  it('keeps one frame for a datagram however many routers it passes', () => {
    const states = new PacketStates()
    let state = states.add(DATAGRAM, -1)
    for (let ttl = 64; ttl > 1; ttl--) {
      state = states.add(ethernet({ ...DATAGRAM, ttl }, ttl, ttl + 1), state)
      state = states.add(ethernet({ ...DATAGRAM, ttl }, ttl, ttl + 1), state)
    }
    expect([states.stored, states.length]).toEqual([1, 64])
    expect(states.at(63)).toEqual(ethernet({ ...DATAGRAM, ttl: 2 }, 2, 3))
  })

  it('stores frames whole when it runs out of header numbers', () => {
    const states = new PacketStates()
    const first = states.add(DATAGRAM, -1)
    for (let i = 0; i < 70_000; i++) {
      const frame = ethernet(DATAGRAM, i, 0x020000000000 + i)
      expect(states.at(states.add(frame, first))).toEqual(frame)
    }
    expect(states.stored).toBeGreaterThan(1)
  })
})

describe('link headers', () => {
  it('numbers each pair once', () => {
    const headers = new LinkHeaders()
    const pairs = Array.from({ length: 3000 }, (_, i) => [i % 60, 0x0a5800000000 + i] as const)
    const numbers = pairs.map(([src, dst]) => headers.number(src, dst))
    expect(new Set(numbers).size).toBe(pairs.length)
    expect(pairs.map(([src, dst]) => headers.number(src, dst))).toEqual(numbers)
    expect(numbers.map((number) => [headers.src(number), headers.dst(number)])).toEqual(pairs)
  })
})

describe('the trace', () => {
  it('shows packets as they were, before and after a fork', () => {
    const trace = new Trace(new World(1))
    const record = (packet: number, frame: Frame): void =>
      trace.add(0, packet, trace.frame(frame, packet), 0, 0, 'dev.xmit', 'send')
    const packet = trace.packet(0, 0)
    record(packet, DATAGRAM)
    record(packet, ethernet(DATAGRAM))
    record(packet, ethernet({ ...DATAGRAM, dst: 9 }))
    trace.truncate(2)
    record(packet, ethernet({ ...DATAGRAM, ttl: 63 }, 3, 4))
    const copy = trace.packet(packet, 0)
    record(copy, ethernet({ ...DATAGRAM, ttl: 63 }, 3, 5))
    trace.add(0, 0, 0, 0, 0, 'app', 'continue')
    expect([0, 1, 2, 3].map((i) => trace.frameAt(i))).toEqual([
      DATAGRAM,
      ethernet(DATAGRAM),
      ethernet({ ...DATAGRAM, ttl: 63 }, 3, 4),
      ethernet({ ...DATAGRAM, ttl: 63 }, 3, 5),
    ])
    expect([trace.frameAt(-1), trace.frameAt(4), trace.frameAt(5)]).toEqual([undefined, undefined, undefined])
    // the frame to 9 went with the fork
    expect(trace.states.stored).toBe(1)
  })
})
