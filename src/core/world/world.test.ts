import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { World } from './world.ts'

interface Row {
  readonly n: number
  readonly group: number
}
type Op =
  | { readonly op: 'put'; readonly key: number; readonly n: number }
  | { readonly op: 'delete'; readonly key: number }

const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ op: fc.constant('put' as const), key: fc.nat(12), n: fc.nat(5) }),
  fc.record({ op: fc.constant('delete' as const), key: fc.nat(12) }),
)

function make() {
  const world = new World(7)
  const table = world.define<Row, number>('row')
  const byGroup = world.index(table, (row) => row.group)
  return { world, table, byGroup }
}

function run({ world, table }: ReturnType<typeof make>, ops: readonly Op[]): void {
  for (const each of ops) {
    if (each.op === 'put') world.put(table, each.key, { n: each.n, group: each.n % 3 }, [`Thing/${each.key}`])
    else world.delete(table, each.key)
    world.next('ops')
    world.random('stream')
  }
}

const snapshot = ({ world, table, byGroup }: ReturnType<typeof make>): unknown => ({
  hash: world.hash(),
  keys: [...table.keys()],
  rows: [...table.rows()],
  groups: [0, 1, 2].map((group) => [...byGroup.at(group).keys()]),
})

describe('the world', () => {
  it('shows at any journal position what a fresh run up to there shows', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), fc.nat(), (ops, where) => {
        const whole = make()
        const positions = [0]
        for (const each of ops) {
          run(whole, [each])
          positions.push(whole.world.journal.length)
        }
        const upTo = where % positions.length
        whole.world.seek(positions[upTo]!)
        const fresh = make()
        run(fresh, ops.slice(0, upTo))
        expect(snapshot(whole)).toEqual(snapshot(fresh))
      }),
    )
  })

  it('runs to the same end after a rewind and a fork', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), fc.nat(), (ops, where) => {
        const whole = make()
        const positions = [0]
        for (const each of ops) {
          run(whole, [each])
          positions.push(whole.world.journal.length)
        }
        const end = snapshot(whole)
        const upTo = where % positions.length
        whole.world.seek(positions[upTo]!)
        whole.world.fork()
        run(whole, ops.slice(upTo))
        expect(snapshot(whole)).toEqual(end)
      }),
    )
  })

  it('undoes and redoes to where it was', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 8 }), (ops, stops) => {
        const lab = make()
        run(lab, ops)
        const end = snapshot(lab)
        for (const stop of stops) lab.world.seek(stop % (lab.world.journal.length + 1))
        lab.world.seek(lab.world.journal.length)
        expect(snapshot(lab)).toEqual(end)
      }),
    )
  })

  it('takes an equal write for no write: the author stays', () => {
    const { world, table } = make()
    const first = world.causeId({ parent: 0, actor: 'a', verb: 'sync', ref: 'Node/a' })
    const second = world.causeId({ parent: 0, actor: 'b', verb: 'sync', ref: 'Node/b' })
    world.because(first, () => world.put(table, 1, { n: 1, group: 1 }, ['Thing/1']))
    const { length } = world.journal
    world.because(second, () => world.put(table, 1, { n: 1, group: 1 }))
    expect(world.journal.length).toBe(length)
    expect(table.entry(1)).toMatchObject({ cause: first, subject: ['Thing/1'] })
    world.because(second, () => world.put(table, 1, { n: 2, group: 2 }))
    expect(table.entry(1)).toMatchObject({ cause: second, subject: ['Thing/1'] })
  })

  it('is read-only in the past', () => {
    const { world, table } = make()
    world.put(table, 1, { n: 1, group: 1 })
    world.seek(0)
    expect(() => world.put(table, 2, { n: 1, group: 1 })).toThrow('read-only')
  })
})
