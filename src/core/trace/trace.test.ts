import { describe, expect, it } from 'vitest'
import type { Frame } from '../wire/types.ts'
import { World } from '../world/world.ts'
import { Trace } from './trace.ts'

const frame = (id: number): Frame => ({
  l: 'ipv4',
  src: 1,
  dst: 2,
  ttl: 64,
  proto: 17,
  id,
  tos: 0,
  df: false,
  mf: false,
  frag: 0,
  totalLength: undefined,
  payload: { l: 'data', data: 'x' },
})

/** A packet that is seen once, with a reason of its own. */
function see(trace: Trace, id: number): void {
  const packet = trace.packet(0, 0)
  trace.add(0, packet, trace.frame(frame(id), packet), 1, 1, 'dev.recv', 'receive', { reason: id })
}

describe('forking', () => {
  it('leaves nothing behind of what is dropped, however often', () => {
    const trace = new Trace(new World(1))
    see(trace, 1)
    see(trace, 2)
    const held = (): readonly number[] => [
      trace.length,
      trace.packets.length,
      trace.details.length,
      trace.states.length,
      trace.states.stored,
    ]
    const before = held()
    for (let n = 0; n < 100; n++) {
      see(trace, 3 + n)
      see(trace, 4 + n)
      trace.truncate(2)
    }
    expect(held()).toEqual(before)
    expect([trace.frameAt(0), trace.frameAt(1)]).toEqual([frame(1), frame(2)])
    see(trace, 9)
    expect(trace.frameAt(2)).toEqual(frame(9))
    expect(trace.details[trace.columns.detail[2]!]).toEqual({ reason: 9 })
  })

  it('tells timelines apart that look the same', () => {
    const trace = new Trace(new World(1))
    see(trace, 1)
    see(trace, 2)
    const { stamp } = trace
    trace.truncate(1)
    see(trace, 3)
    expect(trace.isSame(stamp, 1)).toBe(true)
    expect(trace.isSame(stamp, 2)).toBe(false)
    expect(trace.isSame(trace.stamp, 2)).toBe(true)
  })
})
