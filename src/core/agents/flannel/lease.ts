import { type Cidr, parseCidr } from '../../base/cidr.ts'
import { type Ipv4, parseIpv4 } from '../../base/ipv4.ts'
import { type Mac, parseMac } from '../../base/mac.ts'
import type { Node } from '../../api/kinds/types.ts'

/** Where flannel publishes itself on its Node (pkg/subnet/kube/annotations.go). */
export const ANNOTATION = {
  manager: 'flannel.alpha.coreos.com/kube-subnet-manager',
  backendType: 'flannel.alpha.coreos.com/backend-type',
  backendData: 'flannel.alpha.coreos.com/backend-data',
  publicIp: 'flannel.alpha.coreos.com/public-ip',
  publicIpOverwrite: 'flannel.alpha.coreos.com/public-ip-overwrite',
} as const

/** What another node's flannel has published. */
export interface Lease {
  readonly node: string
  readonly subnet: Cidr
  readonly publicIp: Ipv4
  readonly backend: string
  /** VXLAN only. */
  readonly vtepMac: Mac | null
}

/** The lease of a node (nodeToLease); `null` while it has none. */
export function leaseOf(node: Node): Lease | null {
  const notes = node.metadata.annotations ?? {}
  if (notes[ANNOTATION.manager] !== 'true') return null
  const subnet = parseCidr(node.spec?.podCIDR ?? '')
  const publicIp = parseIpv4(notes[ANNOTATION.publicIp] ?? '')
  if (!subnet || publicIp === null) return null
  const backend = notes[ANNOTATION.backendType] ?? ''
  return { node: node.metadata.name, subnet, publicIp, backend, vtepMac: vtepMacOf(notes[ANNOTATION.backendData]) }
}

export function vtepMacOf(data: string | undefined): Mac | null {
  const match = /"VtepMAC":\s*"([^"]*)"/.exec(data ?? '')
  return match ? parseMac(match[1]!) : null
}
