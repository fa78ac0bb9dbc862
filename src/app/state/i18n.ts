import { create } from 'zustand'
import { en } from '../../i18n/all.en.ts'
import { type I18n, type Lang, i18nOf } from '../../i18n/texts.ts'
import type { Diagnostic, Sentence } from '../../worker/protocol.ts'
import { changeSettings, useSettings } from './settings.ts'

/** The languages that have been loaded; English always is. */
export const useTexts = create<Readonly<Partial<Record<Lang, I18n>>> & { readonly en: I18n }>(() => ({
  en: i18nOf('en', en),
}))

/** Loads a language if it is not there yet. */
export async function loadLanguage(lang: Lang): Promise<void> {
  if (useTexts.getState()[lang] || lang === 'en') return
  const { zh } = await import('../../i18n/all.zh.ts')
  useTexts.setState({ [lang]: i18nOf(lang, zh) })
}

/** Changes the language of the page once its texts are there. */
export async function speak(lang: Lang): Promise<void> {
  await loadLanguage(lang)
  changeSettings({ lang })
}

/** The texts in the person's language. */
export function useI18n(): I18n {
  const lang = useSettings((settings) => settings.lang)
  return useTexts((texts) => texts[lang] ?? texts.en)
}
/** The same outside of components. */
export function i18n(): I18n {
  const texts = useTexts.getState()
  return texts[useSettings.getState().lang] ?? texts.en
}

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
