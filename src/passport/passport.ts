import data from './data.json' with { type: 'json' }

/** What a scenario can touch; `passport.feature-<id>` is its name in both languages. In the order in which they are shown. */
export const FEATURES = [
  'bridge',
  'bridge-netfilter',
  'vlan',
  'vxlan',
  'geneve',
  'ipip',
  'gre',
  'wireguard',
  'macvlan',
  'ipvlan',
  'dummy',
  'tun',
  'arp',
  'proxy-arp',
  'forwarding',
  'policy-routing',
  'multipath',
  'refusing-routes',
  'reverse-path-filter',
  'time-exceeded',
  'unreachable',
  'redirects',
  'path-mtu',
  'fragmentation',
  'udp',
  'tcp',
  'tcp-reset',
  'connections',
  'iptables-filter',
  'iptables-nat',
  'iptables-mangle',
  'iptables-raw',
  'ipset',
  'services',
  'docker',
] as const
export type Feature = (typeof FEATURES)[number]

/** Where the simulator is known to differ; `passport.deviation-<id>` is the sentence about it. */
export const DEVIATIONS = [
  'socket-hash',
  'tcp-loss-timing',
  'icmp-limit-of-all',
  'empty-nat-table',
  'refused-first-piece',
  'cut-last',
  'tunnel-source-port',
] as const
export type Deviation = (typeof DEVIATIONS)[number]

/** A hand-written scenario whose every packet was equal on both sides. */
export interface JudgedScenario {
  readonly name: string
  /** The release of the Linux that its golden was seen on: `6.18.44`. */
  readonly kernel: string
  readonly features: readonly Feature[]
  /** What was left out of the comparison. */
  readonly deviations?: readonly Deviation[]
}

/** A row of generated scenarios, one for each seed, all equal. */
export interface GeneratedRun {
  readonly kernel: string
  readonly firstSeed: number
  readonly lastSeed: number
  readonly scenarios: number
  /** How many of them touched a feature; without those that none did. */
  readonly features: Readonly<Partial<Record<Feature, number>>>
}

export interface KnownDeviation {
  readonly id: Deviation
  readonly features: readonly Feature[]
}

/** What was compared with a real Linux kernel, and what is known to differ. */
export interface Passport {
  /** Releases that judged, in order: `6.18.44`. */
  readonly kernels: readonly string[]
  readonly scenarios: readonly JudgedScenario[]
  /** Generated scenarios that once showed a difference and are now run every time. */
  readonly kept: number
  readonly generated: GeneratedRun | null
  readonly deviations: readonly KnownDeviation[]
}

export const PASSPORT = data as Passport

/** How often a feature was judged, and what is then known to differ. */
export function judged(
  passport: Passport,
  feature: Feature,
): { readonly handWritten: number; readonly generated: number; readonly deviations: readonly Deviation[] } {
  const touches = ({ features }: { readonly features: readonly Feature[] }): boolean => features.includes(feature)
  const handWritten = passport.scenarios.filter(touches).length
  const generated = passport.generated?.features[feature] ?? 0
  const known = handWritten + generated === 0 ? [] : passport.deviations.filter(touches)
  return { handWritten, generated, deviations: known.map(({ id }) => id) }
}
