import type { Locator, Page } from '@playwright/test'
import { expect } from './test.ts'

/** The page of a lab as a person sees it. Every question waits until the page has caught up with the cursor. */
export class LabPage {
  readonly page: Page
  readonly transport: Locator
  readonly slider: Locator
  readonly narration: Locator
  readonly inspector: Locator
  readonly dock: Locator
  readonly canvas: Locator
  readonly editor: Locator
  readonly dialog: Locator

  constructor(page: Page) {
    this.page = page
    this.transport = page.getByTestId('transport')
    this.slider = page.getByTestId('timeline').getByRole('slider')
    this.narration = page.getByTestId('narration')
    this.inspector = page.locator('section.inspector')
    this.dock = page.locator('section.dock')
    this.canvas = page.getByTestId('canvas')
    this.editor = page.getByTestId('yaml')
    this.dialog = page.getByRole('dialog')
  }

  /** Opens a lab and waits until its first step is explained. */
  static async open(page: Page, url: string): Promise<LabPage> {
    await page.goto(url)
    const lab = new LabPage(page)
    await lab.sentence()
    return lab
  }

  /** Index of the record under the cursor. */
  async cursor(): Promise<number> {
    return Number(await this.slider.getAttribute('aria-valuenow')) - 1
  }

  async length(): Promise<number> {
    return Number(await this.slider.getAttribute('aria-valuemax'))
  }

  /** What is said of the step under the cursor. */
  async sentence(): Promise<string> {
    await this.narration.waitFor()
    return this.page.evaluate(async () => {
      for (const start = performance.now(); performance.now() < start + 10_000;) {
        const shown = document.querySelector<HTMLElement>('.narration')
        const slider = document.querySelector('.scrubber')
        if (shown && Number(shown.dataset['step']) + 1 === Number(slider?.getAttribute('aria-valuenow')))
          return shown.querySelector('.narration-text')?.textContent ?? ''
        await new Promise(requestAnimationFrame)
      }
      throw new Error('the explanation has not caught up with the cursor')
    })
  }

  /** Presses a key and answers the sentence it leads to. */
  async press(key: string): Promise<string> {
    await this.page.keyboard.press(key)
    return this.sentence()
  }

  /** Steps until the sentence says something, so many times at the most. */
  async stepTo(words: RegExp, key = 'ArrowRight', most = 150): Promise<string> {
    let sentence = await this.sentence()
    for (let n = 0; n < most && !words.test(sentence); n++) sentence = await this.press(key)
    expect(sentence).toMatch(words)
    return sentence
  }

  /** Goes to where the lab's story starts. */
  async toStory(): Promise<string> {
    await this.jump('To where the story starts')
    return this.sentence()
  }

  async jump(item: string | RegExp, nth = 0): Promise<void> {
    await this.transport.getByRole('button', { name: 'Jump' }).click()
    await this.page.getByRole('menuitem', { name: item }).nth(nth).click()
    await expect(this.page.getByRole('menu')).toBeHidden()
  }

  button(name: string | RegExp): Locator {
    return this.transport.getByRole('button', { name, exact: typeof name === 'string' })
  }

  async inspect(tab: string): Promise<Locator> {
    await this.inspector.getByRole('tab', { name: tab, exact: true }).click()
    return this.inspector.getByRole('tabpanel')
  }

  async openDock(tab: string): Promise<void> {
    await this.dock.getByRole('tab', { name: tab, exact: true }).click()
  }

  /** What the page has put into the browser's storage. */
  saved(): Promise<{ readonly text: string; readonly cursor: number; readonly draft?: string } | undefined> {
    return this.page.evaluate(
      () =>
        new Promise((resolve) => {
          const opening = indexedDB.open('keyval-store')
          opening.addEventListener('success', () => {
            const asked = opening.result.transaction('keyval').objectStore('keyval').get('hopscope.autosave')
            asked.addEventListener('success', () => {
              opening.result.close()
              resolve(asked.result)
            })
          })
        }),
    )
  }

