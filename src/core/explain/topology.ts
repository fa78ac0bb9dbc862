import { formatCidr } from '../base/cidr.ts'
import { formatIpv4, parseIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import { addressesOf } from '../kernel/link/address.ts'
import type { LinkRow, NetnsRow } from '../kernel/tables.ts'
import { clusterPods, namespacesOf, nodeOf, servicesOf, workloadsOf } from './cluster.ts'
import type { ExplainEnv } from './env.ts'
import { podOfLabel } from './places.ts'
import type { DeviceView, HostView, NetnsView, NetworkView, PodView, TopologyView } from './views.ts'
import { formatAddress } from './print/address.ts'

/**
 * A number that changes whenever `topology` could: the sum of the versions of what it reads. Versions only grow, rewinding
 * included, so equal sums mean that nothing was written in between.
 */
export function topologyRevision(env: ExplainEnv): number {
  const { t } = env.kernel
  let sum = t.netns.version + t.link.version + t.address.version + env.fabric.networks.version
  const byKind = env.api?.tables.byKind
  if (byKind) for (const kind of KINDS) sum += byKind.at(kind).version
  return sum
}

const KINDS = ['Node', 'Pod', 'Service', 'EndpointSlice', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Namespace']

const known = new WeakMap<ExplainEnv['world'], { readonly revision: number; readonly view: TopologyView }>()

/** The lab as it stands now: machines with their namespaces and devices, networks, pods, Services, workloads. In a stable order. */
export function topology(env: ExplainEnv): TopologyView {
  const revision = topologyRevision(env)
  const last = known.get(env.world)
  if (last?.revision === revision) return last.view
  const pods = clusterPods(env)
  const view: TopologyView = {
    networks: networksOf(env),
    hosts: hostsOf(env, pods),
    services: servicesOf(env),
    workloads: workloadsOf(env),
    namespaces: namespacesOf(env),
  }
  known.set(env.world, { revision, view })
  return view
}

const networksOf = (env: ExplainEnv): NetworkView[] =>
  env.fabric.networks
    .rows()
    .map(({ name, cidr, mtu }) => ({ id: `network/${name}`, name, cidr: formatCidr(cidr), mtu }))

function hostsOf(env: ExplainEnv, pods: readonly PodView[]): HostView[] {
  const hosts: HostView[] = []
  for (const row of env.kernel.t.netns.rows()) if (row.name === 'host') hosts.push(hostOf(env, row, pods))
  return hosts
}

function hostOf(env: ExplainEnv, own: NetnsRow, pods: readonly PodView[]): HostView {
  const { t } = env.kernel
  const node = nodeOf(env, own.host)
  const byRef = new Map(pods.map((pod) => [pod.ref, pod]))
  const others = t.netnsByHost
    .at(own.host)
    .rows()
    .filter((row) => row.id !== own.id)
  const inside = others
    .map((row) => netnsView(env, row, byRef))
    .sort((a, b) => compareText(a.pod?.ref ?? '', b.pod?.ref ?? '') || a.id - b.id)
  const addresses = t.linkByNetns
    .at(own.id)
    .rows()
    .filter((link) => link.kind === 'ether')
    .flatMap((link) => addressesOn(env, link.id))
  return {
    id: own.label,
    name: own.host,
    role: env.roleOf?.(own.host) ?? node?.role ?? roleOfLabel(own.label),
    addresses,
    ready: node?.ready ?? null,
    netns: [netnsView(env, own, byRef), ...inside],
    hostPods: pods.filter((pod) => pod.node === own.host && pod.ip !== null && isOwn(env, own.id, pod.ip)),
  }
}

function roleOfLabel(label: string): HostView['role'] {
  if (label.startsWith('node/')) return 'worker'
  return label.startsWith('router/') ? 'router' : 'host'
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A pod whose address is one of the machine's own shares its namespace. */
function isOwn(env: ExplainEnv, netns: number, ip: string): boolean {
  const address = parseIpv4(ip)
  return env.kernel.t.addressByNetns
    .at(netns)
    .rows()
    .some((row) => row.addr === address)
}

const addressesOn = (env: ExplainEnv, link: number): string[] => addressesOf(env.kernel, link).map(formatAddress)

function netnsView(env: ExplainEnv, row: NetnsRow, pods: ReadonlyMap<string, PodView>): NetnsView {
  const ref = podOfLabel(row.label)
  const links = [...env.kernel.t.linkByNetns.at(row.id).rows()].sort((a, b) => a.ifindex - b.ifindex)
  return {
    id: row.id,
    kind: row.name === 'host' ? 'host' : ref === null ? 'named' : 'pod',
    name: row.name,
    pod: ref === null ? null : (pods.get(ref) ?? goingPod(ref, row)),
    devices: links.map((link) => deviceView(env, link)),
  }
}

/** A namespace that is still there though its pod is not. */
function goingPod(ref: string, row: NetnsRow): PodView {
  const [, namespace = '', name = ''] = ref.split('/')
  return {
    ref,
    name,
    namespace,
    status: 'Terminating',
    ready: false,
    ip: null,
    node: row.host,
    owner: null,
    place: row.label,
  }
}

function deviceView(env: ExplainEnv, link: LinkRow): DeviceView {
  return {
    id: link.id,
    name: link.name,
    kind: link.kind,
    mac: formatMac(link.mac),
    mtu: link.mtu,
    up: link.up,
    addresses: addressesOn(env, link.id),
    peer: link.peer,
    master: link.master,
    underlay: link.vxlan?.underlay ?? link.lower,
    network: networkOf(env, link.id),
    note: noteOf(link),
  }
}

function noteOf(link: LinkRow): string {
  if (link.vxlan) return `vni ${link.vxlan.vni}`
  const { config } = link
  if (config === null) return link.port?.hairpin ? 'hairpin' : ''
  switch (config.kind) {
    case 'vlan':
      return `vlan ${config.vid}`
    case 'macvlan':
    case 'ipvlan':
      return `${config.kind} ${config.mode}`
    case 'geneve':
      return `vni ${config.vni}`
    case 'tun':
      return config.mode
    case 'wireguard':
      return config.port === 0 ? '' : `port ${config.port}`
    default:
      return config.remote === 0 ? '' : `to ${formatIpv4(config.remote)}`
  }
}

function networkOf(env: ExplainEnv, link: number): string | null {
  const wire = env.fabric.wires.get(link)
  return wire ? `network/${wire.network}` : null
}
