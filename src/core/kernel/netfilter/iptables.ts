import type { ObjectRef } from '../../base/ref.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { type Invocation, parseArguments, type UsageError } from './arguments.ts'
import { operationOf } from './interpret.ts'
import type { OperationError } from './operations.ts'
import { type PrintOptions, printList, printSave, printSpecs } from './print.ts'
import { applyChecked, applyRestore, refused, type RestoreOptions, writesRules } from './restore.ts'
import { commitTable, type CounterWrite, draftTable, referencesTo, tableOf, type Writer } from './ruleset.ts'
import { BUILTIN_CHAINS, type Chain, type Ruleset, type Table, type TableName } from './types.ts'
import { missingChain, refuseTable } from './validate.ts'
import { wordsOf } from './words.ts'

const VERSION = 'v1.8.9 (nf_tables)'

export interface ToolOptions extends Writer, PrintOptions {
  /** For whom the rules are that this command writes. */
  readonly subject?: readonly ObjectRef[]
  /** What `date` prints, for the comment lines of iptables-save. */
  readonly date?: string
}

export interface ToolRun {
  readonly ruleset: Ruleset
  readonly stdout: string
  readonly counters: readonly CounterWrite[]
}

export interface ToolFailure {
  readonly code: 'usage' | 'kernel' | 'transaction' | 'table'
  readonly exit: number
  readonly stderr: string
}

/**
 * One run of `iptables`, given its arguments without the program name: the ruleset afterwards and what it prints, or its
 * exit status and its words on stderr. Nothing is changed by a failing command.
 */
export function iptables(
  ruleset: Ruleset,
  argv: readonly string[],
  options: ToolOptions,
): Result<ToolRun, ToolFailure> {
  const said = parseArguments(wordsOf(argv))
  if (!said.ok) return usageFailure(said.error)
  if (said.value.version) return ok({ ruleset, stdout: `iptables ${VERSION}\n`, counters: [] })
  if (said.value.help) return ok({ ruleset, stdout: HELP, counters: [] })
  const name = said.value.table ?? 'filter'
  const table = (Object.keys(BUILTIN_CHAINS) as TableName[]).find((known) => known === name)
  if (!table) return tableFailure(name)
  const operation = operationOf(said.value, table, options.subject ?? [], null)
  if (!operation.ok) return usageFailure(operation.error)
  if (operation.value === null) return show(ruleset, table, said.value, options)
  const draft = draftTable(ruleset, table)
  const error = applyChecked(draft, operation.value, options)
  if (error) return operationFailure(error)
  const missing = missingChain(draft)
  if (missing !== null) return operationFailure({ code: 'usage', message: `Chain '${missing}' does not exist` })
  const refusal = writesRules(operation.value) ? refuseTable(draft) : null
  if (refusal && writesRules(operation.value)) return operationFailure(refused(operation.value, refusal))
  return ok({ ruleset: commitTable(ruleset, draft), stdout: '', counters: draft.counters })
}

const HELP = `iptables ${VERSION}

Usage: iptables -[ACD] chain rule-specification [options]
       iptables -I chain [rulenum] rule-specification [options]
       iptables -R chain rulenum rule-specification [options]
       iptables -D chain rulenum [options]
       iptables -[LS] [chain [rulenum]] [options]
       iptables -[FZ] [chain] [options]
       iptables -[NX] chain
       iptables -E old-chain-name new-chain-name
       iptables -P chain target [options]
       iptables -h (print this help information)
`

/** `-L` and `-S`. */
function show(ruleset: Ruleset, name: TableName, said: Invocation, options: ToolOptions): Result<ToolRun, ToolFailure> {
  const { letter, chain, argument } = said.command!
  const table = tableOf(ruleset, name)
  const chains = chain === null ? table.chains : table.chains.filter((known) => known.name === chain)
  if (chains.length === 0)
    return err({
      code: 'kernel',
      exit: 1,
      stderr: `iptables ${VERSION}: chain \`${chain}' in table \`${name}' is incompatible, use 'nft' tool.\n`,
    })
  const rule = argument === null ? undefined : Number(argument)
  const lines =
    letter === 'S'
      ? printSpecs(name, chains, { ...options, verbose: said.verbose, rule })
      : listed(name, table, chains, said, { ...options, rule })
  const stdout = lines.map((line) => `${line}\n`).join('')
  return ok({ ruleset, stdout, counters: [] })
}

