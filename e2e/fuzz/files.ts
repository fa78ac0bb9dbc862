import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder, from here or from where the bundle with branch counters lies. */
export const ROOT = ((): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'public/labs'))) folder = dirname(folder)
  return folder
})()
const SEEDS = join(ROOT, 'e2e/fuzz/seeds')

/** The text of a file of the project. */
export const projectFile = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** All bundled labs. */
export const bundledLabs = (): readonly string[] =>
  readdirSync(join(ROOT, 'public/labs'))
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => projectFile(`public/labs/${name}`))

/** Every string in a JSON file that is longer than a few letters. */
export function stringsOf(path: string): readonly string[] {
  const found: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value === 'string') found.push(value)
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(walk)
  }
  walk(JSON.parse(projectFile(path)))
  return found.filter((text) => text.length > 3)
}

/** Inputs that once were findings, or are otherwise worth keeping: each is a JSON string in a file. */
export function keptSeeds(target: string): readonly string[] {
  const folder = join(SEEDS, target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as string)
}

/** Keeps an input forever; answers its name. */
export function keepSeed(target: string, kind: string, input: string): string {
  const folder = join(SEEDS, target)
  mkdirSync(folder, { recursive: true })
  const name = `${kind}-${createHash('sha256').update(input).digest('hex').slice(0, 10)}.json`
  writeFileSync(join(folder, name), `${JSON.stringify(input)}\n`)
  return name
}
