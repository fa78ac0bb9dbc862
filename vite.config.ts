import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

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

/**
 * Starts the simulator's worker by a script of its own: the page's main script would first have to arrive whole, with everything it
 * imports.
 */
const startEarly: Plugin = {
  name: 'hopscope:start-early',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle }) => {
      const early = Object.values(bundle ?? {}).find((file) => file.type === 'chunk' && file.name === 'early')
      if (!early) throw new Error('the build has no script that starts the simulator')
      return html.replace(
        '<script',
        `<script type="module" crossorigin src="./${early.fileName}"></script>\n    <script`,
      )
    },
  },
}

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy, startEarly],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    manifest: true,
    // Small files stay files: a `data:` font or script would need a wider policy.
    assetsInlineLimit: 0,
    rolldownOptions: { input: { index: 'index.html', early: 'src/app/early.ts' } },
    // The check that counts is on first-load JavaScript (e2e/perf/first-load.ts); lazy chunks such as Monaco are larger.
    chunkSizeWarningLimit: 4000,
  },
  test: {
    include: [
      'src/**/*.test.{ts,tsx}',
      'e2e/perf/**/*.test.ts',
      'e2e/export/**/*.test.ts',
      'e2e/fuzz/**/*.test.ts',
      'e2e/kernel/**/*.test.ts',
    ],
    environment: 'node',
    testTimeout: 60_000,
  },
})
