import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const GRAVE = ['serious', 'critical']

/**
 * Fails when axe finds anything serious or critical in the page as it is now.
 * @param within a CSS selector, to look at one part only
 */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  // What fades in has other colours until it is there. Animations that never end (a caret, a pulse) are not waited for.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
    return Promise.allSettled(ending.map((each) => each.finished)).then(() => undefined)
  })
  const builder = new AxeBuilder({ page })
  const { violations } = await (within ? builder.include(within) : builder).analyze()
  const grave = violations
    .filter((violation) => GRAVE.includes(violation.impact ?? ''))
    .map(({ id, impact, help, nodes }) => ({ id, impact, help, where: nodes.map((node) => node.target.join(' ')) }))
  expect(grave, 'axe finds nothing serious').toEqual([])
}
