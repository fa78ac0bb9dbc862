import { FEATURES, type Feature } from '../../../src/passport/passport.ts'
import type { Scenario, Setup } from '../language.ts'
import type { Observation } from '../observation.ts'

interface Evidence {
  readonly steps: readonly Setup[]
  /** All inputs of iptables-restore. */
  readonly rules: string
  /** All that the kernel was seen to do. */
  readonly seen: string
}

const made =
  (...kinds: readonly Setup['do'][]) =>
  ({ steps }: Evidence): boolean =>
    steps.some((step) => kinds.includes(step.do))
const ruled =
  (pattern: RegExp) =>
  ({ rules }: Evidence): boolean =>
    pattern.test(rules)
const seen =
  (pattern: RegExp) =>
  ({ seen: text }: Evidence): boolean =>
    pattern.test(text)
const typed =
  (pattern: RegExp) =>
  ({ steps }: Evidence): boolean =>
    steps.some((step) => step.do === 'ip' && pattern.test(step.line))
const set =
  (pattern: RegExp) =>
  ({ steps }: Evidence): boolean =>
    steps.some((step) => step.do === 'sysctl' && pattern.test(step.name) && step.value !== '0')

/** Whether a scenario touched a feature: by its setup, or by what the kernel did. */
const TOUCHED: Readonly<Record<Feature, (e: Evidence) => boolean>> = {
  bridge: made('bridge'),
  'bridge-netfilter': ({ steps }) => steps.some((step) => step.do === 'ns' && step.bridgeNf === true),
  vlan: made('vlan'),
  vxlan: made('vxlan'),
  geneve: made('geneve'),
  ipip: made('ipip'),
  gre: made('gre'),
  wireguard: made('wireguard'),
  macvlan: made('macvlan'),
  ipvlan: made('ipvlan'),
  dummy: made('dummy'),
  tun: made('tun'),
  arp: seen(/ arp /),
  'proxy-arp': set(/\.proxy_arp$/),
  forwarding: ({ steps }) => steps.some((step) => step.do === 'ns' && step.router === true),
  'policy-routing': (e) => made('rule')(e) || typed(/^rule add/)(e),
  multipath: typed(/ nexthop .* nexthop /),
  'refusing-routes': (e) =>
    e.steps.some((step) => step.do === 'route' && step.type !== undefined) ||
    typed(/ (unreachable|prohibit|blackhole|throw)\b/)(e),
  'reverse-path-filter': set(/\.rp_filter$/),
  'time-exceeded': seen(/icmp 11\/0/),
  unreachable: seen(/icmp 3\/(?!4)/),
  redirects: seen(/icmp 5\//),
  'path-mtu': seen(/icmp 3\/4|local EMSGSIZE/),
  fragmentation: seen(/ fragment \d/),
  udp: seen(/\| udp /),
  tcp: seen(/\| tcp /),
  'tcp-reset': seen(/\| tcp \S+ > \S+ R/),
  connections: seen(/^== conntrack/m),
  'iptables-filter': ruled(/^\*filter/m),
  'iptables-nat': ruled(/^\*nat/m),
  'iptables-mangle': ruled(/^\*mangle/m),
  'iptables-raw': ruled(/^\*raw/m),
  ipset: ruled(/--match-set/),
  services: ruled(/KUBE-SVC-/),
  docker: ruled(/:DOCKER /),
}

/** What the machines of a lab were seen to have. */
const SEEN_IN_LABS: Readonly<Partial<Record<Feature, RegExp>>> = {
  bridge: /^== fdb /m,
  vxlan: /\| vxlan \d/,
  forwarding: /^net\.ipv4\.ip_forward = 1$/m,
}

/** What an exported lab touched, by what the kernel did and counted. */
export function featuresOfLab(real: Observation): readonly Feature[] {
  const text = (of: RegExp): string =>
    [...real].flatMap(([section, lines]) => (of.test(section) ? [`== ${section}`, ...lines] : [])).join('\n')
  // Nodes have every table; touched is one whose rules have counted something.
  const tables = text(/^rules /).split(/^(?=[*=])/m)
  const counted = tables
    .filter((table) => /^\[[1-9]/m.test(table))
    .map((table) => table.replaceAll(/^\[0:0\].*\n?/gm, ''))
  const evidence: Evidence = { steps: [], rules: counted.join(''), seen: text(/./) }
  return FEATURES.filter((feature) => SEEN_IN_LABS[feature]?.test(evidence.seen) ?? TOUCHED[feature](evidence))
}

export function featuresOf(s: Scenario, real: Observation): readonly Feature[] {
  const steps = [...s.setup, ...s.stimuli.flatMap((step) => (step.do === 'change' ? [step.change] : []))]
  const rules = steps.flatMap((step) => (step.do === 'iptables' ? [step.text] : [])).join('\n')
  const lines = [...real].flatMap(([section, all]) => [`== ${section}`, ...all])
  const evidence: Evidence = { steps, rules, seen: lines.join('\n') }
  return FEATURES.filter((feature) => TOUCHED[feature](evidence))
}
