import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium as playwright } from '@playwright/test'

const ON_PATH = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
export const isRoot = process.getuid?.() === 0

/** How every browser of ours is started. Quiet, and without a software rasteriser: that one cuts a canvas page to 16 frames/s. */
export const CHROMIUM_FLAGS = [
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

/**
 * A Chromium that starts: HOPSCOPE_CHROMIUM, else one on PATH, else Playwright's own.
 * @returns {string | null} its path
 */
export function findChromium() {
  const named = process.env['HOPSCOPE_CHROMIUM']
  if (named) {
    if (starts(named)) return named
    throw new Error(`HOPSCOPE_CHROMIUM is ${named}, which does not start`)
  }
  return [...onPath(), playwright.executablePath()].find(starts) ?? null
}

/**
 * As `findChromium`; downloads one where there is none: Playwright's build, or Debian's package when that fails and we are root.
 * @param {(line: string) => void} say
 * @returns {string}
 */
export function findOrInstallChromium(say) {
  const found = findChromium()
  if (found) return found
  for (const install of [installPlaywrights, installDebians]) {
    install(say)
    const installed = findChromium()
    if (installed) return installed
  }
  throw new Error('there is no Chromium, and none could be installed; name one in HOPSCOPE_CHROMIUM')
}

/** @param {(line: string) => void} say */
function installPlaywrights(say) {
  say("No Chromium found; downloading Playwright's …")
  const cli = join(import.meta.dirname, '../../node_modules/@playwright/test/cli.js')
  const env = { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' }
  quietly(process.execPath, [cli, 'install', 'chromium', '--no-shell'], { env, timeout: 300_000 })
}

/** @param {(line: string) => void} say */
function installDebians(say) {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return
  say("That did not give one that starts; installing Debian's …")
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '--no-install-recommends']
  quietly('apt-get', ['update'], { env, timeout: 180_000 })
  quietly('apt-get', [...install, 'chromium'], { env, timeout: 400_000 })
  // Without it Chinese text is boxes: nothing fails, but screenshots are of no use.
  quietly('apt-get', [...install, 'fonts-noto-cjk'], { env, timeout: 180_000 })
}

function onPath() {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return ON_PATH.flatMap((name) => folders.map((folder) => join(folder, name)))
}

/** A file of that name may be a stub, or lack its libraries. @param {string} path */
function starts(path) {
  return existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0
}

/**
 * Shows the end of the output when the command fails.
 * @param {string} command @param {string[]} args @param {{ env: NodeJS.ProcessEnv, timeout: number }} options
 */
function quietly(command, args, options) {
  const run = spawnSync(command, args, { ...options, encoding: 'utf8' })
  if (run.status === 0) return
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}${run.error ?? ''}`
  process.stderr.write(`${output.trimEnd().split('\n').slice(-8).join('\n')}\n`)
}
