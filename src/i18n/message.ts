import type { Counting } from './counting.ts'

/**
 * A text with holes: `'{host} has no route to {address}'`. A text that depends on a number has one form per plural
 * category (CLDR, by `Intl.PluralRules`) and counts the parameter `n`. Braces in a text are always a hole.
 */
export type Message = string | PluralMessage
export type PluralMessage = { readonly other: string } & { readonly [Category in PluralCategory]?: string }
type PluralCategory = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other'

/** What fills a hole. Numbers are written plainly, `n` with the language's digit grouping; format others before. */
export type Param = string | number
export type AnyParams = Readonly<Record<string, Param>>

/** The names of a text's holes, read off its literal type. */
type Holes<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Holes<Rest> : never
export type ParamNames<M> = M extends string ? Holes<M> : { [C in keyof M]: Holes<M[C]> }[keyof M] | 'n'

/** The parameters that a message takes: an object with exactly the names of its holes; `n` is a number where it counts. */
export type ParamsOf<M> = M extends string
  ? { readonly [Name in Holes<M>]: Param }
  : { readonly [Name in ParamNames<M>]: Name extends 'n' ? number : Param }

const HOLE = /\{([^{}]*)\}/g

/** The names of a message's holes, sorted; for checks. */
export function holesOf(message: Message): string[] {
  const names = new Set<string>(typeof message === 'string' ? [] : ['n'])
  const forms = typeof message === 'string' ? [message] : Object.values(message)
  for (const form of forms) for (const match of form.matchAll(HOLE)) names.add(match[1]!)
  return [...names].sort()
}

/** Fills the holes. A hole without a parameter stays visible as `{name}`, so that a mistake is seen and nothing throws. */
export function render(message: Message, params: AnyParams, counting: Counting): string {
  const count = Object.hasOwn(params, 'n') ? params['n'] : undefined
  const text = typeof message === 'string' ? message : chooseForm(message, count, counting)
  return text.replace(HOLE, (hole, name: string) => {
    if (!Object.hasOwn(params, name)) return hole
    const value = params[name]!
    return name === 'n' && typeof value === 'number' ? counting.write(value) : String(value)
  })
}

function chooseForm(message: PluralMessage, count: Param | undefined, counting: Counting): string {
  if (typeof count !== 'number') return message.other
  return message[counting.category(count)] ?? message.other
}
