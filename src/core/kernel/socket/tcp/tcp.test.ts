import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ipv4, ipv4 } from '../../../base/ipv4.ts'
import { MS, SEC, US } from '../../../base/time.ts'
import { type FakeLan, type LanConfig, fakeLan } from '../../../testkit/fake-lan.ts'
import { type EventKind, eventKind } from '../../../sim/sim.ts'
import { TCP_FLAG } from '../../../wire/constants.ts'
import type { Tcp } from '../../../wire/types.ts'
import { acceptSocket, bindSocket, closeSocket, connectSocket, listenSocket, openSocket } from '../socket.ts'
import { type SocketEvent, socketOf } from '../stack.ts'
import { connectOutcome, tcpError, tcpRecv, tcpSend, tcpShutdown } from './calls.ts'

const A = ipv4('10.0.0.1')
const B = ipv4('10.0.0.2')
const CLIENT = 100
const SERVER = 200

interface Scene extends FakeLan {
  readonly events: [pid: number, SocketEvent][]
  readonly listener: number
  client: number
  /** Accepted connections. */
  readonly accepted: number[]
  react: (pid: number, event: SocketEvent) => void
}

function scene(config: LanConfig = {}, port = 80): Scene {
  const lan = fakeLan([A, B], config)
  const listener = openSocket(lan.stack, 2, 'tcp', SERVER)
  expect(bindSocket(lan.stack, socketOf(lan.stack, listener), 0, port).ok).toBe(true)
  expect(listenSocket(lan.stack, socketOf(lan.stack, listener), 128).ok).toBe(true)
  const s: Scene = Object.assign(lan, { events: [], listener, client: 0, accepted: [], react: () => {} })
  // As the process layer does: a program runs after the transaction that woke it.
  lan.stack.notify = (pid, event) => lan.sim.after(1, WAKE, { pid, event })
  lan.sim.on(WAKE, ({ pid, event }) => {
    s.events.push([pid, event])
    if (event.type === 'accepted' && acceptSocket(lan.stack, event.fd, event.conn)) s.accepted.push(event.conn)
    s.react(pid, event)
  })
  return s
}

const WAKE: EventKind<{ readonly pid: number; readonly event: SocketEvent }> = eventKind('test.wake')

function connect(s: Scene, to: Ipv4 = B, port = 80): void {
  s.client = openSocket(s.stack, 1, 'tcp', CLIENT)
  expect(connectSocket(s.stack, socketOf(s.stack, s.client), to, port)).toEqual({ ok: true, value: undefined })
}

const flagsOf = (tcp: Tcp): string =>
  [...'SFRPA'].filter((c) => tcp.flags & { S: 2, F: 1, R: 4, P: 8, A: 16 }[c]!).join('')

const segments = (s: FakeLan): Tcp[] => s.sent.map((p) => p.ip.payload as Tcp)
const wireLog = (s: FakeLan): string[] =>
  s.sent.map(
    (p) => `${p.ip.src === A ? '>' : '<'}${flagsOf(p.ip.payload as Tcp)} ${(p.ip.payload as Tcp).payload.data.length}`,
  )
const settle = (s: FakeLan): string => s.sim.runUntilSettled(10_000 * SEC, 200_000)
const events = (s: Scene, pid: number): string[] => s.events.filter((e) => e[0] === pid).map((e) => e[1].type)

