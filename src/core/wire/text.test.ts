import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDnsName, labelsName, nameLabels, nameWireLength } from './dns-name.ts'
import { formatIpv6, parseIpv6 } from './ipv6.ts'
import { bytesToData, dataToBytes, decodeUtf8, encodeUtf8 } from './utf8.ts'

describe('utf8', () => {
  it('encodes as the platform does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([...dataToBytes(encodeUtf8(text))]).toEqual([...new TextEncoder().encode(text)])
      }),
    )
    expect(encodeUtf8('\ud800x')).toBe('\xef\xbf\xbdx')
  })

  it('decodes as the platform does, garbage included', () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeUtf8(bytesToData(bytes))).toBe(decoder.decode(bytes))
      }),
      { numRuns: 1000 },
    )
    const edge = fc.array(
      fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0x9f, 0xa0, 0xed, 0xef, 0xf0, 0x8f, 0x90, 0xf4, 0xf5),
    )
    fc.assert(
      fc.property(edge, (bytes) => {
        expect(decodeUtf8(String.fromCharCode(...bytes))).toBe(decoder.decode(Uint8Array.from(bytes)))
      }),
      { numRuns: 1000 },
    )
  })

  it('takes more bytes than a call takes arguments', () => {
    const bytes = new Uint8Array(300_000).map((_, i) => i & 255)
    const back = dataToBytes(bytesToData(bytes))
    expect(back.length === bytes.length && back.every((byte, i) => byte === bytes[i])).toBe(true)
  })
})

describe('IPv6 text', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::', 'fe80::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ])('%s is written %s', (text, canonical) => expect(formatIpv6(parseIpv6(text)!)).toBe(canonical))

  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '1:::2',
  ])('%j is none', (text) => expect(parseIpv6(text)).toBeNull())

  it('survives formatting', () => {
    const bytes = fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(bytes, (array) => {
        const data = String.fromCharCode(...array)
        expect(parseIpv6(formatIpv6(data))).toBe(data)
      }),
    )
  })
})

describe('domain names', () => {
  it('any labels survive, and the length is known without splitting', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => String.fromCharCode(...bytes))
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), (labels) => {
        const name = labelsName(labels)
        expect(nameLabels(name)).toEqual(labels)
        expect(nameWireLength(name)).toBe(labels.reduce((sum, text) => sum + text.length + 1, 1))
      }),
    )
  })

  it.each(['', 'web', 'a..', '.a.', '..', `${'x'.repeat(64)}.`, 'abcdefg.'.repeat(32), '\\300.', '\\1.', 'a\\', '字.'])(
    '%j is none',
    (name) => expect(isDnsName(name)).toBe(false),
  )
})
