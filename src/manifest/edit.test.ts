import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { appendDocument, deleteDocument, removeIn, replaceDocument, setIn } from './edit.ts'
import { parseManifest } from './parse.ts'

const FIRST =
  'apiVersion: v1 # core\nkind: Service\nmetadata:\n  name:   web   # odd spacing stays\nspec:\n  ports: [{port: 80}]  \n'
const SECOND =
  '---\n# the workload\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3   # three\n\n  template: {}\n'
const THIRD = '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n'
const TEXT = FIRST + SECOND + THIRD

describe('edits', () => {
  it('changes one value and no other byte', () => {
    expect(setIn(TEXT, 1, ['spec', 'replicas'], 5)).toBe(TEXT.replace('replicas: 3', 'replicas: 5'))
    expect(setIn(TEXT, 0, ['spec', 'ports', 0, 'port'], 8080)).toBe(TEXT.replace('port: 80', 'port: 8080'))
  })
  it('adds and removes fields inside one document', () => {
    const added = setIn(TEXT, 1, ['spec', 'paused'], true)!
    expect(added.startsWith(FIRST)).toBe(true)
    expect(added.endsWith(THIRD)).toBe(true)
    expect(parseManifest(added).documents[1]!.object).toMatchObject({ spec: { replicas: 3, paused: true } })
    const removed = removeIn(added, 1, ['spec', 'paused'])!
    expect(parseManifest(removed).documents[1]!.object).toEqual(parseManifest(TEXT).documents[1]!.object)
    expect(removed).toContain('replicas: 3   # three')
  })
  it('deletes whole documents', () => {
    expect(deleteDocument(TEXT, 1)).toBe(FIRST + THIRD)
    expect(deleteDocument(TEXT, 2)).toBe(FIRST + SECOND)
    expect(deleteDocument(TEXT, 0)).toBe((SECOND + THIRD).slice(4))
    expect(deleteDocument(TEXT, 3)).toBeNull()
  })
  it('appends and replaces documents', () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }
    const written = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n'
    expect(appendDocument(TEXT, namespace)).toBe(`${TEXT}---\n${written}`)
    expect(appendDocument('', namespace)).toBe(written)
    expect(appendDocument('a: 1', '---\nb: 2')).toBe('a: 1\n---\nb: 2\n')
    expect(replaceDocument(TEXT, 1, namespace)).toBe(`${FIRST}---\n${written}${THIRD}`)
    expect(replaceDocument(TEXT, 0, namespace)).toBe(written + SECOND + THIRD)
  })
  it('leaves every other document as it was, byte for byte', () => {
    const path = fc.constantFrom(['spec', 'replicas'], ['metadata', 'labels', 'a'], ['spec', 'ports', 0, 'name'], ['x'])
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), path, value, (index, where, what) => {
        const parts = [FIRST, SECOND, THIRD]
        const changed = setIn(TEXT, index, where, what)
        if (changed === null) return
        expect(changed.startsWith(parts.slice(0, index).join(''))).toBe(true)
        expect(changed.endsWith(parts.slice(index + 1).join(''))).toBe(true)
        expect(parseManifest(changed).documents).toHaveLength(3)
      }),
    )
  })
})