describe('handshake', () => {
  it('offers what Linux offers, and both ends are established', () => {
    const s = scene()
    connect(s)
    settle(s)
    const [syn, synAck, ack] = segments(s)
    expect(syn).toMatchObject({
      window: 64240,
      flags: TCP_FLAG.syn,
      ack: 0,
      options: { mss: 1460, sackOk: true, wscale: 10 },
    })
    expect(synAck).toMatchObject({ window: 65160, options: { mss: 1460, sackOk: true, wscale: 10 } })
    expect(synAck!.options.ts![1]).toBe(syn!.options.ts![0])
    expect(ack).toMatchObject({ window: 63, flags: TCP_FLAG.ack, seq: (syn!.seq + 1) >>> 0 })
    expect(ack!.options.mss).toBeUndefined()
    expect(s.sent).toHaveLength(3)
    expect(socketOf(s.stack, s.client).state).toBe('ESTAB')
    expect(socketOf(s.stack, s.accepted[0]!).state).toBe('ESTAB')
    expect(events(s, CLIENT)).toEqual(['connected'])
    expect(events(s, SERVER)).toEqual(['accepted'])
  })

  it('an ICMP error about its last segment is how connect(2) ended, for who asks; told once', () => {
    const s = scene()
    connect(s)
    settle(s)
    const connected = { type: 'connected', fd: s.client } as const
    tcpError(s.stack, s.client, 'ECONNREFUSED')
    expect(connectOutcome(s.stack, connected)).toEqual({ type: 'connect-failed', fd: s.client, errno: 'ECONNREFUSED' })
    expect(connectOutcome(s.stack, connected)).toEqual(connected)
    expect(socketOf(s.stack, s.client).state).toBe('ESTAB')
  })

  it('an ICMP error is forgotten when something is acknowledged after all', () => {
    const s = scene()
    connect(s)
    settle(s)
    tcpError(s.stack, s.client, 'EHOSTUNREACH')
    tcpSend(s.stack, s.client, 'x')
    settle(s)
    expect(s.stack.t.tcp.get(s.client)!.softError).toBeNull()
  })

  it('takes MSS and windows from the MTU', () => {
    const s = scene({ mtu: 1450 })
    connect(s)
    settle(s)
    expect(segments(s)[0]).toMatchObject({ window: 64860, options: { mss: 1410 } })
    expect(segments(s)[1]).toMatchObject({ window: 64308 })
  })

  it('is refused by a reset when nobody listens', () => {
    const s = scene()
    connect(s, B, 81)
    settle(s)
    expect(wireLog(s)).toEqual(['>S 0', '<RA 0'])
    expect(segments(s)[1]).toMatchObject({ seq: 0, ack: (segments(s)[0]!.seq + 1) >>> 0, window: 0 })
    expect(s.events).toEqual([[CLIENT, { type: 'connect-failed', fd: s.client, errno: 'ECONNREFUSED' }]])
    expect(s.stack.t.socket.get(s.client)).toBeUndefined()
    expect(s.trace.columns.drop.subarray(0, s.trace.length)).toContain(2)
  })

  it('sends the SYN again at 1, 2, 3, 4, 5, 7, 11 … s, and gives up after 131 s', () => {
    const s = scene()
    s.filter = () => false
    connect(s)
    settle(s)
    expect(s.sent.map((p) => p.at / SEC)).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67])
    expect(Math.round(s.sim.now / SEC)).toBe(131)
    expect(s.events.at(-1)![1]).toMatchObject({ type: 'connect-failed', errno: 'ETIMEDOUT' })
  })

  it('sends a lost SYN-ACK again', () => {
    const s = scene()
    let lost = 0
    s.filter = (ip) => !(ip.src === B && lost++ < 1)
    connect(s)
    settle(s)
    expect(events(s, CLIENT)).toEqual(['connected'])
    expect(events(s, SERVER)).toEqual(['accepted'])
  })

  it('has no route: connect fails at once', () => {
    const s = scene()
    const fd = openSocket(s.stack, 1, 'tcp', CLIENT)
    expect(connectSocket(s.stack, socketOf(s.stack, fd), ipv4('203.0.113.9'), 80)).toEqual({
      ok: false,
      error: { errno: 'ENETUNREACH' },
    })
  })

  it.each([
    [3, 3, 'ECONNREFUSED'],
    [3, 1, 'EHOSTUNREACH'],
    [3, 10, 'EHOSTUNREACH'],
    [3, 13, 'EHOSTUNREACH'],
    [11, 0, 'EHOSTUNREACH'],
  ])('ICMP %d/%d ends an open with %s', (type, code, errno) => {
    const s = scene()
    s.filter = () => false
    connect(s)
    s.kernel.sockets.error({ netns: 1, link: 0, packet: 1, from: B, type, code, mtu: 0, quoted: s.sent[0]!.ip })
    settle(s)
    expect(s.events.at(-1)![1]).toMatchObject({ type: 'connect-failed', errno })
    expect(s.sim.settled).toBe(true)
  })
})