  /** Pods on the map whose name begins so. */
  pods(name: string): Locator {
    return this.canvas.locator('.pod', { hasText: name })
  }

  /** The painted packets, as a picture to compare. */
  picture(): Promise<string> {
    return this.page.getByTestId('packets').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())
  }

  /** Lets the editor load, and answers the line of it that has these words. */
  async editorLine(words: string): Promise<Locator> {
    const line = this.editor.locator('.view-line', { hasText: words })
    await expect(line.first()).toBeVisible()
    return line.first()
  }

  /** Types over the end of the line that has these words. */
  async retype(words: string, erase: number, text: string): Promise<void> {
    await (await this.editorLine(words)).click()
    await this.page.keyboard.press('End')
    for (let n = 0; n < erase; n++) await this.page.keyboard.press('Backspace')
    await this.page.keyboard.type(text)
    await this.page.keyboard.press('Escape')
  }

  /** Pastes another text over the whole of the editor's. */
  async rewrite(text: string): Promise<void> {
    // Wherever it is scrolled to.
    await expect(this.editor.locator('.view-line').first()).toBeVisible()
    await this.editor.locator('.inputarea, .native-edit-context').first().focus()
    await this.page.keyboard.press('Control+a')
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await this.page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text)
    await this.page.keyboard.press('Control+v')
    await expect(this.page.getByTestId('dirty')).toBeVisible()
  }

  /** Scrolls the editor to a line with Monaco's own search. */
  async find(words: string): Promise<void> {
    await this.editor.locator('.view-lines').click()
    await this.page.keyboard.press('Control+f')
    const widget = this.editor.locator('.find-widget')
    await expect(widget.getByRole('textbox').first()).toBeFocused()
    await this.page.keyboard.type(words)
    await expect(widget.locator('.matchesCount')).toContainText(/\d+ of \d+/)
    await this.page.keyboard.press('Enter')
    await this.page.keyboard.press('Escape')
    await expect(widget).not.toHaveClass(/\bvisible\b/)
    await this.editorLine(words)
  }

  /** Opens a terminal in the place called so. */
  async terminal(place: string): Promise<Terminal> {
    await this.openDock('Terminal')
    await this.dock.getByRole('button', { name: 'New' }).click()
    await this.page.getByRole('menuitem', { name: place, exact: true }).click()
    const frame = this.dock.locator(`[data-testid$="/${place}"]`)
    await expect(frame.locator('.xterm-screen')).toBeVisible()
    const terminal = new Terminal(this.page, frame)
    await terminal.prompt()
    return terminal
  }
}

/** A terminal of the dock. */
export class Terminal {
  readonly #page: Page
  readonly #frame: Locator

  constructor(page: Page, frame: Locator) {
    this.#page = page
    this.#frame = frame
  }

  /** What is on its screen, without the space at the ends of lines. */
  async text(): Promise<string> {
    const rows = await this.#frame.locator('.xterm-accessibility-tree [role="listitem"]').allTextContents()
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd()
  }

  /** Waits for an empty prompt at the end. */
  async prompt(): Promise<void> {
    await expect.poll(() => this.text()).toMatch(/[#$]$/)
  }

  async shows(words: RegExp): Promise<void> {
    await expect.poll(() => this.text()).toMatch(words)
  }

  async type(text: string): Promise<void> {
    await this.#frame.locator('.xterm-screen').click()
    await this.#page.keyboard.type(text)
  }

  async press(key: string): Promise<void> {
    await this.#page.keyboard.press(key)
  }

  async paste(text: string): Promise<void> {
    await this.#frame.locator('.xterm-helper-textarea').evaluate((area, pasted) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', pasted)
      area.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, text)
  }

  /** Runs a command to its end and answers what is then on the screen. */
  async run(line: string): Promise<string> {
    await this.type(line)
    const typed = new RegExp(`[#$] ${escaped(line)}$`)
    await this.shows(typed)
    await this.press('Enter')
    await expect.poll(() => this.text()).not.toMatch(typed)
    await this.prompt()
    return this.text()
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
