import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { mergePatch } from './merge-patch.ts'
import { strategicMerge } from './strategic.ts'
import { applyThreeWay } from './three-way.ts'

describe('JSON merge patch (RFC 7396 appendix A)', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j = %j', (target, patch, result) => expect(mergePatch(target, patch)).toEqual(result))
})

describe('strategic merge', () => {
  const live = {
    spec: {
      containers: [
        { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
        { name: 'b', image: '1' },
      ],
    },
  }

  it('merges lists by key; what is new comes where the patch has it, before what only the server has', () => {
    expect(strategicMerge(live, { spec: { containers: [{ name: 'c' }] } })).toEqual({
      spec: { containers: [{ name: 'c' }, ...live.spec.containers] },
    })
    const node = { status: { conditions: [{ type: 'Ready' }] }, spec: { taints: [{ key: 'a' }] } }
    expect(strategicMerge(node, { status: { conditions: [{ type: 'NetworkUnavailable' }] } })).toMatchObject({
      status: { conditions: [{ type: 'NetworkUnavailable' }, { type: 'Ready' }] },
    })
    expect(strategicMerge(node, { spec: { taints: [{ key: 'b' }] } })).toMatchObject({
      spec: { taints: [{ key: 'b' }] },
    })

    const patch = {
      spec: {
        containers: [
          { name: 'b', image: '2' },
          { name: 'c', image: '3' },
        ],
      },
    }
    expect(strategicMerge(live, patch)).toEqual({
      spec: { containers: [live.spec.containers[0], { name: 'b', image: '2' }, { name: 'c', image: '3' }] },
    })
  })

  it('deletes, replaces, and orders as told', () => {
    expect(strategicMerge(live, { spec: { containers: [{ name: 'a', $patch: 'delete' }] } })).toEqual({
      spec: { containers: [{ name: 'b', image: '1' }] },
    })
    expect(strategicMerge(live, { spec: { containers: [{ $patch: 'replace' }, { name: 'z' }] } })).toEqual({
      spec: { containers: [{ name: 'z' }] },
    })
    expect(strategicMerge(live, { spec: { $patch: 'replace', x: 1 } })).toEqual({ spec: { x: 1 } })
    const ordered = strategicMerge(live, {
      spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
    }) as typeof live
    expect(ordered.spec.containers.map((c) => c.name)).toEqual(['b', 'a'])
    expect(strategicMerge({ finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['a'] })).toEqual({
      finalizers: ['b'],
    })
    expect(
      strategicMerge(
        { strategy: { type: 'RollingUpdate', rollingUpdate: {} } },
        { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      ),
    ).toEqual({ strategy: { type: 'Recreate' } })
  })

  it('tells the ports of a Service by port, those of a container by containerPort', () => {
    expect(strategicMerge({ ports: [{ port: 80, nodePort: 30000 }] }, { ports: [{ port: 80, name: 'http' }] })).toEqual(
      { ports: [{ port: 80, nodePort: 30000, name: 'http' }] },
    )
    expect(strategicMerge({ ports: [{ containerPort: 80, name: 'a' }] }, { ports: [{ containerPort: 81 }] })).toEqual({
      ports: [{ containerPort: 81 }, { containerPort: 80, name: 'a' }],
    })
  })
})

describe('three-way apply', () => {
  it('removes what was applied before and is not any more, and nothing else', () => {
    const last = { data: { a: '1', b: '2' } }
    const live = { data: { a: '1', b: '2', c: 'other' }, status: {} }
    expect(applyThreeWay(last, { data: { a: '9' } }, live)).toEqual({ data: { a: '9', c: 'other' }, status: {} })
  })

  it('does so inside lists that merge', () => {
    const last = { containers: [{ name: 'a', image: '1', tty: true }, { name: 'b' }] }
    const live = { containers: [{ name: 'a', image: '1', tty: true, added: 1 }, { name: 'b' }, { name: 'injected' }] }
    expect(applyThreeWay(last, { containers: [{ name: 'a', image: '2' }] }, live)).toEqual({
      containers: [{ name: 'a', image: '2', added: 1 }, { name: 'injected' }],
    })
  })

  it('applying again changes nothing', () => {
    const json = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.nat(3), fc.dictionary(fc.constantFrom('x', 'y'), fc.nat(3))),
    )
    fc.assert(
      fc.property(json, json, json, (last, desired, live) => {
        const once = applyThreeWay(last, desired, live)
        expect(applyThreeWay(desired, desired, once)).toEqual(once)
        expect(once).toMatchObject(desired)
      }),
    )
  })

  it('keys that would reach a prototype are ordinary data', () => {
    const hostile: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"x": 1}}')
    for (const merged of [mergePatch({}, hostile), strategicMerge({}, hostile), applyThreeWay({}, hostile, {})]) {
      expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
      expect(Object.hasOwn(merged as object, '__proto__')).toBe(true)
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
