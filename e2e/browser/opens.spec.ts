import { expectAccessible } from './accessible.ts'
import { expect, test } from './test.ts'

test('the page opens under any sub-path', async ({ page, lab }) => {
  await page.goto(lab)
  await expect(page).toHaveTitle(/Hopscope/)
  await expect(page.locator('#root')).not.toBeEmpty()
})

test('axe finds nothing serious on the first screen', async ({ page, lab }) => {
  await page.goto(lab)
  await expect(page.locator('#root')).not.toBeEmpty()
  await expectAccessible(page)
})
