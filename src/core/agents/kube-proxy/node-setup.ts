import { formatIpv4 } from '../../base/ipv4.ts'
import { objectRef } from '../../base/ref.ts'
import { SEC } from '../../base/time.ts'
import { milliValue } from '../../api/kinds/quantity.ts'
import type { Node } from '../../api/kinds/types.ts'
import { setSysctl, sysctl, sysctlNumber } from '../../kernel/sysctl/sysctl.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import { klog } from '../contracts/klog.ts'
import type { Configuration } from './configuration.ts'
import { prefixHolds } from './iptables/addresses.ts'
import { type DetectLocal, type ProxyConfig, defaultProxyConfig } from './iptables/config.ts'
import type { KubeProxyCtx, KubeProxyEnv, KubeProxyState } from './state.ts'

/** What the rules are made with: the configuration, the Node as it is now, the addresses on the devices. */
export function proxyConfig(
  env: KubeProxyEnv,
  netns: number,
  { node: name, configuration: c }: KubeProxyState,
): ProxyConfig {
  const node = env.api.peek<Node>(objectRef('Node', undefined, name))
  const addresses = env.kernel.t.addressByNetns.at(netns).rows()
  const bound = c.bindAddress === '0.0.0.0' || c.bindAddress === '::' ? null : c.bindAddress
  return {
    ...defaultProxyConfig(name, bound ?? nodeIp(node) ?? '127.0.0.1', detectLocal(c, node)),
    nodeLabels: node?.metadata.labels ?? {},
    nodeIps: addresses.map((row) => formatIpv4(row.addr)),
    masqueradeAll: c.masqueradeAll,
    masqueradeBit: c.masqueradeBit,
    nodePortAddresses: c.nodePortAddresses.length > 0 ? c.nodePortAddresses : null,
    localhostNodePorts: c.localhostNodePorts,
    beLiberal: sysctlNumber(env.kernel, netns, 'net.netfilter.nf_conntrack_tcp_be_liberal') !== 0,
  }
}

/** The InternalIP, which is how GetNodeHostIPs prefers it. */
export const nodeIp = (node: Node | undefined): string | undefined =>
  node?.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && !address.includes(':'))?.address

const firstIpv4 = (cidrs: string | undefined): string | undefined =>
  cidrs?.split(',').find((each) => each !== '' && !each.includes(':'))

function detectLocal(c: Configuration, node: Node | undefined): DetectLocal {
  switch (c.detectLocalMode) {
    case 'BridgeInterface':
      return { mode: 'BridgeInterface', name: c.bridgeInterface }
    case 'InterfaceNamePrefix':
      return { mode: 'InterfaceNamePrefix', prefix: c.interfaceNamePrefix }
    case 'NodeCIDR':
    case 'ClusterCIDR': {
      const cidr = c.detectLocalMode === 'NodeCIDR' ? firstIpv4(node?.spec?.podCIDR) : firstIpv4(c.clusterCIDR)
      return cidr === undefined ? { mode: 'None' } : { mode: c.detectLocalMode, cidr }
    }
    default:
      return { mode: 'None' }
  }
}

const CONNTRACK = 'net.netfilter.nf_conntrack_'

/** setupConntrack, and what NewProxier sets: sysctls that are as wanted already are left alone. */
export function setSysctls(env: KubeProxyEnv, ctx: KubeProxyCtx, actor: string, name: string, c: Configuration): void {
  const { maxPerCore, min, tcpEstablishedTimeout, tcpCloseWaitTimeout, tcpBeLiberal } = c.conntrack
  const node = env.api.peek<Node>(objectRef('Node', undefined, name))
  const set = (key: string, value: string): void => setOne(env, ctx, actor, name, key, value)
  if (maxPerCore > 0) {
    const cores = Math.max(1, Math.floor(milliValue(node?.status?.capacity?.['cpu'] ?? '4') / 1000))
    const max = Math.max(maxPerCore * cores, min)
    klog(ctx, 'I', 'conntrack.go:60', `"Setting nf_conntrack_max" nfConntrackMax=${max}`)
    set(`${CONNTRACK}max`, String(max))
  }
  if (tcpEstablishedTimeout > 0)
    set(`${CONNTRACK}tcp_timeout_established`, String(Math.floor(tcpEstablishedTimeout / SEC)))
  if (tcpCloseWaitTimeout > 0) set(`${CONNTRACK}tcp_timeout_close_wait`, String(Math.floor(tcpCloseWaitTimeout / SEC)))
  if (tcpBeLiberal) set(`${CONNTRACK}tcp_be_liberal`, '1')
  if (!wantsRouteLocalnet(c)) return
  const why =
    '"Setting route_localnet=1 to allow node-ports on localhost; to change this either disable iptables.localhostNodePorts ' +
    '(--iptables-localhost-nodeports) or set nodePortAddresses (--nodeport-addresses) to filter loopback addresses"'
  klog(ctx, 'I', 'proxier.go:242', why)
  set('net.ipv4.conf.all.route_localnet', '1')
}

/** NodePorts on 127.0.0.1 are wanted, and loopback is among the addresses that take NodePorts. */
const wantsRouteLocalnet = (c: Configuration): boolean =>
  c.localhostNodePorts &&
  (c.nodePortAddresses.length === 0 ||
    c.nodePortAddresses.some((prefix) => prefix !== 'primary' && prefixHolds(prefix, '127.0.0.1')))

function setOne(env: KubeProxyEnv, ctx: KubeProxyCtx, actor: string, node: string, name: string, value: string): void {
  if (sysctl(env.kernel, ctx.netns, name) === value) return
  const ref = objectRef('Node', undefined, node)
  const text = `sysctl -w ${name}=${value}`
  if (name.startsWith(CONNTRACK)) {
    const entry = name.replaceAll('.', '/')
    klog(ctx, 'I', 'conntrack.go:115', `"Set sysctl" entry="${entry}" value=${value}`)
  }
  asAgent(env.kernel, { actor, verb: 'sysctl', ref, netns: ctx.netns, text }, () =>
    setSysctl(env.kernel, ctx.netns, name, value),
  )
}