describe('data and closing', () => {
  it('carries a request and its answer, then closes both ways', () => {
    const s = scene()
    connect(s)
    settle(s)
    tcpSend(s.stack, s.client, 'GET / HTTP/1.1\r\n\r\n')
    settle(s)
    const conn = s.accepted[0]!
    expect(tcpRecv(s.stack, conn, 1e9)).toBe('GET / HTTP/1.1\r\n\r\n')
    tcpSend(s.stack, conn, 'hello')
    settle(s)
    expect(tcpRecv(s.stack, s.client, 3)).toBe('hel')
    expect(tcpRecv(s.stack, s.client, 99)).toBe('lo')
    closeSocket(s.stack, socketOf(s.stack, s.client))
    settle(s)
    expect(socketOf(s.stack, conn).state).toBe('CLOSE-WAIT')
    closeSocket(s.stack, socketOf(s.stack, conn))
    settle(s)
    expect(wireLog(s).slice(3)).toEqual(['>PA 18', '<A 0', '<PA 5', '>A 0', '>FA 0', '<A 0', '<FA 0', '>A 0'])
    expect(s.stack.t.socket.get(conn)).toBeUndefined()
    expect(socketOf(s.stack, s.client).state).toBe('TIME-WAIT')
    s.sim.runUntil(s.sim.now + 61 * SEC)
    expect(s.stack.t.socket.get(s.client)).toBeUndefined()
    expect(s.stack.t.tcp.size).toBe(0)
  })

  it('keeps receiving after it has shut its own direction', () => {
    const s = scene()
    connect(s)
    settle(s)
    tcpShutdown(s.stack, s.client)
    settle(s)
    expect(events(s, SERVER)).toEqual(['accepted', 'eof'])
    tcpSend(s.stack, s.accepted[0]!, 'late')
    settle(s)
    expect(tcpRecv(s.stack, s.client, 99)).toBe('late')
    expect(socketOf(s.stack, s.client).state).toBe('FIN-WAIT-2')
  })

  it('resets when unread data is thrown away, and when data comes after close', () => {
    const s = scene()
    connect(s)
    settle(s)
    tcpSend(s.stack, s.client, 'unread')
    settle(s)
    closeSocket(s.stack, socketOf(s.stack, s.accepted[0]!))
    settle(s)
    expect(s.events.at(-1)).toEqual([CLIENT, { type: 'reset', fd: s.client, errno: 'ECONNRESET' }])

    const again = scene()
    connect(again)
    settle(again)
    closeSocket(again.stack, socketOf(again.stack, again.client))
    settle(again)
    tcpSend(again.stack, again.accepted[0]!, 'too late')
    settle(again)
    expect(again.events.at(-1)![1]).toMatchObject({ type: 'reset', errno: 'EPIPE' })
    expect(again.stack.t.socket.size).toBe(1)
  })

  it('delays acknowledgements once the beginning is over, 40 ms at most', () => {
    const s = scene()
    connect(s)
    settle(s)
    for (let i = 0; i < 17; i++) {
      tcpSend(s.stack, s.client, `message ${i}`)
      settle(s)
    }
    const [data, ack] = s.sent.slice(-2)
    expect(ack!.at - data!.at).toBe(40 * MS + 100 * US)
  })

  it('sends again after three duplicate acknowledgements, before any timeout', () => {
    const s = scene({ delay: 10 * MS })
    connect(s)
    settle(s)
    let dropped = 0
    s.filter = (ip) => !((ip.payload as Tcp).payload.data.length > 1000 && dropped++ === 1)
    const begin = s.sim.now
    tcpSend(s.stack, s.client, 'x'.repeat(12_000))
    settle(s)
    expect(tcpRecv(s.stack, s.accepted[0]!, 1e9)).toHaveLength(12_000)
    expect(s.sim.now - begin).toBeLessThan(100 * MS)
  })

  it('stops at a closed window, probes it, and goes on when the program reads', () => {
    const s = scene()
    connect(s)
    settle(s)
    tcpSend(s.stack, s.client, 'y'.repeat(200_000))
    s.sim.runUntil(s.sim.now + SEC)
    const conn = s.accepted[0]!
    expect(s.stack.t.tcp.get(s.client)!.sndWnd).toBe(0)
    const probes = s.sent.length
    s.sim.runUntil(s.sim.now + 3 * SEC)
    expect(s.sent.length).toBeGreaterThan(probes)
    let got = ''
    for (let i = 0; i < 100 && got.length < 200_000; i++) {
      got += tcpRecv(s.stack, conn, 1e9)
      s.sim.runUntil(s.sim.now + 10 * MS)
    }
    expect(got).toHaveLength(200_000)
    expect(settle(s)).toBe('settled')
  })

  it('sends smaller segments after "fragmentation needed"', () => {
    const s = scene({ pathMtu: 1400 })
    connect(s)
    settle(s)
    tcpSend(s.stack, s.client, 'z'.repeat(5000))
    settle(s)
    expect(tcpRecv(s.stack, s.accepted[0]!, 1e9)).toHaveLength(5000)
    expect(s.stack.t.tcp.get(s.client)!.mss).toBe(1400 - 40 - 12)
  })

  it('gives up on a peer that has vanished, after fifteen retransmissions', () => {
    const s = scene()
    connect(s)
    settle(s)
    s.filter = () => false
    tcpSend(s.stack, s.client, 'anybody?')
    settle(s)
    expect(s.events.at(-1)![1]).toMatchObject({ type: 'reset', errno: 'ETIMEDOUT' })
    expect(s.sim.now / SEC).toBeGreaterThan(800)
    expect(s.sim.now / SEC).toBeLessThan(1000)
  })
})

