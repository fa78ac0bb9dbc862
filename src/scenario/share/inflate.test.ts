import fc from 'fast-check'
import { deflateSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { inflateExactly } from './inflate.ts'

/** Bytes with repetitions, near and far. */
const content = fc
  .array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('kind: Pod\n', 'a'.repeat(600), '\u0000')), {
    maxLength: 60,
  })
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))))
const level = fc.constantFrom<0 | 1 | 6 | 9>(0, 1, 6, 9)
const dictionary = fc.constantFrom('', 'kind: Pod\nmetadata:\n', 'x'.repeat(40_000)).map((text) => Buffer.from(text))

describe('inflate', () => {
  it('gives back what a library has deflated, stored, fixed and dynamic blocks alike', () => {
    fc.assert(
      fc.property(content, level, dictionary, (bytes, how, preset) => {
        // The format looks back 32 KiB at most, and so does what deflates.
        const window = preset.subarray(-32_768)
        const packed = deflateSync(bytes, { level: how, ...(window.length > 0 ? { dictionary: window } : {}) })
        expect(Buffer.from(inflateExactly(packed, window, bytes.length)!)).toEqual(bytes)
        if (bytes.length > 0) expect(inflateExactly(packed, window, bytes.length - 1)).toBeNull()
        expect(inflateExactly(packed, window, bytes.length + 1)).toBeNull()
        expect(inflateExactly(packed.subarray(0, -1), window, bytes.length)).toBeNull()
      }),
      { numRuns: 300 },
    )
  })

  it('answers null, or so many bytes, whatever it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (data, length) => {
        const output = inflateExactly(data, new Uint8Array(), length)
        expect(output === null || output.length === length).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('reads no more of a bomb than of an honest text', () => {
    const bomb = deflateSync(new Uint8Array(16 * 1024 * 1024), { level: 9 })
    let read = 0
    const watched = new Proxy(bomb, {
      get(target, key) {
        read++
        return Reflect.get(target, key) as unknown
      },
    })
    expect(bomb.length).toBeGreaterThan(10_000)
    expect(inflateExactly(watched, new Uint8Array(), 1000)).toBeNull()
    expect(read).toBeLessThan(500)
  })

  it('refuses what the format forbids', () => {
    const refused = (...bytes: number[]): void =>
      expect(inflateExactly(Uint8Array.from(bytes), new Uint8Array(), 1)).toBeNull()
    refused(0b111) // Block type 3.
    refused(0b001, 1, 0, 0, 0, 65) // A stored block whose length is not confirmed.
    refused(0b001, 1, 0, 254, 255, 65, 0) // Something behind the end.
    refused(0b011, 2) // Looks back behind the beginning: fixed code, length 3, distance 1.
    expect(inflateExactly(Uint8Array.from([0b001, 1, 0, 254, 255, 65]), new Uint8Array(), 1)).toEqual(Uint8Array.of(65))
  })
})
