import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

const AT_WEB = /rewrites the destination.*:80.*Service web|rewrites the destination.*Service web/

test('a rewritten packet: what it was, what it is, its bytes, and why down to the line of YAML', async ({
  page,
  lab,
}) => {
  const view = await LabPage.open(page, lab)
  await view.stepTo(AT_WEB)

  await view.inspect('Before')
  const destination = view.inspector.getByRole('row', { name: /^dst \d+\.\d+\.\d+\.\d+/ })
  await expect(destination).not.toHaveAttribute('data-changed', 'true')
  const before = await destination.textContent()
  await view.inspect('After')
  await expect(destination).toHaveAttribute('data-changed', 'true')
  expect(await destination.textContent()).not.toBe(before)

  await view.inspect('Bytes')
  await expect(view.inspector.locator('.hex-byte[data-changed="true"]').first()).toBeVisible()
  expect(await view.inspector.locator('.hex-byte[data-changed="true"]').count()).toBeGreaterThanOrEqual(4)
  await view.inspector.locator('.bytes-fields').getByRole('button', { name: 'dst' }).last().hover()
  await expect(view.inspector.locator('.hex-byte[data-lit="true"]')).toHaveCount(4)

  await view.inspect('Decision')
  const why = view.inspector.locator('.why')
  await expect(why).toContainText('KUBE-SEP-')
  await expect(why).toContainText('Service/default/web')
  await expect(why).toContainText('kube-proxy')

  await view.openDock('Tables')
  await why.getByRole('button', { name: /^line \d+$/ }).click()
  await expect(view.dock.getByRole('tab', { name: 'YAML' })).toHaveAttribute('aria-selected', 'true')
  await expect(view.editor.locator('.view-line', { hasText: 'kind: Service' })).toBeVisible()
  await expect(view.editor.locator('.yaml-used').first()).toBeVisible()
})

test('a line of YAML shows the rows it caused', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.find('kind: Service')
  const rows = view.dock.getByRole('button', { name: /^\d+ kernel rows/ })
  await rows.click()
  await expect(view.dock.locator('.caused')).toContainText('KUBE-SERVICES')
})

test('clicking things opens their tables, as of the cursor', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.canvas.getByRole('button', { name: /node1/ }).first().click()
  await expect(view.inspector.getByRole('tab', { name: 'node1' })).toHaveAttribute('aria-selected', 'true')
  await expect(view.inspector).toContainText(/10\.244\.2\.0\/24\s*10\.244\.2\.0\s*flannel\.1.*onlink/)
  await view.button('To the beginning').click()
  await view.sentence()
  await expect(view.inspector).not.toContainText('10.244.2.0/24')
  // Before it is switched on it keeps its name.
  await expect(view.inspector).toContainText('does not exist at this moment')
  await expect(view.inspector.getByRole('tab', { name: 'node1' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(view.inspector.getByRole('tab', { name: 'node1' })).toBeHidden()
})

test('a packet that nobody takes stays where it died, with the reason', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await page.getByRole('button', { name: /^Lab:/ }).click()
  await view.dialog
    .locator('li', { hasText: /no endpoints|nobody|refused/i })
    .first()
    .getByRole('button')
    .click()
  await expect(view.dialog).toBeHidden()
  await expect(page.getByRole('button', { name: 'Lab: no-endpoints' })).toBeVisible()
  await view.sentence()
  await view.stepTo(/no endpoints|refuses|rejects/)
  await expect(view.inspector.locator('.verdict').first()).toContainText(/rejected|dropped/)
  await expect(view.inspector.locator('.why')).toContainText('has no endpoints')
  await expect(view.inspector.locator('.why')).toContainText('Service/default/web')
})
