import { en, zh } from './catalogues.ts';
import { createFormatters } from './format.ts';
import { render } from './message.ts';
/** The languages of the product, and the locale by which numbers and plurals are formed. */
export const LANGS = ['en', 'zh'];
export const LOCALES = { en: 'en', zh: 'zh-CN' };
/** The first of the given language tags (as in `navigator.languages`) that we have, else English. */
export function pickLang(tags) {
    for (const tag of tags) {
        const primary = tag.toLowerCase().split(/[-_]/)[0];
        for (const lang of LANGS)
            if (lang === primary)
                return lang;
    }
    return 'en';
}
export function createI18n(lang) {
    const locale = LOCALES[lang];
    const plural = new Intl.PluralRules(locale);
    const number = new Intl.NumberFormat(locale);
    const text = (key, params = {}) => {
        const message = lookUp(lang, key);
        return message === undefined ? key : render(message, params, plural, number);
    };
    return {
        lang,
        locale,
        text,
        t: (key, ...args) => text(key, args[0]),
        has: (key) => lookUp(lang, key) !== undefined,
        format: createFormatters(locale),
    };
}
function lookUp(lang, key) {
    const dot = key.indexOf('.');
    const areas = lang === 'en' ? en : zh;
    const area = key.slice(0, dot);
    const name = key.slice(dot + 1);
    if (!Object.hasOwn(areas, area))
        return undefined;
    const catalogue = areas[area];
    return Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
}
