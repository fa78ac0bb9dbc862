import { type Cidr, formatCidr, maskOf, network } from '../../base/cidr.ts'
import { formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import { numberOf, PROTOCOLS, SERVICES } from './names.ts'

/** Decimal, 0x hexadecimal or 0 octal, as `strtoul` with base 0 reads it, up to `max`. */
export function parseUint(text: string, max = 0xffffffff): number | null {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) return null
  const value = /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text)
  return Number.isNaN(value) || value > max ? null : value
}

/** `value` or `value/mask`. Without a mask all 32 bits count. */
export function parseMark(text: string): { readonly value: number; readonly mask: number } | null {
  const slash = text.indexOf('/')
  const value = parseUint(slash < 0 ? text : text.slice(0, slash))
  const mask = slash < 0 ? 0xffffffff : parseUint(text.slice(slash + 1))
  return value === null || mask === null ? null : { value, mask }
}

export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`
export const markText = (value: number, mask: number): string =>
  mask === 0xffffffff ? hex(value) : `${hex(value)}/${hex(mask)}`

export const parsePort = (text: string): number | null => parseUint(text, 65535) ?? numberOf(SERVICES, text)

export interface NumberRange {
  readonly lo: number
  readonly hi: number
}

/** `a:b`, `a:`, `:b` or `a`; the words of libxtables when it is not one. */
export function parsePortRange(text: string): NumberRange | string {
  const colon = text.indexOf(':')
  const first = colon < 0 ? text : text.slice(0, colon)
  const last = colon < 0 ? text : text.slice(colon + 1)
  const lo = colon >= 0 && first === '' ? 0 : parsePort(first)
  const hi = colon >= 0 && last === '' ? 65535 : parsePort(last)
  if (lo === null) return `invalid port/service \`${first}' specified`
  if (hi === null) return `invalid port/service \`${last}' specified`
  return lo > hi ? 'invalid portrange (min > max)' : { lo, hi }
}

/** `a:b`, `a:`, `:b` or `a` over plain numbers. */
export function parseRange(text: string, max: number, separator = ':'): NumberRange | null {
  const at = text.indexOf(separator)
  const lo = at < 0 ? parseUint(text, max) : at === 0 ? 0 : parseUint(text.slice(0, at), max)
  const hi = at < 0 ? lo : at === text.length - 1 ? max : parseUint(text.slice(at + 1), max)
  return lo === null || hi === null || lo > hi ? null : { lo, hi }
}

export const rangeText = (range: NumberRange, separator = ':'): string =>
  range.lo === range.hi ? `${range.lo}` : `${range.lo}${separator}${range.hi}`

/** Name or number of an IP protocol; `all` is 0. */
export function parseProtocol(text: string): number | null {
  const name = text.toLowerCase()
  return parseUint(name, 255) ?? (name === 'all' ? 0 : numberOf(PROTOCOLS, name))
}

/** The prefix length of a netmask, or null where its bits are not contiguous. */
export function prefixLength(mask: number): number | null {
  for (let len = 0; len <= 32; len++) if (maskOf(len) === mask) return len
  return null
}

/** An address with an optional mask as iptables takes it. A mask with holes comes back as `mask` beside `addr`. */
export type Address = Cidr | { readonly addr: number; readonly mask: number }

/**
 * `a.b.c.d`, `a.b.c.d/len`, `a.b.c.d/m.m.m.m`, `a.b/len`. Host bits are cleared, as -s and -d do; `keepHost` keeps them,
 * as extensions do. The tool's words when it is none.
 */
export function parseAddress(text: string, keepHost = false): Address | string {
  const slash = text.indexOf('/')
  const host = slash < 0 ? text : text.slice(0, slash)
  const maskWord = slash < 0 ? '32' : text.slice(slash + 1)
  const addr = parseHost(host, slash >= 0)
  const plain = parseUint(maskWord, 32)
  const mask = plain === null ? parseIpv4(maskWord) : maskOf(plain)
  if (mask === null) return `invalid mask \`${maskWord}' specified`
  if (addr === null) return `host/network \`${host}' not found`
  const len = prefixLength(mask)
  if (len === null) return { addr: (addr & mask) >>> 0, mask }
  return { addr: keepHost ? addr : network({ addr, len }), len }
}

/** A dotted quad; before a mask also a shortened one (`10/8`, `10.1/16`), as `inet_aton` pads it. */
function parseHost(text: string, shortened: boolean): number | null {
  if (text === 'localhost') return 0x7f000001
  const dots = text.split('.').length
  return parseIpv4(shortened && dots < 4 ? `${text}${'.0'.repeat(4 - dots)}` : text)
}

export const addressText = (address: Address): string =>
  'len' in address ? formatCidr(address) : `${formatIpv4(address.addr)}/${formatIpv4(address.mask)}`

/** A prefix as most extensions print it: a host without `/32`. */
export const hostText = (cidr: Cidr): string => (cidr.len === 32 ? formatIpv4(cidr.addr) : formatCidr(cidr))
