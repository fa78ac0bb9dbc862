import { describe, expect, it } from 'vitest'
import { createI18n } from '../../../src/i18n/i18n.ts'
import { DEVIATIONS, FEATURES, judged, PASSPORT } from '../../../src/passport/passport.ts'
import { passportOf } from './build.ts'

describe('the passport', () => {
  it('says what scenarios and goldens say: npm run kernel -- --passport', () => {
    expect(PASSPORT).toEqual(passportOf(PASSPORT.generated))
  })

  it('has every word in both languages', () => {
    for (const lang of ['en', 'zh'] as const) {
      const i18n = createI18n(lang)
      const keys = [...FEATURES.map((id) => `feature-${id}`), ...DEVIATIONS.map((id) => `deviation-${id}`)]
      expect(keys.filter((key) => !i18n.has(`passport.${key}`))).toEqual([])
    }
  })

  it('claims no generated scenario that was not run', () => {
    if (!PASSPORT.generated) return
    const { firstSeed, lastSeed, scenarios } = PASSPORT.generated
    expect(scenarios).toBe(lastSeed - firstSeed + 1)
    for (const feature of FEATURES) expect(judged(PASSPORT, feature).generated).toBeLessThanOrEqual(scenarios)
  })
})
