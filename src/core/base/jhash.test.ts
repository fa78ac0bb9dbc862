import { expect, it } from 'vitest'
import { jhash2 } from './jhash.ts'

it('is lookup3 as C computes it, for every number of words that are left over', () => {
  const words = [0x0201000a, 0, 0, 0, 5, 6]
  const hashes = Array.from({ length: 7 }, (_, n) => jhash2(words.slice(0, n), 0x12345678))
  expect(hashes).toEqual([4041348455, 2787642308, 2537066082, 1957292649, 1802392168, 947857089, 3332909246])
})
