import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Debian packages out of apt's own sources, downloaded and unpacked into a folder; nothing is installed, and root is not needed. Lists and
 * downloads are in a folder of our own, so that the machine's are left as they are.
 */
export class Packages {
  readonly #options: readonly string[]
  readonly #folder: string
  constructor(folder: string) {
    this.#folder = folder
    for (const name of ['lists/partial', 'archives/partial', 'debs']) mkdirSync(join(folder, name), { recursive: true })
    this.#options = [
      `Dir::State::lists=${join(folder, 'lists')}`,
      `Dir::Cache=${folder}`,
      'Debug::NoLocking=1',
      'APT::Sandbox::User=',
      'Acquire::Retries=2',
      'Acquire::http::Timeout=20',
    ].flatMap((option) => ['-o', option])
  }

  /** Throws when nothing can be downloaded. */
  update(): void {
    call('apt-get', [...this.#options, '--error-on=any', 'update'], undefined, MINUTE)
  }

  /** What has to be there for packages to run: in addition to what this machine has, or from nothing. */
  closure(names: readonly string[], on: 'this machine' | 'nothing'): readonly string[] {
    const bare = on === 'nothing' ? ['-o', 'Dir::State::status=/dev/null'] : []
    const told = call('apt-get', [...this.#options, ...bare, '--no-install-recommends', '-s', 'install', ...names])
    return [...told.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!)
  }

  /** The package that a package without content stands for: `linux-image-amd64` for `linux-image-6.1.0-56-amd64`. */
  dependencyOf(name: string): string {
    const first = /Depends: (\S+)/.exec(call('apt-cache', [...this.#options, 'depends', name]))?.[1]
    if (!first) throw new Error(`${name} depends on nothing`)
    return first
  }

  /** Unpacks packages over one another into `into`. */
  unpack(names: readonly string[], into: string): void {
    const debs = join(this.#folder, 'debs')
    rmSync(debs, { recursive: true, force: true })
    mkdirSync(debs)
    mkdirSync(into, { recursive: true })
    if (names.length === 0) return
    call('apt-get', [...this.#options, 'download', ...names], debs)
    for (const file of readdirSync(debs)) call('dpkg-deb', ['-x', join(debs, file), into])
  }
}

const MINUTE = 60_000

function call(command: string, args: readonly string[], cwd?: string, timeout = 3 * MINUTE): string {
  const env = { ...process.env, LC_ALL: 'C' }
  const run = spawnSync(command, args, { env, cwd, encoding: 'utf8', timeout, maxBuffer: 1 << 26 })
  if (run.status === 0) return run.stdout
  const lines = (run.error?.message ?? run.stderr).trim().split('\n')
  throw new Error(`${command} ${args.at(-1)}: ${lines.find((line) => line.startsWith('E:')) ?? lines.at(-1)}`)
}
