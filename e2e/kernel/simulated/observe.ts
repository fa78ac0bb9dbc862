import { formatIpv4 } from '../../../src/core/base/ipv4.ts'
import { ruleCounters } from '../../../src/core/explain/counters.ts'
import { conntrackText } from '../../../src/core/explain/print/conntrack.ts'
import { liveEntries } from '../../../src/core/kernel/conntrack/conntrack.ts'
import { ipsetTool } from '../../../src/core/kernel/ipset/tool.ts'
import type { Kernel } from '../../../src/core/kernel/kernel.ts'
import { neighState } from '../../../src/core/kernel/neigh/state.ts'
import { printSave } from '../../../src/core/kernel/netfilter/print.ts'
import { readRuleset } from '../../../src/core/kernel/netfilter/store.ts'
import { POINTS } from '../../../src/core/trace/vocabulary.ts'
import { emitFrame } from '../../../src/core/wire/emit.ts'
import { parseFrame } from '../../../src/core/wire/parse.ts'
import type { Frame } from '../../../src/core/wire/types.ts'
import type { Observation } from '../observation.ts'
import { conntrackLines, ruleLines, setLines } from '../real/state.ts'
import { type Notation, type Sighting, macName, sightingLines } from '../sighting.ts'

/** A namespace of the simulator that is compared. */
export interface Space {
  readonly name: string
  readonly id: number
  /** It has rules: these, their sets and connections are compared, too. */
  readonly firewall: boolean
}

/** What the simulator did in these namespaces since a record of its trace, and the tables that it has now. */
export function seenIn(k: Kernel, spaces: readonly Space[], notation: Notation, from = 0): Observation {
  const observation = new Map<string, readonly string[]>(sightingLines(sightingsOf(k, spaces, from), notation))
  for (const { name, id, firewall } of spaces) {
    const conntrack = firewall ? liveEntries(k, id).map((row) => conntrackText(row, k.now)) : []
    put(observation, `rules ${name}`, firewall ? rules(k, id) : [])
    put(observation, `sets ${name}`, firewall ? setLines(ipsetTool(k, id, ['list']).stdout.split('\n')) : [])
    put(observation, `conntrack ${name}`, conntrackLines(conntrack, notation))
    put(observation, `fdb ${name}`, fdb(k, id, notation))
    put(observation, `neigh ${name}`, neighbours(k, id, notation))
  }
  return observation
}

function put(to: Map<string, readonly string[]>, key: string, lines: readonly string[]): void {
  if (lines.length > 0) to.set(key, lines)
}

/** What a packet socket in every namespace would have seen; every frame through the wire format, as there. */
function sightingsOf(k: Kernel, spaces: readonly Space[], from: number): Sighting[] {
  const { columns, length } = k.trace
  const names = new Map(spaces.map(({ name, id }) => [id, name]))
  const sightings: Sighting[] = []
  for (let i = from; i < length; i++) {
    const point = POINTS[columns.point[i]!]
    if (point !== 'dev.xmit' && point !== 'dev.recv') continue
    const ns = names.get(columns.place[i]!)
    const frame = k.trace.frameAt(i)
    const link = k.t.link.get(columns.dev[i]!)
    if (ns === undefined || !frame || !link || columns.drop[i] !== 0) continue
    sightings.push({
      ns,
      dev: link.name,
      out: point === 'dev.xmit',
      frame: throughBytes(frame),
    })
  }
  return sightings
}

function throughBytes(frame: Frame): Frame | null {
  const parsed = parseFrame(emitFrame(frame), frame.l === 'eth' ? 'eth' : 'ip')
  return parsed.ok ? parsed.value : null
}

function rules(k: Kernel, netns: number): readonly string[] {
  const text = printSave(readRuleset(k, netns), { withCounters: true, counters: ruleCounters(k) })
  return ruleLines(text.split('\n'))
}

function fdb({ t }: Kernel, netns: number, notation: Notation): readonly string[] {
  const name = (id: number): string => t.link.get(id)?.name ?? '?'
  return t.linkByNetns
    .at(netns)
    .rows()
    .flatMap((link) =>
      t.fdbByTable
        .at(link.id)
        .rows()
        .map((row) => {
          const who = macName(row.mac, notation)
          return row.dst !== 0
            ? `${who} dev ${link.name} dst ${formatIpv4(row.dst)}`
            : `${who} dev ${name(row.port)} ${row.state}`
        }),
    )
    .sort()
}

/** As `ip neigh show` lists them: without those that need no resolution. */
function neighbours(k: Kernel, netns: number, notation: Notation): readonly string[] {
  return k.t.neighByNetns
    .at(netns)
    .rows()
    .filter(({ state }) => state !== 'NOARP')
    .map((row) => {
      const state = neighState(row, k.now)
      const address = state === 'INCOMPLETE' || state === 'FAILED' ? '' : ` ${macName(row.mac, notation)}`
      return `${formatIpv4(row.ip)} dev ${k.t.link.get(row.link)?.name}${address} ${state}`
    })
    .sort()
}
