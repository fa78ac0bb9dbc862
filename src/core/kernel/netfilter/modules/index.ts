import { CONNECTION_MODULES } from './connection.ts'
import type { MatchModule } from './option.ts'
import { PACKET_MODULES } from './packet.ts'
import { STATEFUL_MODULES } from './stateful.ts'
import { TRANSPORT_MODULES } from './transport.ts'

const MODULES: ReadonlyMap<string, MatchModule> = new Map(
  [...TRANSPORT_MODULES, ...CONNECTION_MODULES, ...PACKET_MODULES, ...STATEFUL_MODULES].map((m) => [m.name, m]),
)

/** The match extension of that name, where it is modelled. */
export const matchModule = (name: string): MatchModule | undefined => MODULES.get(name)

/** Extensions of the real tool that are accepted as text and never evaluated: `unknown` terms, shown as such. */
export const UNMODELLED_MATCHES: ReadonlySet<string> = new Set([
  'ah',
  'bpf',
  'cgroup',
  'cluster',
  'connbytes',
  'connlabel',
  'connlimit',
  'cpu',
  'devgroup',
  'ecn',
  'esp',
  'helper',
  'ipcomp',
  'ipvs',
  'osf',
  'policy',
  'quota',
  'realm',
  'string',
  'time',
  'u32',
])

export type { MatchModule, OptionSpec, OptionUse, ProtocolContext } from './option.ts'
