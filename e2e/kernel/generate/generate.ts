import fc from 'fast-check'
import type { Scenario, Server, Setup, Stimulus } from '../language.ts'
import { type Blueprint, type StimulusBlueprint, blueprint } from './plan.ts'
import { type GeneratedRule, TCP_PORT, UDP_PORT, VIP, restoreText, ruleOf } from './rules.ts'
import { type Topology, topologyOf } from './topology.ts'

/** The scenario of a seed: always the same one. */
export function generatedScenario(seed: number): Scenario {
  const [b] = fc.sample(blueprint, { seed, numRuns: 1 })
  return scenarioOf(b!, `generated-${seed}`)
}

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length]!

/** What another flavour adds: steps before the rules, rules behind the others, stimuli at the end. */
export interface Widening {
  readonly setup: readonly Setup[]
  readonly rules: readonly { readonly rule: GeneratedRule; readonly when: number }[]
  readonly stimuli: readonly Stimulus[]
}
const NOTHING_MORE: Widening = { setup: [], rules: [], stimuli: [] }

export function scenarioOf(
  b: Blueprint,
  name: string,
  widen: (t: Topology) => Widening = () => NOTHING_MORE,
): Scenario {
  const t = topologyOf(b)
  const more = widen(t)
  const rules = [...b.rules.map((rule) => ({ rule: ruleOf(rule, t), when: rule.when })), ...more.rules]
  // Whether REJECT answers a first piece is a known deviation: where there is one, nothing has to be cut.
  const refuses = rules.some(({ rule }) => rule.line.includes('-j REJECT'))
  const early = rules.filter(({ when }) => when >= b.stimuli.length).map(({ rule }) => rule)
  const machines = [...t.routers, ...t.hosts]
  const firewalls: Setup[] = machines.flatMap((ns) => {
    const text = restoreText(early, ns)
    return text === '' ? [] : [{ do: 'iptables', ns, text } as const]
  })
  const stimuli = b.stimuli.flatMap((s, i): Stimulus[] => {
    const late = rules.filter(({ when }) => when === i).map(({ rule }) => insertion(rule))
    return [...late, stimulusOf(refuses ? { ...s, size: Math.min(s.size, WHOLE) } : s, i, t)]
  })
  return {
    name,
    about: `${b.sites.map((s) => `${s.lan}${s.bridgeNf ? '+nf' : ''}`).join(' – ')}, ${rules.length} rules`,
    setup: [...t.setup, ...machines.flatMap(nothingAgain), ...extrasOf(b, t), ...more.setup, ...firewalls],
    servers: serversOf(t),
    stimuli: onlyOneStranger([...stimuli, ...more.stimuli]),
  }
}

/** How often something is sent again depends on how long a run takes: not at all. */
const nothingAgain = (ns: string): Setup[] => [
  { do: 'sysctl', ns, name: 'net.ipv4.tcp_synack_retries', value: '0' },
  { do: 'sysctl', ns, name: 'net.ipv4.tcp_rto_min_us', value: '20000000' },
]

const insertion = (rule: GeneratedRule): Stimulus => ({
  do: 'change',
  change: { do: 'iptables', ns: rule.ns, text: restoreText([rule], rule.ns), noflush: true },
})

const serversOf = (t: Topology): Server[] =>
  [...t.hosts, ...t.routers].flatMap((ns): Server[] => [
    { ns, proto: 'tcp', port: TCP_PORT },
    { ns, proto: 'udp', port: UDP_PORT },
  ])

/** Odds and ends that routers have: routes that refuse, proxy ARP, rules, marks that choose a table. */
function extrasOf(b: Blueprint, t: Topology): Setup[] {
  return b.extras.flatMap((n): Setup[] => {
    const ns = pick(t.routers, n >> 4)
    const net = `10.${90 + (n % 3)}.${(n >> 3) % 8}.0/24`
    const choices: Setup[][] = [
      [{ do: 'route', ns, to: net, type: 'unreachable', metric: n % 1000 }],
      [{ do: 'route', ns, to: net, type: 'prohibit', metric: n % 1000 }],
      [{ do: 'route', ns, to: net, type: 'blackhole', metric: n % 1000 }],
      [
        {
          do: 'rule',
          ns,
          pref: 100 + (n % 1000),
          from: pick(t.lans, n >> 6),
          to: pick(t.lans, n >> 8),
          action: 'prohibit',
        },
      ],
      [{ do: 'rule', ns, pref: 100 + (n % 1000), fwmark: '0x1/0x1', action: 'unreachable' }],
      [{ do: 'sysctl', ns, name: 'net.ipv4.conf.all.proxy_arp', value: '1' }],
      [{ do: 'sysctl', ns: pick(t.hosts, n >> 4), name: 'net.ipv4.conf.all.arp_ignore', value: '1' }],
      [{ do: 'sysctl', ns, name: 'net.ipv4.conf.all.arp_announce', value: `${1 + (n % 2)}` }],
      [
        {
          do: 'route',
          ns,
          to: `10.95.${(n >> 3) % 8}.0/24`,
          via: t.addresses.get(pick(t.hosts, 0))![0]!,
          metric: n % 1000,
        },
      ],
    ]
    const chosen = pick(choices, n)
    // A next hop has to be on one of the router's own networks.
    return chosen[0]?.do === 'route' && chosen[0].via ? [{ ...chosen[0], ns: t.routers[0]! }] : chosen
  })
}

const PATIENCE = 120
/** Bytes that fit through every generated link in one piece. */
const WHOLE = 500

function stimulusOf(s: StimulusBlueprint, i: number, t: Topology): Stimulus {
  const machines = [...t.hosts, ...t.hosts, ...t.hosts, ...t.routers]
  const ns = pick(machines, s.from)
  const hosts = t.hosts.flatMap((host) => t.addresses.get(host)!)
  const routers = t.routers.flatMap((router) => t.addresses.get(router)!)
  const targets = [
    ...hosts,
    ...hosts,
    ...hosts,
    ...routers,
    VIP,
    VIP,
    VIP,
    '10.90.1.1',
    '10.91.1.1',
    '10.95.1.1',
    '10.1.0.99',
    '127.0.0.1',
  ]
  const to = pick(targets, s.to)
  const df = pick(['want', 'want', 'do', 'dont'] as const, s.df)
  const ttl = pick([0, 0, 0, 0, 1, 2, 3], s.ttl)
  const common = { ns, to, patience: PATIENCE }
  const options = { size: s.size, df, ...(ttl === 0 ? {} : { ttl }) }
  if (s.kind === 'ping') return { do: 'ping', ...common, ...options }
  // Few source ports, so that connections are met again and clash behind a router.
  const sport = 40000 + (s.sport % 4) + (s.kind === 'tcp' ? 100 + 10 * i : 0)
  if (s.kind === 'udp')
    return { do: 'udp', ...common, ...options, sport, port: pick([UDP_PORT, UDP_PORT, UDP_PORT, 9], s.service) }
  return { do: 'tcp', ...common, sport, port: pick([TCP_PORT, TCP_PORT, TCP_PORT, 81], s.service) }
}

/** An address that nobody has costs three seconds: one of them is enough. */
function onlyOneStranger(stimuli: readonly Stimulus[]): readonly Stimulus[] {
  const strange = stimuli.findIndex((s) => 'to' in s && s.to.endsWith('.99'))
  return stimuli.filter((s, i) => !('to' in s && s.to.endsWith('.99')) || i === strange)
}
