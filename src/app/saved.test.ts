import { describe, expect, it } from 'vitest'
import { readSaved } from './saved.ts'

describe('what is kept between visits', () => {
  it('is read as it was written', () => {
    const saved = { text: 'kind: Lab', cursor: 3, story: 1, draft: 'kind: Lob' }
    expect(readSaved(saved)).toEqual(saved)
    expect(readSaved({ text: '', cursor: 0 })).toEqual({ text: '', cursor: 0 })
  })

  it('is nothing where the storage holds something else', () => {
    for (const other of [null, undefined, 1, 'text', [], {}, { text: 1, cursor: 1 }, { text: '' }, { cursor: 1 }])
      expect(readSaved(other)).toBeNull()
    expect(readSaved({ text: '', cursor: 0, story: '1', draft: 2 })).toEqual({ text: '', cursor: 0 })
  })
})
