import type { ObjectRef } from '../../base/ref.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Invocation, UsageError } from './arguments.ts'
import type { RuleOperation } from './operations.ts'
import type { NewRule } from './ruleset.ts'
import type { RuleCounters, TableName } from './types.ts'

const usage = (message: string, column = 0): Result<never, UsageError> =>
  err({ code: 'usage', message, column, prefix: true })

const RULE_COMMANDS = 'ADCIR'

/**
 * The operation that a command line asks for. `subject` and `counters` go to the rules it writes. Null for commands that
 * only print (-L, -S).
 */
export function operationOf(
  said: Invocation,
  table: TableName,
  subject: readonly ObjectRef[],
  counters: RuleCounters | null,
): Result<RuleOperation | null, UsageError> {
  const command = said.command
  if (!command) return usage('no command specified')
  const problem = complaint(said, table)
  if (problem !== null) return usage(problem, command.column)
  const number = command.argument === null ? null : /^\d+$/.test(command.argument) ? Number(command.argument) : 0
  if ('DIRLSZ'.includes(command.letter) && number === 0) return usage(`Invalid rule number \`${command.argument}'`)
  const rules: readonly NewRule[] = said.rules.map((parsed) => ({
    parsed,
    subject,
    counters: said.counters ?? counters,
  }))
  const chain = command.chain ?? ''
  switch (command.letter) {
    case 'A':
      return ok({ op: 'append', chain, rules })
    case 'I':
      return ok({ op: 'insert', chain, index: number ?? 1, rules })
    case 'R':
      return ok({ op: 'replace', chain, index: number ?? 1, rules })
    case 'D':
      return ok(
        number === null ? { op: 'delete', chain, rules: said.rules } : { op: 'delete-at', chain, index: number },
      )
    case 'C':
      return ok({ op: 'check', chain, rules: said.rules })
    case 'N':
      return ok({ op: 'new', chain })
    case 'X':
      return ok({ op: 'remove', chain: command.chain })
    case 'F':
      return ok({ op: 'flush', chain: command.chain })
    case 'Z':
      return ok({ op: 'zero', chain: command.chain })
    case 'P':
      return ok({ op: 'policy', chain, policy: command.argument ?? '', counters: said.counters })
    case 'E':
      return ok({ op: 'rename', chain, to: command.argument ?? '' })
    case 'L':
    case 'S':
      return ok(null)
  }
}

/** What the tool refuses before it asks the kernel. */
function complaint(said: Invocation, table: TableName): string | null {
  const { letter, chain, argument } = said.command!
  if (letter !== 'L' && letter !== 'S') {
    const illegal = said.exact ? '-x' : said.lineNumbers ? '--line-numbers' : said.numeric ? '-n' : null
    if (illegal) return `Illegal option \`${illegal}' with this command`
  }
  if (table === 'nat' && (said.jump === 'DROP' || (letter === 'P' && argument === 'DROP')))
    return '\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n'
  if (!RULE_COMMANDS.includes(letter)) return null
  if (said.inName && (chain === 'OUTPUT' || chain === 'POSTROUTING')) return `Can't use -i with ${chain}\n`
  if (said.outName && (chain === 'INPUT' || chain === 'PREROUTING')) return `Can't use -o with ${chain}\n`
  return null
}
