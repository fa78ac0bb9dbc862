import type { Observation } from './observation.ts'

/**
 * Where the simulator is known to differ, or where the kernel differs from itself from run to run: named, so that a scenario that says
 * the name leaves those sections out of its comparison, and the run says so.
 */
export const DEVIATIONS: Readonly<Record<string, { readonly about: string; readonly excludes: RegExp }>> = {
  'multipath-choice': {
    about:
      'Which next hop of a multipath route a flow takes follows from a hash that the kernel seeds anew; outcomes are compared alone.',
    excludes: /^(?!outcomes$)/,
  },
}

/** Without the sections that the scenario's deviations excuse. */
export function excused(o: Observation, names: readonly string[] = []): Observation {
  const patterns = names.map((name) => {
    const known = DEVIATIONS[name]
    if (!known) throw new Error(`no deviation is called ${name}`)
    return known.excludes
  })
  return new Map([...o].filter(([section]) => !patterns.some((pattern) => pattern.test(section))))
}
