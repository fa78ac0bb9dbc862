import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextRandom, seedRng } from '../base/rng.ts'
import { World } from './world.ts'

interface Row {
  readonly n: number
}

/** A world that remembers, by journal position, what it looked like. */
function recorded(seed: number) {
  const world = new World(1)
  const tables = [world.define<Row, number>('a'), world.define<Row, string>('b')] as const
  const shown = (): string =>
    JSON.stringify(tables.map((table) => table.keys().map((key) => [key, table.get(key as never)!.n])))
  const moments: string[] = [shown()]
  let rng = seedRng(seed, 'ops')
  const below = (bound: number): number => {
    const draw = nextRandom(rng)
    rng = draw.state
    return draw.value % bound
  }
  const act = (): void => {
    const key = below(30)
    const row = { n: below(5) }
    if (below(3) === 0) world.delete(tables[0], key)
    else if (below(2) === 0) world.put(tables[0], key, row)
    else world.put(tables[1], `k${key}`, row)
    moments.length = world.journal.length
    moments.push(shown())
  }
  return { world, shown, moments, act }
}

it('shows each moment however far the jump, before and after a fork', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), fc.nat(), (seed, jumps, where) => {
      const { world, shown, moments, act } = recorded(seed)
      const { journal } = world
      const visit = (): void => {
        for (const jump of jumps) {
          world.seek(jump % (journal.length + 1))
          expect(shown()).toBe(moments[journal.position])
        }
      }
      for (let i = 0; i < 4000; i++) act()
      visit()
      world.seek(where % (journal.length + 1))
      world.fork()
      for (let i = 0; i < 1500; i++) act()
      visit()
      world.seek(0)
      world.seek(journal.length)
      expect(shown()).toBe(moments.at(-1))
    }),
    { numRuns: 15 },
  )
})
