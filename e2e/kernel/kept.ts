import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import type { Scenario } from './language.ts'

const FOLDER = new URL('generated/', import.meta.url)

/** Generated scenarios that once showed a difference: kept for ever, by name. */
export function keptScenarios(): readonly Scenario[] {
  if (!existsSync(FOLDER)) return []
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Scenario)
}

export function keep(s: Scenario): void {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(new URL(`${s.name}.json`, FOLDER), `${JSON.stringify(s, null, 1)}\n`)
}
