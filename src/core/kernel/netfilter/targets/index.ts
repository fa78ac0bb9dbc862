import { MARK_TARGETS } from './mark.ts'
import { NAT_TARGETS } from './nat.ts'
import type { TargetModule } from './option.ts'
import { OTHER_TARGETS } from './other.ts'

const TARGETS: ReadonlyMap<string, TargetModule> = new Map(
  [...OTHER_TARGETS, ...NAT_TARGETS, ...MARK_TARGETS].map((target) => [target.name, target]),
)

/** The target of that name, where it is modelled. */
export const targetModule = (name: string): TargetModule | undefined => TARGETS.get(name)

/** Targets of the real tool that are accepted as text and pass the packet on: `unknown`, shown as such. */
export const UNMODELLED_TARGETS: ReadonlySet<string> = new Set([
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CLUSTERIP',
  'CONNSECMARK',
  'DSCP',
  'ECN',
  'HMARK',
  'IDLETIMER',
  'LED',
  'RATEEST',
  'SECMARK',
  'SYNPROXY',
  'TCPOPTSTRIP',
  'TOS',
  'TTL',
  'ULOG',
])

/** Whether a chain may not bear this name. */
export const isTargetName = (name: string): boolean => TARGETS.has(name) || UNMODELLED_TARGETS.has(name)

export type { TargetModule } from './option.ts'
