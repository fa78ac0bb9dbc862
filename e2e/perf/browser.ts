/**
 * Figures of the built page in Chromium: `npx tsx e2e/perf/browser.ts [start] [steps] [frames]`, after `npm run build`.
 * They are printed, and recorded in README.md beside this file; no test depends on them.
 */
import { chromium } from '@playwright/test'
import { encodeShare } from '../../src/scenario/share/encode.ts'
import type { Shared } from '../../src/scenario/share/share.ts'
import serveBuiltPage from '../browser/serve-built-page.ts'
import { CHROMIUM_FLAGS, findOrInstallChromium } from '../run/chromium.mjs'
import { forFunctions } from './browser/page.ts'
import { frames } from './browser/frames.ts'
import { busyLab, defaultLab, longLab, ownLab } from './browser/labs.ts'
import { start } from './browser/start.ts'
import { steps } from './browser/steps.ts'

const PINGS = 1500
const chosen = process.argv.slice(2)
const wants = (name: string): boolean => chosen.length === 0 || chosen.includes(name)

const stop = await serveBuiltPage()
const browser = await chromium.launch({ executablePath: findOrInstallChromium(console.error), args: CHROMIUM_FLAGS })
const linkTo = (shared: Shared): string => `${process.env['HOPSCOPE_URL'] ?? ''}#${encodeShare(shared)}`
const newPage = async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.on('pageerror', (error) => console.error(error.message))
  page.setDefaultTimeout(120_000)
  await forFunctions(page)
  return page
}
try {
  if (wants('start')) await start(browser, { bundled: linkTo(await defaultLab()), own: linkTo(await ownLab()) })
  if (wants('steps')) await steps(await newPage(), linkTo({ text: longLab(PINGS), cursor: null }))
  if (wants('frames')) await frames(await newPage(), linkTo({ text: busyLab(), cursor: null }))
} finally {
  await browser.close()
  stop()
}
