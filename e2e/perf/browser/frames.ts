import type { Page } from '@playwright/test'
import { quantile, spread } from './figures.ts'

interface Frames {
  readonly times: number[]
  readonly packets: number[]
}

/** Counts what is drawn and how far frames are apart. Before the page's own scripts. */
export function watchFrames(): void {
  let drawn = 0
  const draw = CanvasRenderingContext2D.prototype.drawImage
  CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...rest: never[]) {
    if (this.canvas.dataset['testid'] === 'packets') drawn++
    return Reflect.apply(draw, this, rest)
  }
  const measure = (during: number): Promise<Frames> =>
    new Promise((resolve) => {
      const frames: Frames = { times: [], packets: [] }
      const begin = performance.now()
      let last = begin
      drawn = 0
      const frame = (now: number): void => {
        if (now > last) frames.times.push(now - last)
        if (drawn > 0) frames.packets.push(drawn)
        drawn = 0
        last = now
        if (now < begin + during) requestAnimationFrame(frame)
        else resolve(frames)
      }
      requestAnimationFrame(frame)
    })
  Object.assign(globalThis, { measureFrames: measure })
}

const MEASURED_MS = 5000

/** Plays, then pans, with the busy lab in the middle of its traffic. */
export async function frames(page: Page, url: string): Promise<void> {
  await page.addInitScript(watchFrames)
  await page.goto(url)
  await page.locator('.narration').waitFor()
  const slider = page.getByRole('slider')
  const box = (await slider.boundingBox())!
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2)
  await page.mouse.move(box.x, box.y - 250)
  for (let n = 0; n < 3; n++) await page.keyboard.press('+')
  await page.keyboard.press('Space')
  report('playing', await measure(page))
  await page.keyboard.press('Space')
  const panning = measure(page)
  await page.mouse.down()
  for (let n = 0; n < 120; n++)
    await page.mouse.move(box.x + 100 + Math.sin(n / 8) * 80, box.y - 250 + Math.cos(n / 8) * 40)
  await page.mouse.up()
  report('panning', await panning)
}

const measure = (page: Page): Promise<Frames> =>
  page.evaluate((during) => {
    const { measureFrames } = globalThis as unknown as { measureFrames: (during: number) => Promise<Frames> }
    return measureFrames(during)
  }, MEASURED_MS)

function report(what: string, { times, packets }: Frames): void {
  console.log(`frames while ${what}: ${spread(times)}; ${quantile(packets, 0.5)} packets drawn in each (median)`)
}
