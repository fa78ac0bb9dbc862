/** Curve25519 keys as WireGuard writes them: 32 bytes in base64, 44 characters. For lab keys only: nothing here resists timing attacks. */

const P = 2n ** 255n - 19n
const A24 = 121665n
const BASE_POINT = 9n

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The 32 bytes of a key in base64; `null` for what is none. */
export function parseKey(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text)) return null
  const bytes = new Uint8Array(32)
  let [bits, count, at] = [0, 0, 0]
  for (const char of text.slice(0, 43)) {
    bits = ((bits << 6) | ALPHABET.indexOf(char)) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    if (at < 32) bytes[at++] = (bits >> count) & 255
  }
  return bytes
}

export function formatKey(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < 32; i += 3) {
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (let shift = 18; shift >= 0; shift -= 6) text += ALPHABET[(word >> shift) & 63]
  }
  return `${text.slice(0, 43)}=`
}

/** A private key out of 32 random bytes (`wg genkey`). */
export function clamp(bytes: Uint8Array): Uint8Array {
  const key = Uint8Array.from(bytes)
  key[0]! &= 248
  key[31] = (key[31]! & 127) | 64
  return key
}

/** The public key of a private one (`wg pubkey`; RFC 7748 section 5). */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  let n = ladder(toNumber(clamp(privateKey)))
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++, n >>= 8n) bytes[i] = Number(n & 255n)
  return bytes
}

function toNumber(from: Uint8Array): bigint {
  return from.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

const mod = (n: bigint): bigint => ((n % P) + P) % P

/** The Montgomery ladder with the base point. */
function ladder(scalar: bigint): bigint {
  let [x2, z2, x3, z3] = [1n, 0n, BASE_POINT, 1n]
  for (let bit = 254n; bit >= 0n; bit--) {
    const swap = ((scalar >> bit) & 1n) === 1n
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2]
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3]
    const [aa, bb, da, cb] = [mod(a * a), mod(b * b), mod(d * a), mod(c * b)]
    const e = aa - bb
    x3 = mod((da + cb) ** 2n)
    z3 = mod(BASE_POINT * (da - cb) ** 2n)
    x2 = mod(aa * bb)
    z2 = mod(e * (aa + A24 * e))
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2]
  }
  return mod(x2 * power(z2, P - 2n))
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let [b, e] = [base, exponent]; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b)
  return result
}
