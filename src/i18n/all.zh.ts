import type { Area, English } from './all.en.ts'
import { errorsZh } from './errors/zh.ts'
import { labsZh } from './labs/zh.ts'
import type { Message } from './message.ts'
import { narrationZh } from './narration/zh.ts'
import { passportZh } from './passport/zh.ts'
import { tablesZh } from './tables/zh.ts'
import { uiZh } from './ui/zh.ts'

/** Every Chinese text of the product by area. The page loads it only for those who read Chinese. */
export const zh: { readonly [A in Area]: Readonly<Record<keyof English[A], Message>> } = {
  errors: errorsZh,
  labs: labsZh,
  narration: narrationZh,
  passport: passportZh,
  tables: tablesZh,
  ui: uiZh,
}
