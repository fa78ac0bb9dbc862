/** An IPv4 address as an unsigned 32-bit integer in host order: 10.0.0.1 is 0x0a000001. */
export type Ipv4 = number

export const IPV4_BROADCAST: Ipv4 = 0xffffffff
export const IPV4_LOOPBACK: Ipv4 = 0x7f000001

/** Dotted quad (RFC 791), strict: four decimal octets, no leading zeros. `null` when it is not one. */
export function parseIpv4(text: string): Ipv4 | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!match) return null
  let value = 0
  for (let i = 1; i <= 4; i++) {
    const octet = match[i]!
    if (octet.length > 1 && octet.startsWith('0')) return null
    if (Number(octet) > 255) return null
    value = value * 256 + Number(octet)
  }
  return value
}

/** As `parseIpv4`, for literals in our own code: throws on anything else. */
export function ipv4(text: string): Ipv4 {
  const value = parseIpv4(text)
  if (value === null) throw new Error(`not an IPv4 address: ${text}`)
  return value
}

export function formatIpv4(ip: Ipv4): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`
}

/** 127.0.0.0/8 (RFC 1122 section 3.2.1.3). */
export const isLoopback = (ip: Ipv4): boolean => ip >>> 24 === 127
/** 224.0.0.0/4 (RFC 5771). */
export const isMulticast = (ip: Ipv4): boolean => ip >>> 28 === 0xe
/** 0.0.0.0/8, "this network" (RFC 1122). */
export const isZeronet = (ip: Ipv4): boolean => ip >>> 24 === 0

/**
 * inet_aton(3), which getaddrinfo(3) reads addresses by: one to four numbers, decimal, octal (`010`) or hexadecimal (`0x0a`); the last one fills what
 * is left (`127.1`, `10.258`). `null` for anything else.
 */
export function parseInetAton(text: string): Ipv4 | null {
  const parts = text.split('.')
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]{1,8}|0[0-7]{0,11}|[1-9]\d{0,9})$/i.test(part)))
    return null
  const numbers = parts.map((part) => (/^0[0-7]/.test(part) ? Number.parseInt(part, 8) : Number(part)))
  const last = numbers.pop()!
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return null
  return numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last)
}
