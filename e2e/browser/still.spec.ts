import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { encodeShare } from '../../src/scenario/share/encode.ts'
import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

const textOf = (lab: string): string => readFileSync(new URL(`../../public/labs/${lab}.yaml`, import.meta.url), 'utf8')

/** Where everything of the picture is on the screen, what it says, and how large; in whole pixels. */
const picture = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const parts =
      '.header, .canvas, .timeline-place, .split-pane, .host, .host-head, .pod, .band, .hook, .device, .rail'
    return [...document.querySelectorAll<HTMLElement>(parts)]
      .map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect()
        const text = one.matches('.host, .band, .header, .canvas, .timeline-place, .split-pane') ? '' : one.innerText
        const at = [x, y, width, height].map((value) => Math.round(value)).join(' ')
        return `${one.className.split(' ')[0]} ${at} ${text.replace(/\s+/g, ' ')}`
      })
      .sort()
  })

/** Whether packets are painted on the layer above the picture. */
const painted = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=packets]')!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.some((value) => value !== 0)
  })

interface Visit {
  readonly what: string
  readonly lab: string | null
  readonly lang: 'en' | 'zh'
  readonly size: { readonly width: number; readonly height: number }
  readonly settings?: object
}
const SMALL = { width: 1280, height: 800 }
const LARGE = { width: 1920, height: 1080 }
const VISITS: readonly Visit[] = [
  { what: 'without a link', lab: null, lang: 'en', size: SMALL },
  { what: 'a link', lab: 'flannel-vxlan', lang: 'zh', size: LARGE },
  { what: 'a link to another lab', lab: 'two-racks', lang: 'zh', size: SMALL },
  {
    what: 'panes as one has left them',
    lab: 'mtu-blackhole',
    lang: 'en',
    size: LARGE,
    settings: { outline: false, dock: false, unfolded: ['arp'] },
  },
]

for (const { what, lab: name, lang, size, settings } of VISITS)
  test(`the living page takes the place of the still, and nothing moves: ${what}`, async ({ page, lab }) => {
    await page.setViewportSize(size)
    await page.addInitScript(
      (stored) => localStorage.setItem('hopscope.settings', stored),
      JSON.stringify({ lang, ...settings }),
    )
    let live: () => void = () => {}
    const held = new Promise<void>((resolve) => (live = resolve))
    await page.route(/assets\/live-.*\.js/, async (route) => {
      await held
      await route.continue()
    })
    const hash = name ? `#${encodeShare({ text: textOf(name), cursor: null })}` : ''
    await page.goto(lab + hash)
    await page.locator('.page[inert] .host').first().waitFor()
    const still = await picture(page)
    const packets = await painted(page)

    live()
    await new LabPage(page).sentence()
    await expect(page.locator('.page[inert]')).toHaveCount(0)
    expect(await picture(page)).toEqual(still)
    expect(await painted(page)).toBe(packets)
    if (name === null) expect(packets).toBe(true)
  })

test('who comes back sees at once where they were', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  for (let n = 0; n < 5; n++) await view.press('ArrowRight')
  const [cursor, sentence] = [await view.cursor(), await view.sentence()]
  await expect.poll(async () => (await view.saved())?.cursor).toBe(cursor)
  let live: () => void = () => {}
  const held = new Promise<void>((resolve) => (live = resolve))
  await page.route(/assets\/live-.*\.js/, async (route) => {
    await held
    await route.continue()
  })
  await page.reload()
  await page.locator('.page[inert] .host').first().waitFor()
  const still = await picture(page)
  live()
  expect(await view.sentence()).toBe(sentence)
  expect(await view.cursor()).toBe(cursor)
  expect(await picture(page)).toEqual(still)
})

test('a picture that comes late, or is none, keeps nobody from the page', async ({ page, context, lab }) => {
  let come: () => void = () => {}
  const late = new Promise<void>((resolve) => (come = resolve))
  await page.route(/assets\/flannel-vxlan-.*\.json/, async (route) => {
    await late
    await route.continue()
  })
  const view = await LabPage.open(page, lab)
  const sentence = await view.sentence()
  come()
  expect(await view.press('ArrowRight')).not.toBe(sentence)

  const other = await context.newPage()
  await other.route(/assets\/flannel-vxlan-.*\.json/, (route) => route.fulfill({ body: 'no picture' }))
  expect(await (await LabPage.open(other, lab)).sentence()).toBe(sentence)
})
