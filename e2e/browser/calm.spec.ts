import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

test('packets and lanes keep their colours when motion is reduced', async ({ page, lab }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await LabPage.open(page, lab)
  const colourful = (selector: string): Promise<number> =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const canvas = element as HTMLCanvasElement
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        let count = 0
        for (let i = 0; i < data.length; i += 4) {
          const [r, g, b, a] = [data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!]
          if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 60) count++
        }
        return count
      })
  await expect.poll(() => colourful('.lane-area canvas')).toBeGreaterThan(500)
  await expect.poll(() => colourful('[data-testid="packets"]')).toBeGreaterThan(50)
})

test('the transport bar stands still wherever one goes', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const places: (number | undefined)[] = []
  for (const button of ['To the end', 'To the beginning']) {
    places.push((await view.button('Play').boundingBox())?.x)
    await view.button(button).click()
  }
  places.push((await view.button('Play').boundingBox())?.x)
  expect(new Set(places).size).toBe(1)
})

test('what was typed in a terminal has still happened after a reload', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const terminal = await view.terminal('client')
  await view.button('To the end').click()
  await terminal.run('ping -c 1 10.96.0.10')
  const length = await view.length()
  await expect.poll(async () => (await view.saved())?.text).toContain('ping -c 1 10.96.0.10')
  await page.reload()
  await view.sentence()
  await expect.poll(() => view.length()).toBe(length)
  // The end is where one was: the terminal follows what it has set off.
  expect(await view.cursor()).toBe(length - 1)
})
