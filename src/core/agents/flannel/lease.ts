import { type Cidr, network, parseCidr } from '../../base/cidr.ts'
import { type Ipv4, formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import { type Mac, parseMac } from '../../base/mac.ts'
import type { Node } from '../../api/kinds/types.ts'

/** Where flannel publishes itself on its Node (pkg/subnet/kube/annotations.go). */
export const ANNOTATION = {
  manager: 'flannel.alpha.coreos.com/kube-subnet-manager',
  backendType: 'flannel.alpha.coreos.com/backend-type',
  backendData: 'flannel.alpha.coreos.com/backend-data',
  publicIp: 'flannel.alpha.coreos.com/public-ip',
  publicIpOverwrite: 'flannel.alpha.coreos.com/public-ip-overwrite',
  nodePublicIp: 'flannel.alpha.coreos.com/node-public-ip',
} as const

/** What another node's flannel has published. */
export interface Lease {
  readonly node: string
  readonly subnet: Cidr
  readonly publicIp: Ipv4
  readonly backend: string
  /** The annotation backend-data as it stands. */
  readonly data: string
  /** VXLAN only. */
  readonly vtepMac: Mac | null
}

/** The lease of a node (nodeToLease); `null` while it has none. */
export function leaseOf(node: Node): Lease | null {
  const notes = node.metadata.annotations ?? {}
  if (notes[ANNOTATION.manager] !== 'true') return null
  const subnet = nodeSubnet(node)
  const publicIp = parseIpv4(notes[ANNOTATION.publicIp] ?? '')
  if (!subnet || publicIp === null) return null
  const backend = notes[ANNOTATION.backendType] ?? ''
  const data = notes[ANNOTATION.backendData] ?? ''
  return { node: node.metadata.name, subnet, publicIp, backend, data, vtepMac: vtepMacOf(data) }
}

/** The node's IPv4 range. */
export function nodeSubnet({ spec }: Node): Cidr | null {
  const texts = spec?.podCIDRs?.length ? spec.podCIDRs : [spec?.podCIDR ?? '']
  const cidr = texts.map((text) => (text.includes('/') ? parseCidr(text) : null)).find((each) => each !== null)
  return cidr ? { addr: network(cidr), len: cidr.len } : null
}

export function vtepMacOf(data: string | undefined): Mac | null {
  const match = /"VtepMAC":\s*"([^"]*)"/.exec(data ?? '')
  return match ? parseMac(match[1]!) : null
}

/** LeaseAttrs.String(), as flanneld logs it. */
export const leaseText = ({ backend, publicIp, data }: Lease): string =>
  `BackendType: ${backend}, PublicIP: ${formatIpv4(publicIp)}, PublicIPv6: (nil), BackendData: ${data || '(nil)'}, BackendV6Data: (nil)`
