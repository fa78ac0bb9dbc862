import { type Ipv4, formatIpv4, parseIpv4 } from './ipv4.ts'

/** An IPv4 prefix. `addr` keeps its host bits where a caller gave some; use `network` to drop them. */
export interface Cidr {
  readonly addr: Ipv4
  readonly len: number
}

/** The netmask of a prefix length, 0 to 32, as an unsigned 32-bit integer. */
export const maskOf = (len: number): number => (len === 0 ? 0 : (0xffffffff << (32 - len)) >>> 0)

/** `a.b.c.d/len`; a bare address counts as /32. `null` when it is neither. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/')
  const addr = parseIpv4(slash < 0 ? text : text.slice(0, slash))
  if (addr === null) return null
  if (slash < 0) return { addr, len: 32 }
  const length = text.slice(slash + 1)
  if (!/^\d{1,2}$/.test(length) || Number(length) > 32) return null
  return { addr, len: Number(length) }
}

/** As `parseCidr`, for literals in our own code: throws on anything else. */
export function cidr(text: string): Cidr {
  const value = parseCidr(text)
  if (!value) throw new Error(`not an IPv4 prefix: ${text}`)
  return value
}

export const formatCidr = (c: Cidr): string => `${formatIpv4(c.addr)}/${c.len}`
export const network = (c: Cidr): Ipv4 => (c.addr & maskOf(c.len)) >>> 0
/** The highest address of the prefix: for a subnet, its directed broadcast address. */
export const lastAddress = (c: Cidr): Ipv4 => (c.addr | ~maskOf(c.len)) >>> 0
export const contains = (c: Cidr, ip: Ipv4): boolean => ((c.addr ^ ip) & maskOf(c.len)) === 0
export const containsCidr = (outer: Cidr, inner: Cidr): boolean => inner.len >= outer.len && contains(outer, inner.addr)
export const overlaps = (a: Cidr, b: Cidr): boolean => contains(a, b.addr) || contains(b, a.addr)
