import { expectAccessible } from './accessible.ts'
import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing serious on the first screen and in the list, ${colorScheme}`, async ({ page, lab }) => {
    await page.emulateMedia({ colorScheme })
    const view = await LabPage.open(page, lab)
    await view.editorLine('apiVersion')
    await expectAccessible(page)
    await page.keyboard.press('Shift+W')
    await expect(page.getByTestId('list-view')).toBeVisible()
    await expectAccessible(page)
  })

test('axe finds nothing serious in the inspector', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.stepTo(/rewrites the destination/)
  for (const tab of ['Before', 'After', 'Bytes', 'Decision']) {
    await view.inspect(tab)
    await expectAccessible(page, 'section.inspector')
  }
  await view.canvas.getByRole('button', { name: 'laptop' }).first().click()
  await expect(view.inspector.getByRole('table').first()).toBeVisible()
  await expectAccessible(page, 'section.inspector')
})

test('axe finds nothing serious in the dock', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.openDock('Path')
  await expect(view.dock.locator('.rung').first()).toBeVisible()
  await expectAccessible(page, 'section.dock')
  await view.openDock('Tables')
  await expect(view.dock.getByRole('table').first()).toBeVisible()
  await expectAccessible(page, 'section.dock')
  const terminal = await view.terminal('client')
  await terminal.run('ip addr')
  await expectAccessible(page, 'section.dock')
})

test('axe finds nothing serious in dialogs and menus', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  for (const name of ['Share', 'Help and keys', 'Go to anything', /^Lab:/]) {
    await page.getByRole('banner').getByRole('button', { name }).click()
    await expect(view.dialog).toBeVisible()
    await expectAccessible(page, '[role="dialog"]')
    await page.keyboard.press('Escape')
    await expect(view.dialog).toBeHidden()
  }
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByRole('menu')).toBeVisible()
  await expectAccessible(page, '[role="menu"]')
})

test('axe finds nothing serious in Chinese, with an error in the text', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await page.getByRole('button', { name: 'Language' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await view.find('replicas: 3')
  await view.retype('replicas: 3', 1, 'x')
  await expect(page.getByTestId('problems')).toBeVisible()
  await expectAccessible(page)
})
