import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, ROOT } from './install.mjs'
import { listen, staticServer } from './serve.mjs'

// `npm start` serves the built page, not the development server: what a newcomer sees is what is shipped, its first load is
// fast, and the content security policy is in force. `npm run dev` is for changing the code.
const DIST = join(ROOT, 'dist')
const SOURCES = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json']
const USUAL_PORT = 4173

ensureInstalled()
if (newest(...SOURCES) > builtAt()) await build()

const host = process.env['HOST'] ?? '127.0.0.1'
const port = await open()
const shown = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
console.log(`\n  Hopscope is running:  http://${shown}:${port}/\n\n  Ctrl+C stops it.\n`)

/** Serves on PORT alone when it is set, else on the usual port or the nearest free one above it. */
async function open() {
  const wanted = process.env['PORT']
  if (wanted) return listen(staticServer(DIST), Number(wanted), host).catch(refuse)
  for (let candidate = USUAL_PORT; candidate < USUAL_PORT + 50; candidate++) {
    try {
      return await listen(staticServer(DIST), candidate, host)
    } catch (error) {
      if (!isBusy(error)) return refuse(error)
    }
  }
  return listen(staticServer(DIST), 0, host).catch(refuse)
}

/** @param {unknown} error @returns {boolean} */
function isBusy(error) {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

/** @param {unknown} error @returns {never} */
function refuse(error) {
  console.error(isBusy(error) ? `Port ${process.env['PORT']} is taken; set PORT to another one.` : String(error))
  process.exit(1)
}

async function build() {
  process.stderr.write('Building the page …\n')
  const vite = await import('vite')
  await vite.build({ root: ROOT, logLevel: 'warn' })
}

function builtAt() {
  return statSync(join(DIST, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * When the youngest of these files was written, folders searched to the bottom.
 * @param {string[]} paths @returns {number}
 */
function newest(...paths) {
  return Math.max(
    0,
    ...paths.map((path) => {
      const stat = statSync(join(ROOT, path), { throwIfNoEntry: false })
      if (!stat) return 0
      if (!stat.isDirectory()) return stat.mtimeMs
      return Math.max(stat.mtimeMs, newest(...readdirSync(join(ROOT, path)).map((name) => join(path, name))))
    }),
  )
}
