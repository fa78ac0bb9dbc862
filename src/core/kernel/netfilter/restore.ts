import type { ObjectRef } from '../../base/ref.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { type Invocation, parseArguments, type UsageError } from './arguments.ts'
import { operationOf } from './interpret.ts'
import { applyOperation, type OperationError, type RuleOperation } from './operations.ts'
import {
  commitTable,
  type CounterWrite,
  draftTable,
  flushChain,
  isBuiltin,
  type TableDraft,
  type Writer,
  ZERO,
} from './ruleset.ts'
import { BUILTIN_CHAINS, type RuleCounters, type Ruleset, type TableName } from './types.ts'
import { missingChain, type Refusal, refuseRule, refuseTable } from './validate.ts'
import { setsNamedBy } from './sets-named.ts'
import { splitWords } from './words.ts'

/** One line of iptables-restore input, and for whom it is. */
export interface RestoreLine {
  readonly text: string
  readonly subject?: readonly ObjectRef[]
}

/** A cache of parsed rule lines, for callers that restore much the same text again and again. Grows; share it widely. */
export type LineCache = Map<string, Result<Invocation, UsageError>>

export interface RestoreOptions extends Writer {
  /** `-n`: tables are not flushed first; only chains declared with `:` are. */
  readonly noflush?: boolean
  /** `-c`: the counters in the input are taken over. */
  readonly counters?: boolean
  /** `-T`: this table alone. */
  readonly table?: TableName
  readonly cache?: LineCache
}

export interface RestoreOutcome {
  readonly ruleset: Ruleset
  /** Counters to set: of rules written again (they start anew at the values given) and of new ones with `[p:b]`. */
  readonly counters: readonly CounterWrite[]
}

export interface RestoreError {
  readonly code: 'usage' | 'kernel' | 'transaction' | 'syntax'
  /** Counted from 1, as the tool prints it (a jump to a missing chain is reported at COMMIT). */
  readonly line: number
  readonly message: string
  /** Where in the line, from 0; 0 where it is about the whole line. */
  readonly column: number
  readonly exit: number
  /** What the tool prints. */
  readonly stderr: string
  /** Tables that were committed before the failing one stay so. */
  readonly applied: RestoreOutcome
}

type Failure = Omit<RestoreError, 'applied' | 'stderr' | 'exit'> & { readonly prefix?: boolean }

/** A table of the input: its operations with the lines they stand on. */
interface Block {
  readonly table: TableName
  readonly operations: { readonly operation: RuleOperation; readonly line: number }[]
}

/**
 * Applies iptables-restore input as iptables-nft 1.8.9 does. Each table is a transaction: if one of its lines fails,
 * nothing of that table is changed; tables committed before it stay. Without `noflush` a table that the input names is
 * rebuilt from nothing. A rule that is written again with the same text and subject in the same chain is the same `Rule`
 * object as before, and a chain, table or ruleset that comes out the same is the same object.
 */
export function applyRestore(
  ruleset: Ruleset,
  input: string | readonly RestoreLine[],
  options: RestoreOptions,
): Result<RestoreOutcome, RestoreError> {
  const lines: readonly RestoreLine[] =
    typeof input === 'string'
      ? input
          .replace(/\n$/, '')
          .split('\n')
          .map((text) => ({ text }))
      : input
  let outcome: RestoreOutcome = { ruleset, counters: [] }
  let block: Block | null = null
  const failed = (failure: Failure): Result<never, RestoreError> => err(finish(failure, outcome))
  for (const [index, { text, subject = [] }] of lines.entries()) {
    const line = index + 1
    if (text === '' || text.startsWith('#')) continue
    if (!block) {
      const begun = beginTable(text, line)
      if ('code' in begun) return failed(begun)
      block = begun
    } else if (text === 'COMMIT') {
      const done: Result<RestoreOutcome, Failure> =
        options.table && options.table !== block.table ? ok(outcome) : commit(outcome, block, line, options)
      if (!done.ok) return failed(done.error)
      outcome = done.value
      block = null
    } else {
      const read = readLine(block.table, text, line, subject, options)
      // The tool works line by line: what an earlier line of the table did wrong shows first.
      if (!read.ok) return failed(firstFailure(outcome, block, options) ?? read.error)
      if (read.value) block.operations.push({ operation: read.value, line })
    }
  }
  if (!block) return ok(outcome)
  const line = lines.length + 1
  return failed({ code: 'syntax', line, message: `COMMIT expected at line ${line}`, column: 0 })
}

