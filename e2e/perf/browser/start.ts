import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from '@playwright/test'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { listen, staticServer } from '../../../src/cli/launch/serve.mjs'
import { ms, quantile } from './figures.ts'
import { forFunctions } from './page.ts'

const OUT = join(import.meta.dirname, '../../out/bare')
const RUNS = 11
const ASK_EVERY_MS = 100

/** Builds the bare page, serves it, and answers its URL and how to stop. */
async function serveBare(): Promise<{ url: string; stop: () => void }> {
  mkdirSync(OUT, { recursive: true })
  await build({
    configFile: false,
    root: join(import.meta.dirname, 'bare'),
    base: './',
    logLevel: 'error',
    plugins: [react()],
    build: { outDir: OUT, emptyOutDir: true, target: 'es2023' },
  })
  const server = staticServer(OUT, '/bare/')
  const port = await listen(server, 0)
  return { url: `http://127.0.0.1:${port}/bare/`, stop: () => void server.close() }
}

/** In the page, before its scripts: notes the first frame after something computed is there. */
function watchStart(): void {
  const note = (): void => {
    requestAnimationFrame(() => {
      const told = globalThis as unknown as { started?: number }
      told.started ??= performance.now()
    })
  }
  const draw = CanvasRenderingContext2D.prototype.drawImage
  CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...rest: never[]) {
    if (this.canvas.dataset['testid'] === 'packets') note()
    return Reflect.apply(draw, this, rest)
  }
  if (location.pathname.startsWith('/bare/'))
    new MutationObserver(() => {
      const node = document.querySelector<HTMLElement>('.react-flow__node')
      if (node && node.style.visibility === 'visible') note()
    }).observe(document, { subtree: true, childList: true, attributes: true })
}

async function startOf(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await forFunctions(page)
  await page.addInitScript(watchStart)
  await page.goto(url)
  // Asked now and then: asking at every frame would have the browser make frames that nobody needs.
  const told = () => (globalThis as unknown as { started?: number }).started
  const started = await page.waitForFunction(told, undefined, { polling: ASK_EVERY_MS })
  const time = (await started.jsonValue())!
  await context.close()
  return time
}

/**
 * Share links, opened with an empty cache, against the bare page; in turn, so that whatever else the machine does meets all of them.
 * `bundled` leads to a lab that the build has opened already, `own` to one that only the page's simulator can open.
 */
export async function start(
  browser: Browser,
  links: { readonly bundled: string; readonly own: string },
): Promise<void> {
  const bare = await serveBare()
  const pages = { bare: bare.url, ...links }
  const times: Record<keyof typeof pages, number[]> = { bare: [], bundled: [], own: [] }
  try {
    for (let run = 0; run < RUNS; run++)
      for (const name of ['bare', 'bundled', 'own'] as const) times[name].push(await startOf(browser, pages[name]))
  } finally {
    bare.stop()
  }
  const median = (name: keyof typeof pages): number => quantile(times[name], 0.5)
  const best = (name: keyof typeof pages): number => Math.min(...times[name])
  const tell = (what: string, name: keyof typeof pages): void =>
    console.log(`${what}: median ${ms(median(name))} (best ${ms(best(name))})`)
  tell('bare React + React Flow page → first node', 'bare')
  tell('link to a bundled lab → first computed packet', 'bundled')
  tell('link to a lab of one’s own → first computed packet', 'own')
  for (const name of ['bundled', 'own'] as const)
    console.log(
      `ratio, ${name} lab: ${(median(name) / median('bare')).toFixed(2)} of medians, ${(best(name) / best('bare')).toFixed(2)} of bests`,
    )
}
