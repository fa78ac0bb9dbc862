import { formatIpv4 } from '../../../src/core/base/ipv4.ts'

/** One packet's way through the chains below one hook and table: what matched, in order, and how it ended. */
export interface Walk {
  readonly table: string
  /** The built-in chain it began at. */
  readonly chain: string
  readonly src: number
  readonly dst: number
  readonly length: number
  readonly steps: readonly WalkStep[]
}

/** A rule that matched (`num`: its number in its chain; 0 for the policy) and the verdict it gave. */
export interface WalkStep {
  readonly chain: string
  readonly num: number
  readonly verdict: string
}

/**
 * The walks of a namespace as sections by who talks to whom, since the kernel tells of a rejected packet only after the answer, and
 * both directions of a stream keep no order. A line: `filter FORWARD len 84: FORWARD 1 JUMP, T 2 CONTINUE, FORWARD policy ACCEPT`.
 */
export function walkSections(ns: string, walks: readonly Walk[]): readonly (readonly [string, readonly string[]])[] {
  const sections = new Map<string, string[]>()
  for (const w of walks) {
    const key = `trace ${ns}: ${formatIpv4(w.src)} > ${formatIpv4(w.dst)}`
    const steps = w.steps.map(({ chain, num, verdict }) => `${chain} ${num === 0 ? 'policy' : num} ${verdict}`)
    const line = `${w.table} ${w.chain} len ${w.length}: ${steps.join(', ')}`
    const lines = sections.get(key)
    if (lines) lines.push(line)
    else sections.set(key, [line])
  }
  return [...sections]
}