function beginTable(text: string, line: number): Block | Failure {
  if (!text.startsWith('*')) return { code: 'syntax', line, message: `line ${line} failed`, column: 0 }
  const name = text.slice(1).trim()
  const table = (Object.keys(BUILTIN_CHAINS) as TableName[]).find((known) => known === name)
  if (table) return { table, operations: [] }
  return { code: 'usage', line, message: `iptables-restore: line ${line} table name '${name}' invalid`, column: 1 }
}

function readLine(
  table: TableName,
  text: string,
  line: number,
  subject: readonly ObjectRef[],
  options: RestoreOptions,
): Result<RuleOperation | null, Failure> {
  if (text.startsWith(':')) return readChain(table, text, line, options)
  const bracket = /^\[(\d+):(\d+)\]\s*/.exec(text)
  const said = readWords(bracket ? text.slice(bracket[0].length) : text, options.cache)
  if (!said.ok) return err({ ...said.error, line })
  if (said.value.table !== null)
    return err({ code: 'usage', line, message: 'The -t option cannot be used in iptables-restore.\n', column: 0 })
  const counters = bracket && options.counters ? { packets: counter(bracket[1]!), bytes: counter(bracket[2]!) } : null
  const operation = operationOf(said.value, table, subject, counters)
  return operation.ok ? operation : err({ ...operation.error, line })
}

function readWords(text: string, cache: LineCache | undefined): Result<Invocation, UsageError> {
  const before = cache?.get(text)
  if (before) return before
  const said = parseArguments(splitWords(text))
  cache?.set(text, said)
  return said
}

/** `:NAME POLICY [p:b]`. */
function readChain(
  table: TableName,
  text: string,
  line: number,
  options: RestoreOptions,
): Result<RuleOperation, Failure> {
  const [name = '', policy = '', bracket = ''] = text.slice(1).trim().split(/\s+/)
  if (name === '') return err({ code: 'usage', line, message: `Chain name should not be empty`, column: 1 })
  const known = policy === 'ACCEPT' || policy === 'DROP'
  if (isBuiltin(table, name) && policy !== '-' && !known)
    return err({ code: 'kernel', line, message: 'Bad policy name.', column: 1 + name.length + 1 })
  const numbers = /^\[(\d+):(\d+)\]$/.exec(bracket)
  const counters: RuleCounters | null =
    numbers && options.counters ? { packets: counter(numbers[1]!), bytes: counter(numbers[2]!) } : null
  return ok({ op: 'declare', chain: name, policy: known ? policy : null, counters })
}

/** Runs a table's operations as one transaction. */
function commit(
  outcome: RestoreOutcome,
  block: Block,
  line: number,
  options: RestoreOptions,
): Result<RestoreOutcome, Failure> {
  if (block.operations.every(({ operation }) => makesNothing(operation)))
    return ok(options.noflush ? outcome : { ...outcome, ruleset: withoutTable(outcome.ruleset, block.table) })
  const draft = beginDraft(outcome.ruleset, block.table, options)
  const failure = applyAll(draft, block, options)
  if (failure) return err(failure)
  const missing = missingChain(draft)
  if (missing !== null) return err({ code: 'usage', line, message: `Chain '${missing}' does not exist`, column: 0 })
  if (refuseTable(draft)) return err(blame(outcome.ruleset, block, options))
  return ok({
    ruleset: commitTable(outcome.ruleset, draft),
    counters: [...outcome.counters, ...draft.counters],
  })
}

/** A table of which the input names no chain is gone when it has been flushed, and not born otherwise. */
const makesNothing = (operation: RuleOperation): boolean =>
  (operation.op === 'flush' || operation.op === 'zero' || operation.op === 'remove') && operation.chain === null

