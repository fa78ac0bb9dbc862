import { defineConfig } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from '../run/chromium.mjs'

const chromium = findChromium()
if (!chromium) throw new Error('no Chromium found; `npm test -- browser` installs one')
// Found once; the workers, which read this file again, need not search.
process.env['HOPSCOPE_CHROMIUM'] = chromium

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../out/browser',
  globalSetup: './serve-built-page.ts',
  // Generous: axe reads every element of the page, which takes tens of seconds on a small busy machine.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  // A flaky test is a failing test.
  retries: 0,
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env['CI']),
  reporter: 'list',
  use: {
    browserName: 'chromium',
    headless: true,
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    // A trace takes a picture of the whole page at every action: it would double the time. `--trace on` records one.
    trace: 'off',
    launchOptions: { executablePath: chromium, args: CHROMIUM_FLAGS },
  },
})
