import type { Table, TableName } from './types.ts'

/** One iptables table of one namespace, whole: a restore replaces it in one write. */
export interface NetfilterRow {
  readonly netns: number
  readonly name: TableName
  readonly table: Table
  /** A built-in chain has been created: by its first rule, or a policy other than ACCEPT. It stays when the rules go (nf_tables backend). */
  readonly hooked: boolean
}

/** What a restore set a rule's counters to; hits are counted out of the trace from record `since` on. */
export interface RuleCounterRow {
  readonly rule: number
  readonly packets: number
  readonly bytes: number
  readonly since: number
}

/** State behind stateful matches: `recent` lists, `statistic nth` counters, `limit` buckets, keyed by what the match names. */
export interface MatchStateRow {
  readonly netns: number
  readonly values: readonly number[]
}
