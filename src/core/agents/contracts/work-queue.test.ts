import { describe, expect, it } from 'vitest'
import { MS, SEC } from '../../base/time.ts'
import { Sim } from '../../sim/sim.ts'
import { Trace } from '../../trace/trace.ts'
import { World } from '../../world/world.ts'
import { type Outcome, WorkQueues, backoff } from './work-queue.ts'

function bench(reconcile: (item: string, sim: Sim) => Outcome): {
  sim: Sim
  queues: WorkQueues
  world: World
  runs: string[]
} {
  const world = new World(1)
  const sim = new Sim(world, new Trace(world))
  const queues = new WorkQueues(world, sim)
  const runs: string[] = []
  queues.register('q', (item) => {
    runs.push(`${sim.now / MS} ${item}`)
    return reconcile(item, sim)
  })
  return { sim, queues, world, runs }
}

describe('a work queue', () => {
  it('has each item once, and brings it forward', () => {
    const { sim, queues, runs, world } = bench(() => 'done')
    queues.add('q', 'a', 5 * MS)
    queues.add('q', 'a', 10 * MS)
    queues.add('q', 'a', 2 * MS)
    queues.add('q', 'b')
    sim.runUntilSettled(SEC)
    expect(runs).toEqual(['0 b', '2 a'])
    expect(world.table('work')!.size).toBe(0)
  })

  it('tries again with growing delays, as a timer once they are long', () => {
    const { sim, queues, runs } = bench(() => 'retry')
    queues.add('q', 'a')
    sim.runUntilSettled(3600 * SEC)
    expect(runs).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 1275].map((t) => `${t} a`).slice(0, runs.length))
    expect(sim.settled).toBe(true)
    sim.runUntil(20 * SEC)
    expect(runs.length).toBeGreaterThanOrEqual(11)
    expect([1, 2, 3, 8, 30].map(backoff)).toEqual([5 * MS, 10 * MS, 20 * MS, 640 * MS, 1000 * SEC])
  })

  it('forgets failures after a success', () => {
    let fail = 2
    const { sim, queues, runs, world } = bench(() => (fail-- > 0 ? 'retry' : 'done'))
    queues.add('q', 'a')
    sim.runUntilSettled(SEC)
    expect(runs).toEqual(['0 a', '5 a', '15 a'])
    expect(world.table('work')!.size).toBe(0)
  })

  it('a timer that is brought forward by real work keeps the lab busy until then', () => {
    const { sim, queues, runs } = bench(() => 'done')
    queues.add('q', 'a', 60 * SEC, true)
    expect(sim.settled).toBe(true)
    queues.add('q', 'a')
    expect(sim.settled).toBe(false)
    sim.runUntilSettled(SEC)
    expect(runs).toEqual(['0 a'])
    expect(sim.events.size).toBe(0)
  })

  it('survives a rewind', () => {
    const { sim, queues, runs } = bench(() => 'done')
    sim.transact('input', 0, () => queues.add('q', 'a', 3 * MS))
    const { position } = sim.world.journal
    sim.runUntilSettled(SEC)
    sim.seek(position)
    sim.fork()
    sim.runUntilSettled(SEC)
    expect(runs).toEqual(['3 a', '3 a'])
  })
})
