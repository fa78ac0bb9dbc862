import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LAB, readLabIndex } from './labIndex.ts'

const LABS = new URL('../../public/labs/', import.meta.url)
const json: unknown = JSON.parse(readFileSync(new URL('index.json', LABS), 'utf8'))
const index = readLabIndex(json)

describe('the index of bundled labs', () => {
  it('lists every lab once, the default one first, in both languages', () => {
    expect(index).toHaveLength((json as unknown[]).length)
    expect(index[0]!.id).toBe(DEFAULT_LAB)
    const files = readdirSync(LABS).filter((file) => file.endsWith('.yaml'))
    expect(index.map((entry) => entry.file).sort()).toEqual(files.sort())
    for (const { file, title, summary } of index) {
      expect(existsSync(new URL(file, LABS))).toBe(true)
      for (const text of [title, summary]) {
        expect(text.zh).toMatch(/\p{Script=Han}/u)
        expect(text.en).not.toMatch(/\p{Script=Han}/u)
      }
    }
  })

  it('leaves out what is not an entry', () => {
    expect(readLabIndex(null)).toEqual([])
    expect(readLabIndex([1, {}, { id: 'a', file: 'b', title: 'c', summary: 'd' }])).toEqual([])
  })
})
