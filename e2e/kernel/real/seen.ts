import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseFrame } from '../../../src/core/wire/parse.ts'
import type { Scenario } from '../language.ts'
import type { Observation } from '../observation.ts'
import { type Notation, type Sighting, notationOf, sightingLines } from '../sighting.ts'
import { askTitle, conntrackLines, fdbLines, neighLines, ruleLines, setLines, textLines } from './state.ts'

/** What a run of the script left in its folder. */
export function observationIn(s: Scenario, folder: string): Observation {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const notation = notationOf(s)
  const sightings = read('capture').split('\n').flatMap(sighting)
  const observation = new Map<string, readonly string[]>(sightingLines(sightings, notation))
  observation.set('outcomes', read('outcomes').trimEnd().split('\n'))
  s.stimuli.forEach((step, index) => {
    if (step.do === 'ask') observation.set(askTitle(step, index), textLines(read(`ask${index}`)))
  })
  for (const [title, lines] of stateSections(read('state'), notation)) observation.set(title, lines)
  return observation
}

/** Tables that were listed under titles such as `== rules n1`. */
export function stateSections(text: string, notation: Notation): Observation {
  const observation = new Map<string, readonly string[]>()
  for (const block of text.split(/^== /m).slice(1)) {
    const [title = '', ...lines] = block.trimEnd().split('\n')
    const normal = section(title.split(' ')[0]!, lines, notation)
    if (normal.length > 0) observation.set(title, normal)
  }
  return observation
}

function sighting(line: string): Sighting[] {
  if (line === '' || line.startsWith('#')) return []
  const [ns, dev, direction, hex] = line.split(' ') as [string, string, string, string]
  const link = direction === 'i' || direction === 'o' ? 'eth' : 'ip'
  const parsed = parseFrame(Uint8Array.from(Buffer.from(hex, 'hex')), link)
  return [{ ns, dev, out: direction.toLowerCase() === 'o', frame: parsed.ok ? parsed.value : null }]
}

function section(kind: string, lines: readonly string[], notation: Notation): readonly string[] {
  if (kind === 'rules') return ruleLines(lines)
  if (kind === 'sets') return setLines(lines)
  if (kind === 'conntrack') return conntrackLines(lines, notation)
  return kind === 'fdb' ? fdbLines(lines, notation) : neighLines(lines, notation)
}
