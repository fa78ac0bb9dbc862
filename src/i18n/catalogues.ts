import { errorsEn } from './errors/en.ts'
import { errorsZh } from './errors/zh.ts'
import { labsEn } from './labs/en.ts'
import { labsZh } from './labs/zh.ts'
import type { Message } from './message.ts'
import { narrationEn } from './narration/en.ts'
import { narrationZh } from './narration/zh.ts'
import { tablesEn } from './tables/en.ts'
import { tablesZh } from './tables/zh.ts'
import { uiEn } from './ui/en.ts'
import { uiZh } from './ui/zh.ts'

/** Every text of the product by area. A key is `area.name`, as in `errors.field-missing`. */
export const en = { errors: errorsEn, labs: labsEn, narration: narrationEn, tables: tablesEn, ui: uiEn }
export const zh: { readonly [A in Area]: Readonly<Record<keyof English[A], Message>> } = {
  errors: errorsZh,
  labs: labsZh,
  narration: narrationZh,
  tables: tablesZh,
  ui: uiZh,
}

export type English = typeof en
export type Area = keyof English
