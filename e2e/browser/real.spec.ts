import { readFile } from 'node:fs/promises'
import { expectAccessible } from './accessible.ts'
import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

test('a lab is taken home: a script for real Linux, its packets, its text', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await page.keyboard.press('x')
  await expect(view.dialog).toContainText('network namespaces')
  const save = async (file: string): Promise<Buffer> => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      view.dialog.getByRole('button', { name: `Save ${file}` }).click(),
    ])
    expect(download.suggestedFilename()).toBe(file)
    return readFile(await download.path())
  }
  expect((await save('flannel-vxlan.sh')).toString()).toMatch(/^#!\/bin\/sh\n[^]*flannel\.1[^]*iptables/)
  // The block type of a pcapng file's first block.
  expect((await save('flannel-vxlan.pcapng')).readUInt32LE(0)).toBe(0x0a0d0d0a)
  expect((await save('flannel-vxlan.yaml')).toString()).toContain('kind: Lab')
  await view.dialog.getByText(/Look at the script/).click()
  await expect(view.dialog.getByRole('textbox')).toHaveValue(/^#!\/bin\/sh/)
  await expectAccessible(page, '[role="dialog"]')
})

test('a step says what of it was checked against real Linux, and leads to all that was', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.stepTo(/wraps the frame in VXLAN/)
  const checked = view.inspector.getByTestId('checked')
  await expect(checked).toContainText(/VXLAN Linux 6\.\d+.*: \d+ scenarios written by hand, \d+ generated/)
  await expectAccessible(page, '[data-testid="checked"]')
  await checked.getByRole('button', { name: 'All that was checked' }).click()
  await expect(view.dialog.getByRole('row', { name: /^VXLAN / })).toHaveAttribute('data-lit', 'true')
  await expectAccessible(page, '[role="dialog"]')
  await page.keyboard.press('Escape')
  await page.keyboard.press('c')
  await expect(view.dialog.getByRole('table')).toBeVisible()
})
