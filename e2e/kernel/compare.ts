import type { Observation } from './observation.ts'

/** Where two observations of one section part. */
export interface Difference {
  readonly section: string
  /** Index of the first line that differs. */
  readonly at: number
  readonly real: string | undefined
  readonly simulated: string | undefined
  readonly counts: readonly [real: number, simulated: number]
}

/** The first difference of every section. */
export function compare(real: Observation, simulated: Observation): readonly Difference[] {
  const sections = [...new Set([...real.keys(), ...simulated.keys()])].sort()
  return sections.flatMap((section) => {
    const [r, s] = [real.get(section) ?? [], simulated.get(section) ?? []]
    const longest = Math.max(r.length, s.length)
    for (let at = 0; at < longest; at++) {
      if (r[at] !== s[at])
        return [{ section, at, real: r[at], simulated: s[at], counts: [r.length, s.length] as const }]
    }
    return []
  })
}

export function formatDifference(d: Difference): string {
  const counts = d.counts[0] === d.counts[1] ? '' : ` (${d.counts[0]} lines against ${d.counts[1]})`
  const side = (text: string | undefined): string => text ?? '— nothing —'
  return [
    `  ${d.section}, line ${d.at + 1}${counts}`,
    `    kernel:    ${side(d.real)}`,
    `    simulator: ${side(d.simulated)}`,
  ].join('\n')
}
