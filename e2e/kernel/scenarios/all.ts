import type { Scenario } from '../language.ts'
import { KUBERNETES } from './kubernetes.ts'

/** Every hand-written scenario. */
export const SCENARIOS: readonly Scenario[] = [...KUBERNETES]
