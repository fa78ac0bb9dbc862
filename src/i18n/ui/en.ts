import { pageEn } from './page.en.ts'
import { stepEn } from './step.en.ts'

/** Words of the workbench: buttons, tabs, empty panels, dialogs. */
export const uiEn = { ...pageEn, ...stepEn }
