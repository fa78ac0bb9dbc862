import { expect, test } from 'vitest'
import { siphash } from './siphash.ts'

test('the vectors of the reference implementation: key 00 … 0f, input 00 01 02 …', () => {
  const key = [0x0706050403020100n, 0x0f0e0d0c0b0a0908n] as const
  expect(siphash(key, [])).toBe(0x726fdb47dd0e0e31n)
  expect(siphash(key, [0x0706050403020100n])).toBe(0x93f5f5799a932462n)
})
