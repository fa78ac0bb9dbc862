import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseGoJson } from './go-json.ts'

const fault = (text: string): string => {
  const read = parseGoJson(text)
  return read.ok ? '' : read.error
}

describe('JSON as Go reads it', () => {
  it('complains in its words', () => {
    expect(fault('')).toBe('unexpected end of JSON input')
    expect(fault('{"a": 1')).toBe('unexpected end of JSON input')
    expect(fault('{"a": 1,}')).toBe("invalid character '}' looking for beginning of object key string")
    expect(fault('{"a" 1}')).toBe("invalid character '1' after object key")
    expect(fault('{"a": }')).toBe("invalid character '}' looking for beginning of value")
    expect(fault('{"a": 1 "b": 2}')).toBe(`invalid character '"' after object key:value pair`)
    expect(fault('{"a": tru}')).toBe("invalid character '}' in literal true (expecting 'e')")
    expect(fault('{} x')).toBe("invalid character 'x' after top-level value")
    expect(fault('[1]')).toBe('json: cannot unmarshal array into Go value')
  })

  it('accepts what JSON.parse accepts, and nothing else', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => parseGoJson(JSON.stringify(value)).ok))
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '}', '"', '0', '\\'), (value, at, c) => {
        const text = JSON.stringify({ value })
        const i = at % text.length
        const broken = text.slice(0, i) + c + text.slice(i + 1)
        let fine = true
        try {
          JSON.parse(broken)
        } catch {
          fine = false
        }
        expect(fault(broken) === '').toBe(fine)
      }),
    )
  })
})
