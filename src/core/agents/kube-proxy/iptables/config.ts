import type { IpFamily, StringMap } from '../../../api/kinds/types.ts'
import { familyOf, isLoopbackText, prefixHolds } from './addresses.ts'

/** How kube-proxy tells pods of this node from other sources (`detectLocalMode`). */
export type DetectLocal =
  | { readonly mode: 'ClusterCIDR' | 'NodeCIDR'; readonly cidr: string }
  | { readonly mode: 'BridgeInterface'; readonly name: string }
  | { readonly mode: 'InterfaceNamePrefix'; readonly prefix: string }
  | { readonly mode: 'None' }

/** KubeProxyConfiguration, as far as the iptables proxier reads it, and what it found on its node. */
export interface ProxyConfig {
  readonly family: IpFamily
  readonly nodeName: string
  readonly nodeLabels: StringMap
  /** The node's own address: a source range that holds it admits the node's traffic to load balancer addresses. */
  readonly nodeIp: string
  /** Every address on the node's devices, loopback included; for `nodePortAddresses`. */
  readonly nodeIps: readonly string[]
  readonly detectLocal: DetectLocal
  readonly masqueradeAll: boolean
  /** Which bit of the packet mark asks for masquerading. */
  readonly masqueradeBit: number
  /** The daemon writes `0x00004000`; `short` is `0x4000`, as iptables prints it back. */
  readonly markFormat: 'daemon' | 'short'
  /** Prefixes, or `primary`; null or a match-all prefix: every local address takes NodePorts. */
  readonly nodePortAddresses: readonly string[] | null
  readonly localhostNodePorts: boolean
  /** Which named counters (nfacct) could be made on the node. */
  readonly nfacct: { readonly invalidDropped: boolean; readonly localhostNodePorts: boolean }
  /** The iptables binary knows `--random-fully`. */
  readonly randomFully: boolean
  /** `net.netfilter.nf_conntrack_tcp_be_liberal` is set: INVALID packets are not dropped. */
  readonly beLiberal: boolean
}

/** The defaults of pkg/proxy/apis/config/v1alpha1/defaults.go, for a node. */
export const defaultProxyConfig = (
  nodeName: string,
  nodeIp: string,
  detectLocal: DetectLocal = { mode: 'None' },
): ProxyConfig => ({
  family: familyOf(nodeIp),
  nodeName,
  nodeLabels: {},
  nodeIp,
  nodeIps: [nodeIp, familyOf(nodeIp) === 'IPv6' ? '::1' : '127.0.0.1'],
  detectLocal,
  masqueradeAll: false,
  masqueradeBit: 14,
  markFormat: 'daemon',
  nodePortAddresses: null,
  localhostNodePorts: true,
  nfacct: { invalidDropped: false, localhostNodePorts: false },
  randomFully: true,
  beLiberal: false,
})

/** The mark that KUBE-MARK-MASQ sets. */
export function masqueradeMark(config: ProxyConfig): string {
  const hex = (2 ** config.masqueradeBit).toString(16)
  return config.markFormat === 'daemon' ? `0x${hex.padStart(8, '0')}` : `0x${hex}`
}

/** The arguments that hold for pods of this node, and those that hold for everybody else; null without a detector. */
export function localDetector(detect: DetectLocal): { readonly ifLocal: string; readonly ifNotLocal: string } | null {
  const either = (args: string) => ({ ifLocal: args, ifNotLocal: `! ${args}` })
  switch (detect.mode) {
    case 'ClusterCIDR':
    case 'NodeCIDR':
      return either(`-s ${detect.cidr}`)
    case 'BridgeInterface':
      return either(`-i ${detect.name}`)
    case 'InterfaceNamePrefix':
      return either(`-i ${detect.prefix}+`)
    case 'None':
      return null
  }
}

/** The node addresses that take NodePorts, or 'all' (util/nodeport_addresses.go). */
export function nodePortIps(config: ProxyConfig): readonly string[] | 'all' {
  const wanted = config.nodePortAddresses
  const all = config.family === 'IPv6' ? '::/0' : '0.0.0.0/0'
  if (!wanted || wanted.length === 0 || wanted.includes(all)) return 'all'
  const ofFamily = wanted.filter((prefix) => prefix === 'primary' || familyOf(prefix) === config.family)
  if (ofFamily.length === 0) return 'all'
  return config.nodeIps.filter(
    (ip) =>
      familyOf(ip) === config.family &&
      ofFamily.some((prefix) => (prefix === 'primary' ? ip === config.nodeIp : prefixHolds(prefix, ip))) &&
      (config.family === 'IPv4' && config.localhostNodePorts ? true : !isLoopbackText(ip)),
  )
}
