import type { Deviation, Feature } from '../../src/passport/passport.ts'
import type { Observation } from './observation.ts'

/**
 * Where the simulator is known to differ, or where the kernel differs from itself from run to run; the sentences are in
 * src/i18n/passport. A scenario that says the name leaves the sections that it `excludes` out of its comparison, and the run says so; the
 * others lie outside of what scenarios do, or are normalised away.
 */
export const KNOWN_DEVIATIONS: Readonly<
  Record<Deviation, { readonly features: readonly Feature[]; readonly excludes?: RegExp }>
> = {
  'socket-hash': { features: ['multipath'] },
  'tcp-loss-timing': { features: ['tcp'] },
  'icmp-limit-of-all': { features: ['unreachable', 'time-exceeded'] },
  'empty-nat-table': { features: ['iptables-nat', 'connections'] },
  'refused-first-piece': { features: ['iptables-filter', 'fragmentation'] },
  // The sender of the scenarios that say it is a.
  'cut-last': { features: ['tcp'], excludes: /^trace a: / },
  'tunnel-source-port': { features: ['vxlan', 'geneve'] },
}

/** Without the sections that the scenario's deviations excuse. */
export function excused(o: Observation, names: readonly Deviation[] = []): Observation {
  const patterns = names.flatMap((name) => KNOWN_DEVIATIONS[name].excludes ?? [])
  return new Map([...o].filter(([section]) => !patterns.some((pattern) => pattern.test(section))))
}
