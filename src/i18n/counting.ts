/** How a language counts. */
export interface Counting {
  /** Its plural category (CLDR) of a number. */
  category(n: number): Intl.LDMLPluralRule
  /** A number with the language's digit grouping. */
  write(n: number): string
}

/** Whether every language of ours writes a number with its bare digits. */
export const isPlain = (n: number): boolean => Number.isInteger(n) && n >= 0 && n < 1000

/** The platform's formatter of numbers takes 10 ms to set up, more than the first picture has to spare: it is made when it is needed. */
export function countingOf(locale: string): Counting {
  let plural: Intl.PluralRules | undefined
  let number: Intl.NumberFormat | undefined
  return {
    category: (n) => (plural ??= new Intl.PluralRules(locale)).select(n),
    write: (n) => (isPlain(n) ? String(n) : (number ??= new Intl.NumberFormat(locale)).format(n)),
  }
}
