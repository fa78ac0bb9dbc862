import react from '@vitejs/plugin-react'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Plugin, runnerImport } from 'vite'
import { defineConfig } from 'vitest/config'
import { DEFAULT_LAB } from './src/scenario/labIndex.ts'

/**
 * Nothing may come from, or go to, another origin, and no text may turn into code. Inline *styles* are the one concession:
 * Monaco writes <style> elements for its themes and decorations, React Flow and our canvas position nodes with style
 * attributes that their libraries also serialise. Styles cannot run code, and `default-src 'none'` stops them from loading any.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Puts the policy into the built page only: the development server needs inline scripts to reload modules. */
const contentSecurityPolicy: Plugin = {
  name: 'hopscope:content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
      injectTo: 'head-prepend',
    },
  ],
}

/** Fonts of the first frame: found by the layout, they would come when everything has been laid out without them. */
const FONTS = ['inter-latin-wght-normal', 'jetbrains-mono-latin-wght-normal']
/**
 * What the first frame shows is loaded with its script, and nothing is painted until that has run: an empty frame would take the
 * processor from it.
 */
const firstFrame: Plugin = {
  name: 'hopscope:first-frame',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle }) {
      const nameOf = (name: string): string => {
        const file = Object.keys(bundle ?? {}).find((one) => one.includes(`/${name}-`))
        if (!file) throw new Error(`the build has no ${name}`)
        return file
      }
      const preload = (name: string, type: string): string =>
        `<link rel="preload" ${type} crossorigin href="./${nameOf(name)}">`
      const tags = [
        ...FONTS.map((name) => preload(name, 'as="font" type="font/woff2"')),
        preload(DEFAULT_LAB, 'as="fetch"'),
        `<link rel="modulepreload" fetchpriority="low" crossorigin href="./${nameOf('live')}">`,
        '<script blocking="render"',
      ]
      return html.replace('<script', tags.join('\n    '))
    },
  },
}

/** What a component looks like is of no account where only its elements are wanted. */
const withoutStyles: Plugin = {
  name: 'hopscope:without-styles',
  enforce: 'pre',
  resolveId: (id) => (id.endsWith('.css') ? '\0no-style' : null),
  load: (id) => (id === '\0no-style' ? '' : null),
}

const LABS = join(import.meta.dirname, 'public/labs')

/**
 * Opens each bundled lab with the simulator that is being built, and keeps what it tells: the page shows that until its own simulator
 * is there. See `src/worker/picture.ts`.
 */
const pictures: Plugin = {
  name: 'hopscope:pictures',
  apply: 'build',
  transform: {
    filter: { id: /\/src\/app\/pictures\.ts$/ },
    async handler(code, id) {
      const load = async <T>(path: string): Promise<T> =>
        (await runnerImport<T>(join(import.meta.dirname, path), { configFile: false, plugins: [withoutStyles] })).module
      const { preparePicture } = await load<typeof import('./src/worker/prepare.ts')>('src/worker/prepare.ts')
      const { writePicture } = await load<typeof import('./src/worker/picture.ts')>('src/worker/picture.ts')
      const { renderStill } = await load<typeof import('./src/app/still/render.tsx')>('src/app/still/render.tsx')
      const { hashText } = await load<typeof import('./src/core/base/hash.ts')>('src/core/base/hash.ts')
      const entries: string[] = []
      for (const file of readdirSync(LABS).filter((name) => name.endsWith('.yaml'))) {
        const text = readFileSync(join(LABS, file), 'utf8')
        const picture = await preparePicture(text)
        if (!picture) continue
        const name = file.replace(/yaml$/, 'json')
        const source = `{"picture":${writePicture(picture)},"still":${JSON.stringify(renderStill(picture))}}`
        const asset = this.emitFile({ type: 'asset', name, source })
        entries.push(`{hash:${hashText(text)},url:import.meta.ROLLUP_FILE_URL_${asset}}`)
      }
      const empty = /PREPARED[^=]*= \[\]/
      if (!empty.test(code)) throw new Error(`${id} has no place for the pictures`)
      return code.replace(empty, `PREPARED = [${entries.join(',')}]`)
    },
  },
}

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy, firstFrame, pictures],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    manifest: true,
    // Small files stay files: a `data:` font or script would need a wider policy.
    assetsInlineLimit: 0,
    // The check that counts is on first-load JavaScript (e2e/perf/first-load.ts); lazy chunks such as Monaco are larger.
    chunkSizeWarningLimit: 4000,
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'e2e/perf/**/*.test.ts', 'e2e/fuzz/**/*.test.ts', 'e2e/kernel/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
  },
})
