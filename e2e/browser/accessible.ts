import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const GRAVE = ['serious', 'critical']

/**
 * Fails when axe finds anything serious or critical in the page as it is now.
 * @param within a CSS selector, to look at one part only
 */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  const builder = new AxeBuilder({ page })
  const { violations } = await (within ? builder.include(within) : builder).analyze()
  const grave = violations
    .filter((violation) => GRAVE.includes(violation.impact ?? ''))
    .map(({ id, impact, help, nodes }) => ({ id, impact, help, where: nodes.map((node) => node.target.join(' ')) }))
  expect(grave, 'axe finds nothing serious').toEqual([])
}
