import { findChain } from './ruleset.ts'
import { parseRule } from './parse.ts'
import type { Ruleset, TableName } from './types.ts'

/** Whether the chain is there (`iptables -t table -S chain`, as programs ask before they create it). */
export const hasChain = (ruleset: Ruleset, table: TableName, chain: string): boolean => {
  const found = ruleset[table]
  return found !== undefined && findChain(found, chain) !== undefined
}

/** Whether the chain holds that rule (`iptables -C`). `args` as on the command line; false where they make no rule. */
export function hasRule(ruleset: Ruleset, table: TableName, chain: string, args: string): boolean {
  const found = ruleset[table]
  const rules = found && findChain(found, chain)?.rules
  const parsed = rules ? parseRule(args) : null
  return parsed !== null && parsed.ok && (rules?.some((rule) => rule.text === parsed.value.text) ?? false)
}
