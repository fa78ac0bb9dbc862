import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac, MAC_ZERO } from '../base/mac.ts'
import { ARP_LENGTH } from './length.ts'
import type { Arp } from './types.ts'

/** An ARP packet in tcpdump's words; `verbose`: how many `-v`. */
export function arpText(arp: Arp, verbose = 0): string {
  return `${verbose > 0 ? 'Ethernet (len 6), IPv4 (len 4), ' : ''}${operationText(arp)}, length ${ARP_LENGTH}`
}

function operationText(arp: Arp): string {
  const known = arp.tha === MAC_ZERO ? '' : ` (${formatMac(arp.tha)})`
  if (arp.op === 1) return `Request who-has ${formatIpv4(arp.tpa)}${known} tell ${formatIpv4(arp.spa)}`
  if (arp.op === 2) return `Reply ${formatIpv4(arp.spa)} is-at ${formatMac(arp.sha)}`
  return `Unknown (${arp.op})`
}
