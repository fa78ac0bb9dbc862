import type { Feature } from '../../passport/passport.ts'
import type { StepView } from '../../worker/protocol.ts'

type Step = Pick<StepView, 'point' | 'drop' | 'say' | 'decision' | 'before' | 'after'>

/**
 * What of the passport a step is about: the most telling feature first. Empty for what no real kernel judges: the control plane, programs,
 * wires and switches.
 */
export function featuresOf(step: Step): readonly Feature[] {
  const main = BY_SENTENCE[step.say.key] ?? BY_DROP[step.drop] ?? byTable(step) ?? byPoint(step)
  if (main === undefined) return []
  const forService = step.decision?.subject.some(({ ref }) => ref.startsWith('Service/')) ?? false
  return forService && main !== 'services' ? [main, 'services'] : [main]
}

const BY_SENTENCE: Readonly<Record<string, Feature>> = {
  'arp-proxy': 'proxy-arp',
  'route-multipath': 'multipath',
  'route-refusing': 'refusing-routes',
  'drop-route-refused': 'refusing-routes',
  'frag-cut': 'fragmentation',
  'icmp-told-mtu': 'path-mtu',
  'send-icmp-mtu': 'path-mtu',
  'tcp-mss': 'path-mtu',
  'drop-mtu': 'path-mtu',
  'drop-ttl': 'time-exceeded',
  'icmp-told-ttl': 'time-exceeded',
  'send-icmp-ttl': 'time-exceeded',
  'icmp-told-redirect': 'redirects',
  'send-icmp-redirect': 'redirects',
  'send-rst': 'tcp-reset',
  'tcp-reset': 'tcp-reset',
  'dev-xmit-vxlan': 'vxlan',
  'dev-recv-vxlan': 'vxlan',
  'dev-xmit-bridge': 'bridge',
  'dev-recv-bridge': 'bridge',
  'dev-xmit-dummy': 'dummy',
}

const BY_DROP: Readonly<Partial<Record<StepView['drop'], Feature>>> = {
  IP_RPFILTER: 'reverse-path-filter',
  PKT_TOO_BIG: 'path-mtu',
  FRAG_REASM_TIMEOUT: 'fragmentation',
}

const TABLES: Readonly<Record<string, Feature>> = {
  filter: 'iptables-filter',
  nat: 'iptables-nat',
  mangle: 'iptables-mangle',
  raw: 'iptables-raw',
}

/** Rules and policies: the table is the first word of where they stand. */
function byTable({ point, decision }: Step): Feature | undefined {
  if (!point.startsWith('nf.')) return undefined
  return TABLES[decision?.where.split(' ')[0] ?? ''] ?? 'iptables-filter'
}

const POINTS: Readonly<Partial<Record<StepView['point'], Feature>>> = {
  'bridge.input': 'bridge',
  'bridge.fdb': 'bridge',
  'bridge.forward': 'bridge',
  'bridge.nf': 'bridge-netfilter',
  'vxlan.xmit': 'vxlan',
  'vxlan.recv': 'vxlan',
  arp: 'arp',
  neigh: 'arp',
  conntrack: 'connections',
  nat: 'iptables-nat',
  'route.input': 'forwarding',
  'route.output': 'forwarding',
  'ip.rcv': 'forwarding',
  'ip.forward': 'forwarding',
  'ip.output': 'forwarding',
  'ip.local': 'forwarding',
  'ip.frag': 'fragmentation',
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'unreachable',
}

/** Programs' packets by their protocol: `socket.send` alone does not say whose. */
function byPoint({ point, say, before, after }: Step): Feature | undefined {
  if (say.key.startsWith('send-icmp') || say.key.startsWith('icmp-told')) return 'unreachable'
  if (say.key === 'icmp-echo') return 'forwarding'
  if (point !== 'socket.send' && point !== 'socket.recv') return POINTS[point]
  const layers = (after ?? before)?.layers.map(({ layer }) => layer) ?? []
  if (layers.includes('tcp')) return 'tcp'
  return layers.includes('udp') ? 'udp' : undefined
}
