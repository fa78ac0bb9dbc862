import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Trace } from '../trace/trace.ts'
import { World } from '../world/world.ts'
import { Sim, eventKind } from './sim.ts'

/** A little automaton: each event notes itself in a row, draws, and schedules up to two more. */
const TICK = eventKind<{ readonly left: number; readonly name: string }>('tick')

function make(seed: number) {
  const world = new World(seed)
  const trace = new Trace(world)
  const sim = new Sim(world, trace)
  const log = world.define<{ at: number; name: string; draw: number }, number>('log')
  sim.on(TICK, ({ left, name }) => {
    const draw = world.randomBelow('tick', 1000)
    world.put(log, world.next('log'), { at: sim.now, name, draw })
    trace.add(sim.now, 0, 0, 0, 0, 'app', 'continue', { name, draw })
    if (left === 0) return
    sim.after(draw % 7, TICK, { left: left - 1, name: `${name}a` })
    if (draw % 3 === 0) sim.after(draw % 5, TICK, { left: left - 1, name: `${name}b` })
    if (draw % 4 === 0) sim.cancel(sim.after(3, TICK, { left: 9, name: 'never' }))
  })
  sim.transact('input', 0, () => sim.after(0, TICK, { left: 5, name: 'x' }))
  return { world, trace, sim, log }
}

const end = (lab: ReturnType<typeof make>): unknown => ({
  hash: lab.world.hash(),
  now: lab.sim.now,
  log: [...lab.log.rows()],
  trace: [...lab.trace.columns.t.slice(0, lab.trace.length)],
})

describe('virtual time', () => {
  it('comes to the same end however often it is rewound, forked and run again', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (seed, stops) => {
        const straight = make(seed)
        while (straight.sim.step());
        const lab = make(seed)
        while (lab.sim.step());
        for (const stop of stops) {
          lab.sim.seek(lab.sim.marks[stop % lab.sim.marks.length]!.journal)
          lab.sim.fork()
          while (lab.sim.step());
        }
        expect(end(lab)).toEqual(end(straight))
      }),
    )
  })

  it('shows the clock of the moment one has gone to', () => {
    const { sim } = make(3)
    while (sim.step());
    for (const mark of sim.marks) {
      sim.seek(mark.journal)
      expect(sim.now).toBe(mark.at)
    }
  })

  it('orders events of one time by when they were scheduled', () => {
    const world = new World(1)
    const sim = new Sim(world, new Trace(world))
    const seen: number[] = []
    const NOTE = eventKind<number>('note')
    sim.on(NOTE, (n) => seen.push(n))
    for (const n of [1, 2, 3]) sim.after(5, NOTE, n)
    sim.after(1, NOTE, 0)
    while (sim.step());
    expect(seen).toEqual([0, 1, 2, 3])
  })

  it('is settled when only background timers are left', () => {
    const world = new World(1)
    const sim = new Sim(world, new Trace(world))
    const TIMER = eventKind<null>('timer')
    sim.on(TIMER, () => sim.after(10, TIMER, null, true))
    sim.after(10, TIMER, null, true)
    expect(sim.settled).toBe(true)
    const once = sim.after(1, TIMER, null)
    expect(sim.settled).toBe(false)
    sim.cancel(once)
    expect(sim.settled).toBe(true)
    expect(sim.runUntil(100)).toBe('reached')
    expect(sim.now).toBe(100)
  })

  it('undoes what a handler did before it threw, and goes on without the event', () => {
    const world = new World(1)
    const sim = new Sim(world, new Trace(world))
    const rows = world.define<{ n: number }, number>('n')
    const BAD = eventKind<null>('bad')
    sim.on(BAD, () => {
      world.put(rows, 1, { n: 1 })
      throw new Error('bug')
    })
    sim.transact('input', 0, () => sim.after(1, BAD, null))
    expect(() => sim.step()).toThrow('bug')
    expect(rows.size).toBe(0)
    expect(sim.events.size).toBe(0)
    expect(sim.step()).toBe(false)
  })

  it('undoes what an input did before it threw', () => {
    const { world, sim, trace, log } = make(1)
    sim.runUntilSettled(1000)
    const before = [world.hash(), trace.length, sim.marks.length, sim.now]
    const input = (): number =>
      sim.transact('input', 0, () => {
        world.put(log, 99, { at: 0, name: 'half done', draw: 0 })
        trace.add(sim.now, 0, 0, 0, 0, 'app', 'continue', { half: 'done' })
        throw new Error('bug')
      })
    expect(input).toThrow('bug')
    expect([world.hash(), trace.length, sim.marks.length, sim.now]).toEqual(before)
    expect(world.journal.atEnd).toBe(true)
  })
})
