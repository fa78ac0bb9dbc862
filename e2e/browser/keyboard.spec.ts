import type { Page } from '@playwright/test'
import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement
    return at?.getAttribute('aria-label') ?? at?.textContent ?? ''
  })

const inEditor = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.activeElement?.closest('.monaco-editor') !== null)

test('without a mouse: through the header and along the tabs', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await page.keyboard.press('Tab')
  const seen = new Set<string>()
  const tabs = new Set<string>()
  for (let n = 0; n < 90; n++) {
    const name = (await focused(page)).trim()
    seen.add(name)
    if (await page.evaluate(() => document.activeElement?.role === 'tab')) tabs.add(name)
    // In the editor Tab indents, until Ctrl+M says otherwise.
    if (await inEditor(page)) await page.keyboard.press('Control+m')
    await page.keyboard.press('Tab')
  }
  expect([...tabs]).toEqual(expect.arrayContaining(['YAML', 'Decision']))
  const all = [...seen].join('\n')
  for (const name of [
    'Lab:',
    'Play',
    'Jump',
    'Speed',
    'Share',
    'Language',
    'Settings',
    'Help',
    'Decision',
    'Timeline',
    'YAML',
  ])
    expect(all).toContain(name)
  await view.dock.getByRole('tab', { name: 'YAML' }).focus()
  for (const name of ['Terminal', 'Path', 'Tables']) {
    await page.keyboard.press('ArrowRight')
    await expect(view.dock.getByRole('tab', { name })).toHaveAttribute('aria-selected', 'true')
    await expect(view.dock.getByRole('tab', { name })).toBeFocused()
  }
  await view.inspector.getByRole('tab', { name: 'Decision' }).focus()
  await page.keyboard.press('End')
  await expect(view.inspector.getByRole('tab', { name: 'Bytes' })).toHaveAttribute('aria-selected', 'true')
})

test('dialogs keep the focus and give it back', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  for (const name of ['Share', 'Help and keys', /^Lab:/]) {
    const opener = page.getByRole('banner').getByRole('button', { name })
    await opener.focus()
    await page.keyboard.press('Enter')
    await expect(view.dialog).toBeVisible()
    for (let n = 0; n < 15; n++) {
      await page.keyboard.press('Tab')
      expect(await view.dialog.evaluate((dialog) => dialog.contains(document.activeElement))).toBe(true)
    }
    await page.keyboard.press('Escape')
    await expect(view.dialog).toBeHidden()
    await expect(opener).toBeFocused()
  }
})

test('Ctrl+K goes to anything, ? helps, Shift+W lists', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeFocused()
  // It brings its own looks, whatever else has been opened.
  expect(await page.locator('.palette').evaluate((palette) => getComputedStyle(palette).position)).toBe('fixed')
  await page.keyboard.type('svc/web')
  await expect(page.getByRole('option').first()).toContainText('web')
  await page.keyboard.press('Enter')
  await expect(view.inspector.getByRole('tab', { name: 'web' })).toBeVisible()
  await page.keyboard.press('Escape')
  // Enter means what is written, however fast it comes.
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeFocused()
  await page.keyboard.insertText('pod/client')
  await page.keyboard.press('Enter')
  await expect(view.inspector.getByRole('tab', { name: 'client' })).toBeVisible()
  await page.keyboard.press('Escape')

  await page.keyboard.press('?')
  await expect(view.dialog).toContainText('Shift+→')
  await page.keyboard.press('Escape')
  await expect(view.dialog).toBeHidden()

  await page.keyboard.press('Shift+W')
  const list = page.getByTestId('list-view')
  await expect(list.getByRole('table', { name: 'Pods' })).toContainText('client')
  await view.press('ArrowRight')
  await list.getByRole('button', { name: 'Open a terminal in client' }).focus()
  await page.keyboard.press('Enter')
  await expect(view.dock.locator('.xterm-screen')).toBeVisible()
  await page.keyboard.type('hostname')
  await page.keyboard.press('Enter')
  await expect(view.dock.locator('.xterm-accessibility-tree')).toContainText(/\bclient\b/)
})

test('the keyboard leaves the editor and the terminal again', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.editorLine('apiVersion')
  await view.editor.locator('.view-lines').click()
  await page.keyboard.press('Control+m')
  await page.keyboard.press('Tab')
  await expect.poll(() => view.editor.evaluate((editor) => editor.contains(document.activeElement))).toBe(false)
  const terminal = await view.terminal('client')
  await terminal.type('echo x')
  await page.keyboard.press('Shift+Tab')
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest('.xterm') === null)).toBe(true)
  // A button that goes leaves the keyboard to one that stays.
  await view.dock.getByRole('button', { name: /^Close the terminal/ }).focus()
  await page.keyboard.press('Enter')
  await expect(view.dock.getByRole('button', { name: 'New' })).toBeFocused()
  await page.getByRole('button', { name: 'Show the list of objects' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Hide the list of objects' })).toBeFocused()
})
