import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const OLDEST_NODE = [20, 19]

/**
 * Brings `node_modules` to the state of package-lock.json. Writes nothing to stdout; ends the process where it cannot.
 * @param {{ announce?: boolean }} [options] `announce`: say on stderr that an installation runs, for it takes a while
 */
export function ensureInstalled({ announce = true } = {}) {
  refuseOldNode()
  if (isInstalled()) return
  if (announce) process.stderr.write('Installing dependencies (only this once) …\n')
  const exact = npm(['ci', '--include=dev', '--loglevel=error'])
  if (exact.ok) return
  // `npm ci` refuses a lock file that was written where the package of some other platform could not be had; this does not.
  const lenient = npm(['install', '--no-save', '--include=dev', '--loglevel=error'])
  if (lenient.ok) return
  process.stderr.write(`${exact.output}\n${lenient.output}\nHopscope cannot run without its dependencies.\n`)
  process.exit(1)
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldMajor = 0, oldMinor = 0] = OLDEST_NODE
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return
  process.stderr.write(`Hopscope needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.\n`)
  process.exit(1)
}

/** Every package that the lock file wants on any platform is there in that version: no comparison of dates, which clones lose. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json')
  const present = packagesOf('node_modules/.package-lock.json')
  if (!wanted || !present) return false
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || optional || devOptional || present[path]?.version === version,
  )
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }> | null}
 */
function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(join(ROOT, lockFile), 'utf8')).packages
  } catch {
    return null
  }
}

/** Answers the first lines of the output: npm appends its manual to an error. @param {string[]} args */
function npm(args) {
  const script = process.env['npm_execpath']
  const [command, prefix] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []]
  const shell = process.platform === 'win32' && command === 'npm'
  const run = spawnSync(command, [...prefix, ...args], { cwd: ROOT, encoding: 'utf8', shell })
  const lines = run.error ? [String(run.error)] : `${run.stdout}${run.stderr}`.trim().split('\n')
  return { ok: run.status === 0, output: lines.slice(0, 15).join('\n') }
}
