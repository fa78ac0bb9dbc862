const INITVAL = 0xdeadbeef

const rol = (x: number, n: number): number => (x << n) | (x >>> (32 - n))

/** Bob Jenkins’ lookup3 over 32-bit words, as the kernel has it (include/linux/jhash.h `jhash2`). u32. */
export function jhash2(words: readonly number[], initval: number): number {
  let [a, b, c] = [0, 0, 0]
  a = b = c = (INITVAL + words.length * 4 + initval) | 0
  let at = 0
  for (; words.length - at > 3; at += 3) {
    a = (a + words[at]!) | 0
    b = (b + words[at + 1]!) | 0
    c = (c + words[at + 2]!) | 0
    a = ((a - c) ^ rol(c, 4)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rol(a, 6)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rol(b, 8)) | 0
    b = (b + a) | 0
    a = ((a - c) ^ rol(c, 16)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rol(a, 19)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rol(b, 4)) | 0
    b = (b + a) | 0
  }
  if (at === words.length) return c >>> 0
  a = (a + words[at]!) | 0
  b = (b + (words[at + 1] ?? 0)) | 0
  c = (c + (words[at + 2] ?? 0)) | 0
  c = ((c ^ b) - rol(b, 14)) | 0
  a = ((a ^ c) - rol(c, 11)) | 0
  b = ((b ^ a) - rol(a, 25)) | 0
  c = ((c ^ b) - rol(b, 16)) | 0
  a = ((a ^ c) - rol(c, 4)) | 0
  b = ((b ^ a) - rol(a, 14)) | 0
  c = ((c ^ b) - rol(b, 24)) | 0
  return c >>> 0
}
