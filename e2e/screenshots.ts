/**
 * Takes pictures of the built page: `npm run screenshots [-- --out DIR] [--only TEXT]`.
 *
 * Without `--out` it renews the one picture that the README shows. With it, every combination of size, theme and language goes
 * to that folder, to be looked at.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium } from '@playwright/test'
import serveBuiltPage from './browser/serve-built-page.ts'
import { CHROMIUM_FLAGS, findOrInstallChromium } from './run/chromium.mjs'

interface Shot {
  readonly width: number
  readonly height: number
  readonly theme: 'light' | 'dark'
  readonly lang: 'en' | 'zh'
}

const SIZES = [
  [1280, 800],
  [1920, 1080],
] as const
const README_SHOT: Shot = { width: 1280, height: 800, theme: 'light', lang: 'en' }
const README_FILE = resolve(import.meta.dirname, 'readme.png')
/** How long the page may take to boot the default lab and come to rest. */
const SETTLES_WITHIN = 4000

const every: Shot[] = SIZES.flatMap(([width, height]) =>
  (['light', 'dark'] as const).flatMap((theme) =>
    (['en', 'zh'] as const).map((lang) => ({ width, height, theme, lang })),
  ),
)

/** Theme and language are what the person's system asks for: the page follows both on a first visit. */
async function take(browser: Browser, shot: Shot, path: string): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: shot.width, height: shot.height },
    deviceScaleFactor: path === README_FILE ? 2 : 1,
    colorScheme: shot.theme,
    locale: shot.lang === 'zh' ? 'zh-CN' : 'en-US',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(`${path}: ${error.message}`))
  await page.goto(process.env['HOPSCOPE_URL'] ?? '')
  await page.waitForTimeout(SETTLES_WITHIN)
  await page.screenshot({ path })
  await context.close()
  console.log(path)
}

const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string', default: '' } } })
const stop = await serveBuiltPage()
const browser = await chromium.launch({ executablePath: findOrInstallChromium(console.error), args: CHROMIUM_FLAGS })
try {
  if (values.out === undefined) await take(browser, README_SHOT, README_FILE)
  else {
    mkdirSync(values.out, { recursive: true })
    for (const shot of every) {
      const name = `${shot.width}x${shot.height}-${shot.theme}-${shot.lang}.png`
      if (name.includes(values.only)) await take(browser, shot, join(values.out, name))
    }
  }
} finally {
  await browser.close()
  stop()
}
