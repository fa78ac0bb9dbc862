import { contains, parseCidr } from '../../../base/cidr.ts'
import { parseIpv4 } from '../../../base/ipv4.ts'
import { parseIpv6 } from '../../../wire/ipv6.ts'
import type { IpFamily } from '../../../api/kinds/types.ts'

/** The family of an address or prefix in text form. */
export const familyOf = (address: string): IpFamily => (address.includes(':') ? 'IPv6' : 'IPv4')

/** `ip:port` as kube-proxy writes it in comments and in --to-destination. */
export const endpointText = (ip: string, port: number): string =>
  familyOf(ip) === 'IPv6' ? `[${ip}]:${port}` : `${ip}:${port}`

/** Whether a prefix in text form holds an address in text form; false where either is not one. */
export function prefixHolds(prefix: string, address: string): boolean {
  if (familyOf(prefix) !== familyOf(address)) return false
  if (familyOf(prefix) === 'IPv6') return prefixHolds6(prefix, address)
  const cidr = parseCidr(prefix)
  const ip = parseIpv4(address)
  return cidr !== null && ip !== null && contains(cidr, ip)
}

function prefixHolds6(prefix: string, address: string): boolean {
  const [head = '', length = '128'] = prefix.split('/')
  const a = parseIpv6(head)
  const b = parseIpv6(address)
  if (a === null || b === null) return false
  for (let bit = 0; bit < Number(length); bit += 8) {
    const mask = (0xff00 >> Math.min(8, Number(length) - bit)) & 0xff
    if (((a.charCodeAt(bit / 8) ^ b.charCodeAt(bit / 8)) & mask) !== 0) return false
  }
  return true
}

export const isLoopbackText = (ip: string): boolean => prefixHolds('127.0.0.0/8', ip) || ip === '::1'
