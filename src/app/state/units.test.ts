import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { POINT_CODE, VERDICT_CODE } from '../../core/trace/vocabulary.ts'
import { type Row, timelineOf } from '../testing/timeline.ts'
import { type Unit, nextStop } from './units.ts'

const rows: readonly Row[] = [
  { t: 0, point: 'api', verdict: 'create' },
  { t: 10, packet: 1, place: 1, point: 'socket.send', verdict: 'send' },
  { t: 10, packet: 1, place: 1, point: 'nf.OUTPUT', verdict: 'continue' },
  { t: 10, packet: 1, place: 1, point: 'nf.OUTPUT', verdict: 'miss', depth: 1 },
  { t: 10, packet: 1, place: 1, point: 'nf.OUTPUT', verdict: 'match', depth: 1 },
  { t: 10, packet: 1, place: 1, point: 'dev.xmit', verdict: 'send', event: 1 },
  { t: 20, packet: 1, place: 2, point: 'dev.recv', verdict: 'receive', event: 2 },
  { t: 20, packet: 2, parent: 1, place: 2, point: 'vxlan.xmit', verdict: 'encapsulate', event: 2 },
  { t: 90_000_000, packet: 2, place: 3, point: 'dev.recv', verdict: 'receive', event: 3 },
  { t: 90_000_000, point: 'api', verdict: 'update', event: 4 },
]
const timeline = timelineOf(rows)

/** All stops of a unit from a record on, in the order in which they are reached. */
function walk(from: number, unit: Unit, direction: 1 | -1): number[] {
  const stops: number[] = []
  for (let at = from; ;) {
    const next = nextStop(timeline, at, unit, direction)
    if (next === at) return stops
    stops.push((at = next))
  }
}

describe('units', () => {
  it('passes chains and misses when stepping over', () => {
    expect(walk(0, 'over', 1)).toEqual([1, 2, 5, 6, 7, 8, 9])
  })
  it('stops inside of a chain where the packet is changed or ends', () => {
    const rows: Row[] = [
      { point: 'ip.rcv', verdict: 'continue' },
      { point: 'nf.PREROUTING', verdict: 'jump', depth: 1 },
      { point: 'nat', verdict: 'rewrite', depth: 2 },
      { point: 'nf.PREROUTING', verdict: 'accept', depth: 2 },
      { point: 'route.input', verdict: 'lookup' },
    ]
    const line = timelineOf(rows)
    expect([0, 2, 4].map((at) => nextStop(line, at, 'over', 1))).toEqual([2, 4, 4])
    expect([4, 2].map((at) => nextStop(line, at, 'over', -1))).toEqual([2, 0])
  })
  it('passes folded ARP in both directions, unless one stands in it', () => {
    const arp: Row = { packet: 1, hue: 'arp', point: 'arp', verdict: 'create' }
    const line = timelineOf([{ point: 'app', verdict: 'start' }, arp, arp, { point: 'app', verdict: 'exit' }])
    expect(nextStop(line, 0, 'over', 1, true)).toBe(3)
    expect(nextStop(line, 3, 'over', -1, true)).toBe(0)
    expect(nextStop(line, 0, 'over', 1, false)).toBe(1)
    expect(nextStop(line, 0, 'into', 1, true)).toBe(1)
    expect(nextStop(line, 1, 'over', 1, true)).toBe(2)
  })
  it('stops at every record when stepping into', () => {
    expect(walk(2, 'into', 1).slice(0, 3)).toEqual([3, 4, 5])
  })
  it('stops where a packet enters another namespace; a parcel is born where its content is', () => {
    expect(walk(1, 'hop', 1)).toEqual([6, 8, 9])
  })
  it('finds packets, writes, events, pauses and the ends', () => {
    expect(walk(0, 'packet', 1)).toEqual([1, 7, 9])
    expect(walk(0, 'write', 1)).toEqual([9])
    expect(walk(4, 'event', 1)).toEqual([5, 6, 8, 9])
    expect(walk(0, 'settled', 1)).toEqual([7, 9])
    expect(nextStop(timeline, 3, 'end', 1)).toBe(9)
    expect(nextStop(timeline, 3, 'end', -1)).toBe(0)
  })
  it.each(['into', 'over', 'hop', 'event', 'packet', 'write', 'settled'] as const)(
    'visits the same stops back: %s',
    (unit) => {
      const there = [0, ...walk(0, unit, 1)]
      expect(walk(there.at(-1)!, unit, -1).slice(0, there.length - 2)).toEqual(
        there
          .slice(0, -1)
          .reverse()
          .slice(0, there.length - 2),
      )
    },
  )
  it('mirrors over in random nests', () => {
    const depths = fc.array(fc.record({ depth: fc.nat(3), miss: fc.boolean() }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(depths, (nest) => {
        const line = timelineOf([
          { point: 'app', verdict: 'start' },
          ...nest.map(({ depth, miss }): Row => ({ point: 'app', verdict: miss ? 'miss' : 'match', depth })),
        ])
        const there = [0]
        for (let at = 0; ; there.push(at)) {
          const next = nextStop(line, at, 'over', 1)
          if (next === at) break
          at = next
        }
        for (let i = there.length - 1; i > 0; i--) expect(nextStop(line, there[i]!, 'over', -1)).toBe(there[i - 1])
      }),
    )
  })
})

it('knows its words', () => {
  expect(POINT_CODE.has('app') && VERDICT_CODE.has('start')).toBe(true)
})