function listed(
  name: TableName,
  table: Table,
  chains: readonly Chain[],
  said: Invocation,
  options: ToolOptions & { readonly rule: number | undefined },
): readonly string[] {
  const { numeric, verbose, exact, lineNumbers } = said
  const references = (chain: string): number => referencesTo(table, chain)
  return printList(name, chains, references, { ...options, numeric, verbose, exact, lineNumbers })
}

const HINT = "Try `iptables -h' or 'iptables --help' for more information.\n"

function usageFailure(error: UsageError): Result<never, ToolFailure> {
  const stderr = `${error.prefix ? `iptables ${VERSION}: ` : ''}${error.message}\n${HINT}`
  return err({ code: 'usage', exit: 2, stderr })
}

function tableFailure(name: string): Result<never, ToolFailure> {
  const hint = 'Perhaps iptables or your kernel needs to be upgraded.'
  const stderr = `iptables ${VERSION}: table '${name}' does not exist\n${hint}\n`
  return err({ code: 'table', exit: 3, stderr })
}

function operationFailure(error: OperationError): Result<never, ToolFailure> {
  if (error.code === 'usage') return usageFailure({ code: 'usage', message: error.message, column: 0, prefix: true })
  if (error.code === 'kernel') return err({ code: 'kernel', exit: 1, stderr: `iptables: ${error.message}\n` })
  return err({ code: 'transaction', exit: 4, stderr: `iptables ${VERSION}:  ${error.message}\n` })
}

/** `iptables-save` with its arguments: `-c`, `-t table`. */
export function iptablesSave(
  ruleset: Ruleset,
  argv: readonly string[],
  options: ToolOptions,
): Result<ToolRun, ToolFailure> {
  let table: TableName | undefined
  let withCounters = false
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '-c' || word === '--counters') withCounters = true
    else if (word === '-t' || word === '--table') {
      const name = argv[++i] ?? ''
      table = (Object.keys(BUILTIN_CHAINS) as TableName[]).find((known) => known === name)
      if (!table) return tableFailure(name)
    } else return err({ code: 'usage', exit: 1, stderr: `Unknown arguments found on commandline\n` })
  }
  return ok({ ruleset, stdout: printSave(ruleset, { ...options, table, withCounters }), counters: [] })
}

/** `iptables-restore` with its arguments (`-n`, `-c`, `-t`, `-T table`, `-w …`) and what stands on its standard input. */
export function iptablesRestore(
  ruleset: Ruleset,
  argv: readonly string[],
  stdin: string,
  options: ToolOptions,
): Result<ToolRun, ToolFailure & { readonly applied: Ruleset }> {
  const flags: { noflush: boolean; counters: boolean; table?: TableName } = { noflush: false, counters: false }
  let test = false
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '-n' || word === '--noflush') flags.noflush = true
    else if (word === '-c' || word === '--counters') flags.counters = true
    else if (word === '-t' || word === '--test') test = true
    else if (word === '-T' || word === '--table')
      flags.table = (Object.keys(BUILTIN_CHAINS) as TableName[]).find((known) => known === argv[i + 1])
    if (['-T', '--table', '-W', '--wait-interval'].includes(word)) i++
    else if ((word === '-w' || word === '--wait') && /^\d+$/.test(argv[i + 1] ?? '')) i++
  }
  const restore: RestoreOptions = { allocateId: options.allocateId, cause: options.cause, ...flags }
  const done = applyRestore(ruleset, stdin, restore)
  if (!done.ok) {
    const { code, exit, stderr, applied } = done.error
    const kind = code === 'syntax' ? 'usage' : code
    return err({ code: kind, exit, stderr, applied: test ? ruleset : applied.ruleset })
  }
  return ok(test ? { ruleset, stdout: '', counters: [] } : { ...done.value, stdout: '' })
}