describe('property: whatever the network does', () => {
  it('both byte streams arrive exactly, and every socket ends', () => {
    const config = fc.record({
      loss: fc.integer({ min: 0, max: 25 }),
      duplicate: fc.integer({ min: 0, max: 20 }),
      jitter: fc.constantFrom(0, 1 * MS, 30 * MS),
      delay: fc.constantFrom(50 * US, 5 * MS),
      mtu: fc.constantFrom(1500, 576),
      seed: fc.integer({ min: 1, max: 1e6 }),
    })
    const sizes = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(config, sizes, sizes, fc.boolean(), (lan, up, down, clientFirst) => {
        const s = scene(lan)
        const text = (n: number, salt: number): string =>
          Array.from({ length: n }, (_, i) => String.fromCharCode(33 + ((i * 7 + salt) % 90))).join('')
        const upData = up.map(text)
        const downData = down.map(text)
        const got = { up: '', down: '' }
        const ended = { up: false, down: false }
        let failed = false
        s.react = (pid, event) => {
          const direction = pid === CLIENT ? 'down' : 'up'
          if (event.type === 'connect-failed' || event.type === 'reset') failed = true
          if (event.type === 'connected') for (const part of upData) tcpSend(s.stack, event.fd, part)
          if (event.type === 'accepted') for (const part of downData) tcpSend(s.stack, event.conn, part)
          if (event.type === 'data') got[direction] += tcpRecv(s.stack, event.fd, 1e9)
          if (event.type === 'eof') ended[direction] = true
        }
        connect(s)
        s.sim.runUntil(20 * SEC)
        expect(failed).toBe(false)
        const ends = [s.client, s.accepted[0]!]
        tcpShutdown(s.stack, ends[clientFirst ? 0 : 1]!)
        s.sim.runUntilSettled(2000 * SEC, 100_000)
        tcpShutdown(s.stack, ends[clientFirst ? 1 : 0]!)
        expect(s.sim.runUntilSettled(4000 * SEC, 100_000)).toBe('settled')
        s.sim.runUntil(s.sim.now + 400 * SEC)
        expect(got.up).toBe(upData.join(''))
        expect(got.down).toBe(downData.join(''))
        expect(ended).toEqual({ up: true, down: true })
        expect(s.stack.t.tcp.size).toBe(0)
        expect(s.stack.t.socket.rows().map((row) => row.state)).toEqual(['LISTEN'])
      }),
      { numRuns: 60 },
    )
  })
})
