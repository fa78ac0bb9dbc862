import { type I18n, LANGS, type Lang, createI18n } from '../../i18n/i18n.ts'
import type { Diagnostic, Sentence } from '../../worker/protocol.ts'
import { useSettings } from './settings.ts'

const catalogues = Object.fromEntries(LANGS.map((lang) => [lang, createI18n(lang)])) as Record<Lang, I18n>

/** The texts in the person's language. */
export const useI18n = (): I18n => catalogues[useSettings((settings) => settings.lang)]
/** The same outside of components. */
export const i18n = (): I18n => catalogues[useSettings.getState().lang]

/** A sentence of the trace. One that has no text yet shows its key and parameters: nothing is hidden. */
export function say({ text, has }: I18n, sentence: Sentence): string {
  const key = `narration.${sentence.key}`
  if (has(key)) return text(key, sentence.params)
  const params = Object.entries(sentence.params).map(([name, value]) => `${name} ${value}`)
  return [sentence.key, ...params].join(' · ')
}

export function explain({ text, has }: I18n, diagnostic: Diagnostic): string {
  const key = `errors.${diagnostic.code}`
  return diagnostic.code !== 'text' && has(key) ? text(key, diagnostic.params) : diagnostic.message
}
