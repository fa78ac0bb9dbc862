import { pageZh } from './page.zh.ts'
import { stepZh } from './step.zh.ts'

/** Words of the workbench: buttons, tabs, empty panels, dialogs. */
export const uiZh = { ...pageZh, ...stepZh }
