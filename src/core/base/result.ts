/** An expected failure is a value: `error` is a discriminated union per folder, never a sentence for people. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error })

/** A bug in Hopscope itself: thrown by `invariant`, caught by the worker, which rolls the event back. */
export class InvariantError extends Error {
  override name = 'InvariantError'
}

export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new InvariantError(what)
}
