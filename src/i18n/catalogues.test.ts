import { describe, expect, it } from 'vitest'
import { en, zh } from './catalogues.ts'
import { type Message, holesOf } from './message.ts'

/** Texts that are the same in both languages, or need no Chinese character, on purpose. Full keys. */
const SAME_ON_PURPOSE: ReadonlySet<string> = new Set<string>([])

type Areas = Readonly<Record<string, Readonly<Record<string, Message>>>>

function flat(areas: Areas): Map<string, Message> {
  const all = new Map<string, Message>()
  for (const area of Object.keys(areas))
    for (const name of Object.keys(areas[area]!)) all.set(`${area}.${name}`, areas[area]![name]!)
  return all
}

const forms = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message))
const english = flat(en)
const chinese = flat(zh)

describe('catalogues', () => {
  it('have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('have the same holes in every text', () => {
    for (const [key, message] of english) expect([key, holesOf(chinese.get(key)!)]).toEqual([key, holesOf(message)])
  })

  it('have no English text left in Chinese', () => {
    for (const [key, message] of chinese) {
      if (SAME_ON_PURPOSE.has(key)) continue
      for (const form of forms(message)) expect(`${key}: ${form}`).toMatch(/\p{Script=Han}/u)
    }
  })

  it('have no Chinese text in English and no empty text', () => {
    for (const [key, message] of english) {
      for (const form of forms(message)) {
        expect(form.trim(), key).not.toBe('')
        expect(`${key}: ${form}`).not.toMatch(/\p{Script=Han}/u)
      }
    }
  })

  it('list as the same on purpose only keys that exist', () => {
    for (const key of SAME_ON_PURPOSE) expect(english.has(key), key).toBe(true)
  })

  it('give the plural categories that the language uses, and no others', () => {
    for (const [locale, all] of [
      ['en', english],
      ['zh-CN', chinese],
    ] as const) {
      const used = new Intl.PluralRules(locale).resolvedOptions().pluralCategories
      for (const [key, message] of all)
        if (typeof message !== 'string') expect([key, Object.keys(message).sort()]).toEqual([key, [...used].sort()])
    }
  })
})
