import type { Page } from '@playwright/test'

/** The compiler names functions by calls of `__name`, also in functions that are sent into the page: there it does nothing. */
export const forFunctions = (page: Page): Promise<unknown> =>
  page.addInitScript('globalThis.__name ??= (named) => named')
