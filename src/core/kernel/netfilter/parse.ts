import { err, ok, type Result } from '../../base/result.ts'
import { parseArguments, type UsageError } from './arguments.ts'
import type { ParsedRule } from './types.ts'
import { splitWords, type Word } from './words.ts'

export type { UsageError } from './arguments.ts'

/**
 * Reads the arguments of one rule, as they stand after `-A CHAIN` on the command line or in iptables-restore input: a
 * line (split and unquoted as iptables-restore does) or ready words. Chains that a `-j` names are not looked up here.
 *
 * Errors carry iptables 1.8.9's own words.
 */
export function parseRule(input: string | readonly Word[]): Result<ParsedRule, UsageError> {
  const words = typeof input === 'string' ? splitWords(input) : input
  const parsed = parseArguments(words)
  if (!parsed.ok) return parsed
  const [rule, ...more] = parsed.value.rules
  if (parsed.value.command || !rule || more.length > 0) {
    const message = parsed.value.command ? 'a command is not part of a rule' : 'several addresses make several rules'
    return err({ code: 'usage', message, column: 0, prefix: true })
  }
  return ok(rule)
}
