import type { ParsedRule } from './types.ts'

/** The sets that a rule names, each as often as it does. */
export function setsNamedBy({ matches, target }: Pick<ParsedRule, 'matches' | 'target'>): readonly string[] {
  const matched = matches.flatMap((match) => (match.m === 'set' ? [match.name] : []))
  if (target?.t !== 'SET') return matched
  return [...matched, ...[target.add, target.del].flatMap((use) => (use ? [use.name] : []))]
}
