import type { Scenario } from '../language.ts'
import { ADDRESSES } from './addresses.ts'
import { ANSWERS } from './answers.ts'
import { DEVICES } from './devices.ts'
import { DOCKER } from './docker.ts'
import { FIREWALL } from './firewall.ts'
import { HOSTS } from './hosts.ts'
import { KUBERNETES } from './kubernetes.ts'
import { MATCHES } from './matches.ts'
import { NAT } from './nat.ts'
import { NEIGHBOURS } from './neighbours.ts'
import { PROBING } from './probing.ts'
import { ROUTING } from './routing.ts'
import { RULES } from './rules.ts'
import { SETS } from './sets.ts'
import { SHOWN } from './shown.ts'
import { TARGETS } from './targets.ts'
import { TCP } from './tcp.ts'
import { TOOLS } from './tools.ts'
import { TRANSPARENT } from './transparent.ts'
import { TUNNELS } from './tunnels.ts'
import { WAYS } from './ways.ts'
import { WINDOWS } from './windows.ts'

/** Every hand-written scenario. */
export const SCENARIOS: readonly Scenario[] = [
  ...KUBERNETES,
  ...ADDRESSES,
  ...ROUTING,
  ...RULES,
  ...WAYS,
  ...HOSTS,
  ...TCP,
  ...TOOLS,
  ...NEIGHBOURS,
  ...FIREWALL,
  ...NAT,
  ...ANSWERS,
  ...SETS,
  ...DOCKER,
  ...DEVICES,
  ...TUNNELS,
  ...MATCHES,
  ...WINDOWS,
  ...TRANSPARENT,
  ...PROBING,
  ...TARGETS,
  ...SHOWN,
]
