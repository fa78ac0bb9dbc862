import type { Page } from '@playwright/test'
import { spread } from './figures.ts'

const TIMES = 200

/** From a key or a drag to the explanation of the step it leads to, inside of the page. */
export async function steps(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('.narration').waitFor()
  const length = Number(await page.getByRole('slider').getAttribute('aria-valuemax'))
  console.log(`trace: ${length} steps`)
  await page.mouse.click(5, 300)
  const [end] = await page.evaluate(travel, { times: 1, key: 'End', shift: false, scrub: 0 })
  console.log(`to its end: ${end?.toFixed(1)} ms`)
  for (const [what, key, shift] of [
    ['step back', 'ArrowLeft', false],
    ['step forward', 'ArrowRight', false],
    ['step into, back', 'ArrowLeft', true],
    ['step into', 'ArrowRight', true],
  ] as const)
    console.log(`${what}: ${spread(await page.evaluate(travel, { times: TIMES, key, shift, scrub: 0 }))}`)
  console.log(
    `scrub within 2 %: ${spread(await page.evaluate(travel, { times: TIMES, key: '', shift: false, scrub: 0.02 }))}`,
  )
  console.log(
    `scrub anywhere: ${spread(await page.evaluate(travel, { times: TIMES, key: '', shift: false, scrub: 1 }))}`,
  )
}

interface Travel {
  readonly times: number
  readonly key: string
  readonly shift: boolean
  /** How much of the strip the pointer moves over; 0: keys. */
  readonly scrub: number
}

/** Runs in the page: makes a move, waits until what is shown is of where it leads, and says how long that took. */
async function travel({ times, key, shift, scrub }: Travel): Promise<number[]> {
  const slider = document.querySelector<HTMLElement>('.scrubber')!
  const { left, width, top } = slider.getBoundingClientRect()
  const shown = (): number => Number(document.querySelector<HTMLElement>('.narration')!.dataset['step'])
  const wanted = (): number => Number(slider.getAttribute('aria-valuenow')) - 1
  const caughtUp = (before: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): boolean => shown() !== before && shown() === wanted()
      const observer = new MutationObserver(() => {
        if (!done()) return
        observer.disconnect()
        resolve()
      })
      observer.observe(document.body, {
        subtree: true,
        attributes: true,
        childList: true,
        attributeFilter: ['data-step', 'aria-valuenow'],
      })
    })
  const pointer = (type: string, x: number): boolean =>
    slider.dispatchEvent(
      new PointerEvent(type, {
        clientX: x,
        clientY: top + 8,
        bubbles: true,
        pointerId: 1,
        buttons: 1,
        isPrimary: true,
      }),
    )
  // A pointer that does not exist cannot be captured; the strip need not know.
  slider.setPointerCapture = () => undefined
  if (scrub > 0) {
    pointer('pointerdown', left + width * 0.5)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  const taken: number[] = []
  let state = 12345
  const random = (): number => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648
  for (let n = 0; n < times; n++) {
    const before = shown()
    const arrived = caughtUp(before)
    const begin = performance.now()
    if (scrub > 0) pointer('pointermove', left + width * (0.5 + (random() - 0.5) * scrub * 0.98))
    else window.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey: shift, bubbles: true, cancelable: true }))
    const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 1000))
    if ((await Promise.race([arrived, late])) !== 'late') taken.push(performance.now() - begin)
    await new Promise(requestAnimationFrame)
  }
  if (scrub > 0) pointer('pointerup', left)
  return taken
}
