import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

test('a reload returns to where one was, with what was typed and not applied', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.find('replicas: 3')
  await view.retype('replicas: 3', 1, '4')
  await page.keyboard.press('Control+Enter')
  await expect(view.pods('web')).toHaveCount(4)
  await view.retype('replicas: 4', 1, '2')
  await view.canvas.click({ position: { x: 150, y: 60 } })
  await view.toStory()
  await view.press('.')
  // A process may get another number.
  const sentence = (await view.sentence()).replace(/\[\d+\]/, '')
  await expect.poll(async () => (await view.saved())?.draft).toContain('replicas: 2')
  await expect.poll(async () => (await view.saved())?.cursor).toBe(await view.cursor())
  await page.reload()
  expect((await view.sentence()).replace(/\[\d+\]/, '')).toBe(sentence)
  await expect(page.getByTestId('dirty')).toBeVisible()
  await view.find('replicas: 2')
  await page.keyboard.press('Control+z')
  await view.editorLine('replicas: 4')
})

test('what was written in the moment before a reload is there after it', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.find('replicas: 3')
  await view.retype('replicas: 3', 1, '7')
  await page.reload()
  await view.sentence()
  await expect(page.getByTestId('dirty')).toBeVisible()
  // From the next step on it is kept where everything is.
  await view.press('ArrowRight')
  await expect.poll(async () => (await view.saved())?.draft).toContain('replicas: 7')
  await expect.poll(() => page.evaluate(() => localStorage.getItem('hopscope.autosave'))).toBeNull()
})

test('a browser that keeps nothing opens the default lab', async ({ page, lab }) => {
  await page.addInitScript(() => {
    for (const name of ['indexedDB', 'localStorage'])
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('storage is forbidden', 'SecurityError')
        },
      })
  })
  const view = await LabPage.open(page, lab)
  const first = await view.sentence()
  expect(await view.press('ArrowRight')).not.toBe(first)
})

test('the page speaks Chinese, all of it', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const html = page.locator('html')
  await expect(html).toHaveAttribute('lang', 'en')
  await page.getByRole('button', { name: 'Language' }).click()
  await expect(html).toHaveAttribute('lang', 'zh-CN')
  expect(await view.sentence()).toMatch(/[\u4e00-\u9fff]/)
  for (let n = 0; n < 12; n++) expect(await view.press('ArrowRight')).toMatch(/[\u4e00-\u9fff]/)
  // Words of the page's own in English would be in a control or heading without any Chinese: names and tools are no such words.
  const english = await page.evaluate(() => {
    const parts = document.querySelectorAll(
      'header button, h2, h3, [role="tab"], .transport button, .btn, .empty, .dirty',
    )
    return [...parts]
      .map((part) => `${part.getAttribute('aria-label') ?? ''} ${part.textContent}`.trim())
      .filter((words) => /[a-z]{3}/i.test(words) && !/[\u4e00-\u9fff]/.test(words))
  })
  expect(
    english.filter((words) => !/^(YAML|EN|flannel-vxlan|node\d|cp1|laptop|web.*|client|default|kube-.*)$/.test(words)),
  ).toEqual([])
  await page.reload()
  await expect(html).toHaveAttribute('lang', 'zh-CN')
  await view.sentence()
  await page.keyboard.press('?')
  await expect(view.dialog).toContainText('帮助')
})

test('a browser that speaks Chinese is answered in Chinese, and themes follow the system until one is chosen', async ({
  browser,
  lab,
}) => {
  const context = await browser.newContext({ locale: 'zh-CN', colorScheme: 'dark', reducedMotion: 'reduce' })
  const page = await context.newPage()
  const view = await LabPage.open(page, lab)
  const html = page.locator('html')
  await expect(html).toHaveAttribute('lang', 'zh-CN')
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await expect(html).toHaveAttribute('data-motion', 'reduce')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect(html).toHaveAttribute('data-theme', 'light')
  await page.getByRole('button', { name: '设置' }).click()
  await page.getByRole('menuitemradio', { name: '深色' }).click()
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await view.sentence()
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await context.close()
})

test('with reduced motion a step switches, without frames in between', async ({ browser, lab }) => {
  const context = await browser.newContext({ reducedMotion: 'reduce' })
  const page = await context.newPage()
  const view = await LabPage.open(page, lab)
  await view.press(']')
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  const picture = await view.picture()
  for (let frame = 0; frame < 5; frame++) {
    await page.evaluate(() => new Promise(requestAnimationFrame))
    expect(await view.picture()).toBe(picture)
  }
  await context.close()
})
