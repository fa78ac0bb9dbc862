import { Parser, parseDocument } from 'yaml'
import { describe, expect, it } from 'vitest'
import { loadLab } from './load.ts'
import { YAML_BOUNDS, duplicateKeys, excessOf } from './yaml-bounds.ts'

const LAB =
  'apiVersion: hopscope.dev/v1alpha1\nkind: Lab\nmetadata: {name: x}\nspec: {fabric: {networks: [{name: n, cidr: 10.0.0.0/24}]}}\n'
const MEBIBYTE = 1024 * 1024
const tokens = (text: string): readonly unknown[] => [...new Parser().parse(text)]
const codes = (text: string): readonly string[] => loadLab(text, () => null).diagnostics.map(({ code }) => code)

describe('bounds of a YAML document', () => {
  it('allows what real documents have', () => {
    expect(excessOf(tokens(`a: ${'['.repeat(60)}1${']'.repeat(60)}\n`))).toBeNull()
    expect(excessOf(tokens('- {x: 1, y: 2}\n'.repeat(20_000)))).toBeNull()
    expect(excessOf(tokens('# a comment\n\n'.repeat(200_000)))).toBeNull()
  })

  it('knows where there is too much', () => {
    expect(excessOf(tokens(`a: ${'['.repeat(70)}`))).toMatchObject({ of: 'depth' })
    expect(excessOf(tokens('- '.repeat(70)))).toMatchObject({ of: 'depth' })
    expect(excessOf(tokens(`a: 1\nb: [${','.repeat(YAML_BOUNDS.values)}`))).toEqual({ of: 'values', offset: 8 })
    expect(excessOf(tokens(`a: ${'&a '.repeat(YAML_BOUNDS.values)}`))).toMatchObject({ of: 'values' })
  })

  it('finds keys that are there twice', () => {
    const found = duplicateKeys(parseDocument('a: 1\nb: {c: 1, c: 2}\na: 2\n<<: {}\n<<: {}\n', { uniqueKeys: false }))
    expect(found.map(({ range }) => range?.[0])).toEqual([15, 21])
  })
})

describe('a hostile lab document', () => {
  it('is refused at the place, in a language of the person', () => {
    const deep = loadLab(`${LAB}x: ${'{a: '.repeat(100)}`, () => null).diagnostics[0]!
    expect(deep).toMatchObject({ code: 'yaml-too-deep', params: { limit: 64 }, range: { start: { line: 5 } } })
    const many = loadLab(`${LAB}x:\n${'- 1\n'.repeat(160_000)}`, () => null).diagnostics[0]!
    expect(many).toMatchObject({ code: 'yaml-too-much', range: { start: { line: 6 } } })
    expect(codes(`${LAB}kind: Lab\n`)).toEqual(['yaml-syntax'])
    expect(codes(`${LAB}...\na: 1\n`)).toEqual(['yaml-syntax'])
  })

  it('tells of a hundred mistakes, not of all', () => {
    expect(codes(LAB + Array.from({ length: 5000 }, (_, i) => `k${i}: 1\n`).join(''))).toHaveLength(100)
    expect(codes(`${LAB}x: ${'!!a '.repeat(5000)}`)).toHaveLength(100)
  })

  // Each took minutes or hours when its time grew with the square of the length.
  it.each([
    ['empty lines', `${LAB}---\n${'\n'.repeat(MEBIBYTE - 1000)}`],
    ['carriage returns', `${LAB}---\n${'\r'.repeat(MEBIBYTE - 1000)}`],
    ['many keys', `${LAB}x: {${Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join(', ')}}`],
  ])('takes time in proportion: %s', (_, text) => {
    const start = performance.now()
    loadLab(text, () => null)
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})
