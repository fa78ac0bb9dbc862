import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { deflateSync, strToU8 } from 'fflate'
import { describe, expect, it, vi } from 'vitest'
import { hashText } from '../../core/base/hash.ts'
import { createI18n } from '../../i18n/i18n.ts'
import { LIMITS } from '../limits.ts'
import { decodeBase64Url, encodeBase64Url } from './base64url.ts'
import { DICTIONARY_V1 } from './dictionaries/v1.ts'
import { encodeShare } from './encode.ts'
import { openLink } from '../../worker/link.ts'
import type { ShareError } from './share.ts'

const LABS = new URL('../../../public/labs/', import.meta.url)
const labs = readdirSync(LABS).filter((file) => file.endsWith('.yaml'))
const readLab = (file: string): string => readFileSync(new URL(file, LABS), 'utf8')
const HEADER = 'apiVersion: hopscope.dev/v1alpha1\nkind: Lab\n'

const codeOf = async (fragment: string): Promise<ShareError['code'] | 'ok'> => {
  const answer = await openLink(fragment)
  return answer.ok ? 'ok' : answer.error.code
}
const anyText = fc.string({ unit: 'grapheme', maxLength: 2000 })
const anyCursor = fc.option(fc.maxSafeNat())

describe('share links', () => {
  it.each(labs)('carry %s', async (file) => {
    const text = readLab(file)
    const link = encodeShare({ text, cursor: 1234 })
    expect(await openLink(`#${link}`)).toEqual({ ok: true, value: { text, cursor: 1234 } })
    expect(link).toMatch(/^lab=[\w-]+$/)
    expect(link.length).toBeLessThan(1500)
  })

  it('stay short for the default lab under other names, ranges and comments', () => {
    const text = readLab('flannel-vxlan.yaml')
      .replaceAll('web', 'storefront')
      .replaceAll('node', 'machine')
      .replaceAll('192.168.10', '10.77.3')
      .replaceAll('10.244.0.0', '10.100.0.0')
      .replace(/^#.*$/gm, '# Ein anderer Kommentar, den kein Wörterbuch kennt: 别人写的注释。')
    expect(encodeShare({ text, cursor: 98765 }).length).toBeLessThan(1500)
  })

  it('open as fragment, with #, and as a whole address', async () => {
    const link = encodeShare({ text: HEADER, cursor: null })
    for (const form of [link, `#${link}`, `https://example.org/hopscope/#${link}`, ` ${link}\n`])
      expect(await openLink(form)).toEqual({ ok: true, value: { text: HEADER, cursor: null } })
  })

  it('give back what went in', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyCursor, async (rest, cursor) => {
        const shared = { text: HEADER + rest, cursor }
        expect(await openLink(encodeShare(shared))).toEqual({ ok: true, value: shared })
      }),
    )
  })

  it('never open as another lab when damaged', async () => {
    const mutation = fc.record({ at: fc.nat(), letter: fc.nat(63) })
    await fc.assert(
      fc.asyncProperty(anyText, anyCursor, mutation, async (rest, cursor, { at, letter }) => {
        const shared = { text: HEADER + rest, cursor }
        const link = encodeShare(shared)
        const index = 4 + (at % (link.length - 4))
        const other = encodeBase64Url(new Uint8Array([letter << 2]))[0]!
        const answer = await openLink(link.slice(0, index) + other + link.slice(index + 1))
        if (answer.ok) expect(answer.value).toEqual(shared)
      }),
      { numRuns: 150 },
    )
  })

  it('say so when cut off, at whatever character', async () => {
    const link = encodeShare({ text: readLab('nodeport.yaml'), cursor: 7 })
    for (let length = 5; length < link.length; length++)
      expect([length, await codeOf(link.slice(0, length))]).toEqual([length, 'truncated'])
    expect(await codeOf(link.slice(0, 4))).toBe('empty')
  })

  it('never reject on any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.string()),
        fc.constantFrom('', '#', 'lab=', '#lab=AQ'),
        async (text, start) => {
          expect(await openLink(start + text)).toHaveProperty('ok')
        },
      ),
      { numRuns: 300 },
    )
  })

  it('name what is wrong', async () => {
    expect(await codeOf('')).toBe('empty')
    expect(await codeOf('#')).toBe('empty')
    expect(await codeOf('#section-3')).toBe('not-a-link')
    expect(await openLink('lab=AQ<script>')).toEqual({
      ok: false,
      error: { code: 'characters', params: { position: 3 } },
    })
    expect(await codeOf(encodeShare({ text: 'a: 1', cursor: null }))).toBe('not-a-lab')
    const newer = `lab=${encodeBase64Url(new Uint8Array([9, 1, 2, 3]))}`
    expect(await openLink(newer)).toEqual({
      ok: false,
      error: { code: 'future-version', params: { version: 9, known: 1 } },
    })
    expect(await codeOf('lab=garbage'), 'damage is not taken for a newer format').toBe('checksum')
  })

  it('refuse a bomb without inflating it', async () => {
    const bomb = deflateSync(new Uint8Array(64 * 1024 * 1024), { level: 9 })
    const varint = (value: number): number[] =>
      value > 127 ? [(value % 128) | 128, ...varint(Math.floor(value / 128))] : [value]
    const link = (declared: number): string =>
      `lab=${encodeBase64Url(new Uint8Array([1, 0, 0, 0, 0, ...varint(declared), ...varint(bomb.length), ...bomb]))}`
    expect(await codeOf(link(64 * 1024 * 1024))).toBe('too-large')
    const read = vi.spyOn(ReadableStreamDefaultReader.prototype, 'read')
    expect(await codeOf(link(1000))).toBe('checksum')
    // A few pieces out of more than a thousand.
    expect(read.mock.calls.length).toBeLessThan(4)
    read.mockRestore()
    expect(await codeOf(`lab=${'A'.repeat(3 * LIMITS.bytes)}`)).toBe('too-large')
  })

  it('have a text for every error in both languages', () => {
    const codes: ShareError['code'][] = [
      'empty',
      'not-a-link',
      'characters',
      'truncated',
      'checksum',
      'too-large',
      'future-version',
      'not-a-lab',
    ]
    for (const lang of ['en', 'zh'] as const)
      for (const code of codes) expect(createI18n(lang).has(`errors.share-${code}`), code).toBe(true)
  })
})

describe('the parts', () => {
  it('base64url agrees with the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = encodeBase64Url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(decodeBase64Url(text)).toEqual(new Uint8Array(bytes))
      }),
    )
  })

  it('dictionary 1 is frozen: links already made depend on it', () => {
    expect(hashText(DICTIONARY_V1)).toBe(6423515820687000)
    expect(strToU8(DICTIONARY_V1).length).toBe(DICTIONARY_V1.length)
    expect(DICTIONARY_V1.length).toBeLessThan(32768)
  })
})
