import type { ObjectRef } from '../../base/ref.ts'
import type { Key } from '../../base/order.ts'
import type { CauseId } from '../../world/table.ts'

/** Order within a block: what is created first, what refers to it after that. */
export const PHASE = {
  netns: 0,
  create: 1,
  attach: 2,
  up: 3,
  address: 4,
  sysctl: 5,
  connected: 6,
  via: 7,
  neigh: 8,
  fdb: 9,
  rule: 10,
} as const
export type Phase = (typeof PHASE)[keyof typeof PHASE]

/** One row of the lab as the commands that make it. */
export interface Item {
  /** The machine on which it stands. */
  readonly host: string
  readonly table: string
  readonly key: Key
  /** Whose write the row is, and for which objects. */
  readonly cause: CauseId
  readonly subject: readonly ObjectRef[]
  readonly phase: Phase
  readonly commands: readonly string[]
  /** Things by name (`netns 3`, `link 12`) that must exist before, and that exist afterwards. */
  readonly needs: readonly string[]
  readonly gives: readonly string[]
}

export const netnsThing = (id: number): string => `netns ${id}`
export const linkThing = (id: number): string => `link ${id}`
export const upThing = (id: number): string => `up ${id}`
