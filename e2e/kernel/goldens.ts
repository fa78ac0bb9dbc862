import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Subject } from './judge.ts'
import { type Observation, formatObservation, parseObservation } from './observation.ts'

const fileOf = (s: Subject): URL => new URL(`goldens/${s.name}.txt`, import.meta.url)

/** What a real kernel was seen to do; `null`: never recorded. */
export function readGolden(s: Subject): { readonly heading: string; readonly observation: Observation } | null {
  const file = fileOf(s)
  return existsSync(file) ? parseObservation(readFileSync(file, 'utf8')) : null
}

export function writeGolden(s: Subject, observation: Observation, release: string): void {
  mkdirSync(new URL('goldens/', import.meta.url), { recursive: true })
  writeFileSync(fileOf(s), formatObservation(observation, `${s.name}, seen on Linux ${release}`))
}
