import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

test('the page opens with a request on its way, and says what happens', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await expect(page).toHaveTitle(/Hopscope/)
  expect(await view.sentence()).toContain('curl')
  await expect(view.inspector.getByText('for the next step')).toBeVisible()
  await expect(view.canvas.locator('.host')).toHaveCount(4)
  await expect(view.pods('web')).toHaveCount(3)
  const before = await view.picture()
  await view.press('ArrowRight')
  await expect(view.inspector.getByText('for the next step')).toBeHidden()
  await expect.poll(() => view.picture()).not.toBe(before)
})

const WAYS = [
  { unit: 'step', there: 'ArrowRight', back: 'ArrowLeft', times: 20 },
  { unit: 'step into', there: 'Shift+ArrowRight', back: 'Shift+ArrowLeft', times: 20 },
  { unit: 'packet', there: '.', back: ',', times: 6 },
  { unit: 'hop', there: ']', back: '[', times: 8 },
  { unit: 'event', there: 'e', back: 'Shift+E', times: 8 },
] as const

test('going back shows what going forward showed, by whatever unit', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  for (const { unit, there, back, times } of WAYS) {
    await view.toStory()
    const forward = [await view.press(there)]
    for (let n = 0; n < times; n++) forward.push(await view.press(there))
    expect(new Set(forward).size, unit).toBeGreaterThan(2)
    const backward = [forward.at(-1)]
    for (let n = 0; n < times; n++) backward.push(await view.press(back))
    expect(backward.reverse(), unit).toEqual(forward)
  }
})

test('the transport bar travels, and the clock tells where to', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const clock = page.getByTestId('clock')
  const begin = await view.cursor()
  await view.button('Step into the chain').click()
  expect(await view.cursor()).toBe(begin + 1)
  await expect(clock).toContainText(/t=\d+\.\d{3}\s\d{3}\ss/)
  await expect(clock).toContainText(`${begin + 2}/${await view.length()}`)
  await view.button('Step back').click()
  expect(await view.cursor()).toBeLessThanOrEqual(begin)
  await view.button('To the end').click()
  expect(await view.cursor()).toBe((await view.length()) - 1)
  await expect(view.button('Step')).toBeDisabled()
  await view.button('To the beginning').click()
  expect(await view.cursor()).toBe(0)
  await expect(view.button('Step back')).toBeDisabled()
  await expect(view.canvas.locator('.pod')).toHaveCount(0)
})

test('playing goes on by itself until it is paused', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await page.keyboard.press('+')
  await page.keyboard.press('+')
  await page.keyboard.press('+')
  const begin = await view.cursor()
  await page.keyboard.press('Space')
  await expect(view.button('Pause')).toBeVisible()
  await expect.poll(() => view.cursor()).toBeGreaterThan(begin + 3)
  await view.button('Pause').click()
  await expect(view.button('Play')).toBeVisible()
  const rest = await view.cursor()
  await view.press('Shift+ArrowRight')
  expect(await view.cursor()).toBe(rest + 1)
})

test('dragging along the timeline travels', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const box = (await view.slider.boundingBox())!
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.2, y)
  await page.mouse.down()
  const early = await view.cursor()
  await page.mouse.move(box.x + box.width * 0.7, y, { steps: 8 })
  const late = await view.cursor()
  expect(late).toBeGreaterThan(early)
  await page.mouse.move(box.x + box.width * 0.2, y, { steps: 8 })
  await page.mouse.up()
  expect(await view.cursor()).toBe(early)
  await view.sentence()
})

test('the jump menu leads to packets, writes and where things settle', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const begin = await view.cursor()
  await view.jump(/^another hop/)
  expect(await view.cursor()).toBeGreaterThan(begin)
  await view.jump(/^an API write/, 1)
  expect(await view.cursor()).toBeLessThan(begin)
  await expect(view.inspector.locator('.narration-kernel')).toContainText('api')
  await view.jump('where things settle')
  await view.toStory()
  expect(await view.sentence()).toContain('curl http://web')
})
