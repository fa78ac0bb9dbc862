import { expect, it } from 'vitest'
import { countingOf } from './counting.ts'
import { LOCALES } from './texts.ts'

it.each(Object.values(LOCALES))('writes numbers as the platform does: %s', (locale) => {
  const platform = new Intl.NumberFormat(locale)
  const counting = countingOf(locale)
  for (const n of [0, 1, 12, 999, 1000, 1_234_567, -1, -1000, 0.5, 999.5, NaN])
    expect(counting.write(n)).toBe(platform.format(n))
})
