import { describe, expect, it } from 'vitest'
import { jsonPatch } from './json-patch.ts'

const fits = (target: unknown, patch: unknown): unknown => {
  const result = jsonPatch(target, patch)
  return result.ok ? result.value : result.error
}

describe('JSON patch', () => {
  // The cases of RFC 6902, appendix A, in short.
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: 'qux' }], { foo: ['bar', 'qux'] }],
    [{ baz: 1, foo: 2 }, [{ op: 'remove', path: '/baz' }], { foo: 2 }],
    [{ foo: [1, 2, 3] }, [{ op: 'remove', path: '/foo/1' }], { foo: [1, 3] }],
    [{ baz: 1 }, [{ op: 'replace', path: '/baz', value: { a: null } }], { baz: { a: null } }],
    [{ a: { x: 1 }, b: {} }, [{ op: 'move', from: '/a/x', path: '/b/y' }], { a: {}, b: { y: 1 } }],
    [{ a: { x: 1 } }, [{ op: 'copy', from: '/a', path: '/b' }], { a: { x: 1 }, b: { x: 1 } }],
    [{ a: [1, { b: 2 }] }, [{ op: 'test', path: '/a/1/b', value: 2 }], { a: [1, { b: 2 }] }],
    [
      { 'a/b': 1, 'm~n': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'remove', path: '/m~0n' },
      ],
      {},
    ],
    [{ a: 1 }, [{ op: 'test', path: '/a', value: 2 }], 'unfit'],
    [{ a: 1 }, [{ op: 'remove', path: '/b' }], 'unfit'],
    [{ a: 1 }, [{ op: 'replace', path: '/b', value: 1 }], 'unfit'],
    [{ a: [] }, [{ op: 'add', path: '/a/1', value: 1 }], 'unfit'],
    [{ a: 1 }, [{ op: 'add', path: '/b/c', value: 1 }], 'unfit'],
    [{ a: 1 }, { op: 'remove', path: '/a' }, 'not a list'],
  ])('%j + %j', (target, patch, result) => {
    const before = JSON.stringify(target)
    expect(fits(target, patch)).toEqual(result)
    expect(JSON.stringify(target)).toBe(before)
  })
})