const withoutTable = (ruleset: Ruleset, table: TableName): Ruleset =>
  Object.fromEntries(Object.entries(ruleset).filter(([name]) => name !== table))

function beginDraft(ruleset: Ruleset, table: TableName, options: RestoreOptions): TableDraft {
  const draft = draftTable(ruleset, table)
  if (options.noflush) return draft
  for (const chain of [...draft.chains.values()]) {
    flushChain(draft, chain)
    if (chain.policy) Object.assign(chain, { policy: 'ACCEPT', policyCounters: ZERO })
    else draft.chains.delete(chain.name)
  }
  return draft
}

function applyAll(draft: TableDraft, block: Block, options: RestoreOptions): Failure | null {
  for (const { operation, line } of block.operations) {
    const error = applyChecked(draft, operation, options)
    if (error) return { code: error.code, line, message: error.message, column: 0 }
  }
  return null
}

/** An operation, and what the kernel says about the rules it writes. */
export function applyChecked(draft: TableDraft, operation: RuleOperation, writer: Writer): OperationError | null {
  const error = applyOperation(draft, operation, writer)
  if (error || !writesRules(operation)) return error
  for (const rule of operation.rules) {
    const absent = setsNamedBy(rule.parsed).find((name) => writer.hasSet?.(name) === false)
    if (absent !== undefined) return { code: 'usage', message: `Set ${absent} doesn't exist.\n` }
    const refusal = refuseRule(draft, operation.chain, rule.parsed)
    if (refusal) return refused(operation, refusal)
  }
  return null
}

type Writing = RuleOperation & { readonly op: 'append' | 'insert' | 'replace' }
export const writesRules = (operation: RuleOperation): operation is Writing =>
  operation.op === 'append' || operation.op === 'insert' || operation.op === 'replace'

export const refused = (operation: Writing, refusal: Refusal): OperationError => ({
  code: 'transaction',
  message: `RULE_${operation.op.toUpperCase()} failed (${refusal}): rule in chain ${operation.chain}`,
})

/** The first failure among the lines of a table that was not committed. */
function firstFailure(outcome: RestoreOutcome, block: Block, options: RestoreOptions): Failure | null {
  return applyAll(beginDraft(outcome.ruleset, block.table, options), block, withoutIds(options))
}

const withoutIds = (options: RestoreOptions): RestoreOptions => ({ ...options, allocateId: () => -1 })

/** Which line made the table one that the kernel refuses. */
function blame(ruleset: Ruleset, block: Block, options: RestoreOptions): Failure {
  const draft = beginDraft(ruleset, block.table, options)
  for (const { operation, line } of block.operations) {
    applyOperation(draft, operation, withoutIds(options))
    const refusal = writesRules(operation) ? refuseTable(draft) : null
    if (refusal && writesRules(operation))
      return { code: 'transaction', line, message: refused(operation, refusal).message, column: 0 }
  }
  return { code: 'transaction', line: 0, message: 'failed', column: 0 }
}

function finish(failure: Failure, applied: RestoreOutcome): RestoreError {
  const { prefix = true, ...rest } = failure
  const exit = failure.code === 'usage' ? 2 : failure.code === 'transaction' ? 4 : 1
  return { ...rest, exit, stderr: errorText(failure, prefix), applied }
}

function errorText(failure: Failure, prefix: boolean): string {
  const program = 'iptables-restore v1.8.9 (nf_tables): '
  switch (failure.code) {
    case 'usage':
      return (
        `${prefix ? program : ''}${failure.message}\nError occurred at line: ${failure.line}\n` +
        "Try `iptables-restore -h' or 'iptables-restore --help' for more information.\n"
      )
    case 'transaction':
      return `${program}\nline ${failure.line}: ${failure.message}\n`
    case 'kernel':
      return `iptables-restore: line ${failure.line} failed: ${failure.message}\n`
    case 'syntax':
      return `iptables-restore: ${failure.message}\n`
  }
}

/** A counter, as far as a double counts exactly. */
const counter = (digits: string): number => Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
