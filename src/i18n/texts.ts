import type { Area, English } from './all.en.ts'
import { countingOf } from './counting.ts'
import { type Formatters, createFormatters } from './format.ts'
import { type AnyParams, type Message, type ParamNames, type ParamsOf, render } from './message.ts'

/** The languages of the product, and the locale by which numbers and plurals are formed. */
export const LANGS = ['en', 'zh'] as const
export type Lang = (typeof LANGS)[number]
export const LOCALES: Readonly<Record<Lang, string>> = { en: 'en', zh: 'zh-CN' }

/** The first of the given language tags (as in `navigator.languages`) that we have, else English. */
export function pickLang(tags: readonly string[]): Lang {
  for (const tag of tags) {
    const primary = tag.toLowerCase().split(/[-_]/)[0]
    for (const lang of LANGS) if (lang === primary) return lang
  }
  return 'en'
}

export type Key = { [A in Area]: `${A}.${keyof English[A] & string}` }[Area]
type MessageOf<K> = K extends `${infer A extends Area}.${infer Name}`
  ? Name extends keyof English[A]
    ? English[A][Name]
    : never
  : never

/** Nothing for a text without holes, else one object with exactly their names. */
export type ArgsOf<K extends Key> = [ParamNames<MessageOf<K>>] extends [never] ? [] : [params: ParamsOf<MessageOf<K>>]

export interface I18n {
  readonly lang: Lang
  /** BCP 47, for `<html lang>` and `Intl`. */
  readonly locale: string
  /** The text of a key that is written out in the source: parameters are checked by the compiler. */
  t<K extends Key>(key: K, ...args: ArgsOf<K>): string
  /**
   * The text of a key that came out of data (an error code, a step kind). A key that does not exist is shown as itself,
   * so that nothing is hidden and nothing throws.
   */
  text(key: string, params?: AnyParams): string
  /** Whether a key from data exists. */
  has(key: string): boolean
  readonly format: Formatters
}

/** Texts by area and name: one language's catalogue. */
export type Texts = { readonly [A in Area]: Readonly<Record<keyof English[A], Message>> }

/** The texts of a language over its catalogue, which may have been loaded by itself. */
export function i18nOf(lang: Lang, texts: Texts): I18n {
  const locale = LOCALES[lang]
  const counting = countingOf(locale)
  const text = (key: string, params: AnyParams = {}): string => {
    const message = lookUp(texts, key)
    return message === undefined ? key : render(message, params, counting)
  }
  return {
    lang,
    locale,
    text,
    t: (key, ...args) => text(key, (args as readonly AnyParams[])[0]),
    has: (key) => lookUp(texts, key) !== undefined,
    format: createFormatters(locale),
  }
}

function lookUp(areas: Readonly<Record<string, Readonly<Record<string, Message>>>>, key: string): Message | undefined {
  const dot = key.indexOf('.')
  const area = key.slice(0, dot)
  const name = key.slice(dot + 1)
  if (!Object.hasOwn(areas, area)) return undefined
  const catalogue = areas[area]!
  return Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
}
