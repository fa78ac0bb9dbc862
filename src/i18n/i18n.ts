import { en, zh } from './catalogues.ts'
import { type I18n, type Lang, i18nOf } from './texts.ts'

export { type ArgsOf, type I18n, type Key, LANGS, LOCALES, type Lang, pickLang } from './texts.ts'

/** All languages at hand: for the command line and tests. The page loads languages one by one (`texts.ts`). */
export const createI18n = (lang: Lang): I18n => i18nOf(lang, lang === 'en' ? en : zh)
