import type { Message, ParamNames } from './message.ts'

export type Catalogue = Readonly<Record<string, Message>>

/** English: the catalogue that gives the keys and the parameters. Keeps the literal types of the texts. */
export const english = <const C extends Catalogue>(catalogue: C): C => catalogue

/** What `Z` must be to translate `E`: the same keys, and in each text the same holes. A wrong text turns into the reason. */
type Translation<E extends Catalogue, Z> = {
  readonly [K in keyof E]: K extends keyof Z ? SameHoles<E[K], Z[K]> : Message
} & { readonly [K in Exclude<keyof Z, keyof E>]: 'no such key in English' }

type SameHoles<M, T> = [ParamNames<M>] extends [ParamNames<T>]
  ? [ParamNames<T>] extends [ParamNames<M>]
    ? T
    : `unknown parameter {${Exclude<ParamNames<T>, ParamNames<M>> & string}}`
  : `missing parameter {${Exclude<ParamNames<M>, ParamNames<T>> & string}}`

/** A translation of an English catalogue: a missing or extra key, or a missing or unknown parameter, fails to compile. */
export const translation =
  <E extends Catalogue>(_english: E) =>
  <const Z extends Catalogue>(catalogue: Z & Translation<E, Z>): Readonly<Record<keyof E, Message>> =>
    catalogue
