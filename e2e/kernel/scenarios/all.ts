import type { Scenario } from '../language.ts'
import { KUBERNETES } from './kubernetes.ts'
import { NEIGHBOURS } from './neighbours.ts'
import { ROUTING } from './routing.ts'

/** Every hand-written scenario. */
export const SCENARIOS: readonly Scenario[] = [...KUBERNETES, ...ROUTING, ...NEIGHBOURS]
