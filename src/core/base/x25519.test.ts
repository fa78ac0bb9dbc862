import { expect, it } from 'vitest'
import { clamp, formatKey, parseKey, publicKeyOf } from './x25519.ts'

/** Private and public keys as OpenSSL pairs them. */
const PAIRS = [
  ['AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk=', 'F32PIx9sq4nqA/kNLy1T3ZuhPHiUfV2FuD1JRRTgtxQ='],
  ['AwQHDBMcJzRDVGd8k6zH5AMkR2yTvOcUQ3Sn3BNMh8Q=', 'PrtA6NukZubRwPoCmVEMXBbISCdRe0wl16CFCBwDyyE='],
  ['//////////////////////////////////////////8=', 'hHwNLDdSNPNl5mCVUYejc1oPdhPRYJ06ak2MU66qWiI='],
] as const

it.each(PAIRS)('derives the public key of %s', (own, open) => {
  expect(formatKey(publicKeyOf(parseKey(own)!))).toBe(open)
})

it('writes and reads keys', () => {
  const key = clamp(Uint8Array.from({ length: 32 }, (_, i) => i * 7))
  const text = formatKey(key)
  expect(text).toHaveLength(44)
  expect(parseKey(text)).toEqual(key)
  expect(parseKey('short')).toBeNull()
})
