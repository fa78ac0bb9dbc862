import type { ObjectRef } from '../../../base/ref.ts'

/** One line of iptables-restore input and the objects it implements. */
export interface RestoreLine {
  readonly text: string
  readonly subject: readonly ObjectRef[]
}

/** The restore input while it is being written. Chains and rules of a table are kept apart, as in proxier.go. */
export interface Output {
  readonly filterChains: RestoreLine[]
  readonly filterRules: RestoreLine[]
  readonly natChains: RestoreLine[]
  readonly natRules: RestoreLine[]
  /** Per-service chains that are in use, written this time or left as they are. */
  readonly activeChains: Set<string>
}

export const newOutput = (): Output => ({
  filterChains: [],
  filterRules: [],
  natChains: [],
  natRules: [],
  activeChains: new Set(),
})

export const NOBODY: readonly ObjectRef[] = []

export const chainLine = (name: string, subject: readonly ObjectRef[] = NOBODY): RestoreLine => ({
  text: `:${name} - [0:0]`,
  subject,
})

/** `-A chain` and the arguments that are not empty. */
export const rule = (subject: readonly ObjectRef[], chain: string, ...args: readonly string[]): RestoreLine => ({
  text: ['-A', chain, ...args.filter((arg) => arg !== '')].join(' '),
  subject,
})

/** A comment in the quotes that kube-proxy puts. */
export const comment = (text: string): string => `-m comment --comment "${text}"`
