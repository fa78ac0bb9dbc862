import { errorsEn } from './errors/en.ts'
import { labsEn } from './labs/en.ts'
import { narrationEn } from './narration/en.ts'
import { passportEn } from './passport/en.ts'
import { tablesEn } from './tables/en.ts'
import { uiEn } from './ui/en.ts'

/** Every English text of the product by area. A key is `area.name`, as in `errors.field-missing`. */
export const en = {
  errors: errorsEn,
  labs: labsEn,
  narration: narrationEn,
  passport: passportEn,
  tables: tablesEn,
  ui: uiEn,
}

export type English = typeof en
export type Area = keyof English
