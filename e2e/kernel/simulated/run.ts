import { formatIpv4 } from '../../../src/core/base/ipv4.ts'
import { MS } from '../../../src/core/base/time.ts'
import { ruleCounters } from '../../../src/core/explain/counters.ts'
import { liveEntries } from '../../../src/core/kernel/conntrack/conntrack.ts'
import { ipsetTool } from '../../../src/core/kernel/ipset/tool.ts'
import { neighState } from '../../../src/core/kernel/neigh/state.ts'
import { printSave } from '../../../src/core/kernel/netfilter/print.ts'
import { readRuleset } from '../../../src/core/kernel/netfilter/store.ts'
import { devXmit } from '../../../src/core/kernel/path/transmit.ts'
import { makeSkb } from '../../../src/core/kernel/path/skb.ts'
import type { ConntrackRow, Tuple } from '../../../src/core/kernel/tables.ts'
import type { Scene } from '../../../src/core/testkit/scene.ts'
import { POINTS } from '../../../src/core/trace/vocabulary.ts'
import { emitFrame } from '../../../src/core/wire/emit.ts'
import { parseFrame } from '../../../src/core/wire/parse.ts'
import type { Frame } from '../../../src/core/wire/types.ts'
import { PATIENCE, type Scenario, type Stimulus, firewallsOf, namespacesOf } from '../language.ts'
import type { Observation } from '../observation.ts'
import { askTitle, conntrackLines, ruleLines, setLines, textLines } from '../real/state.ts'
import { ECHO_ID, type Notation, type Sighting, macName, notationOf, sightingLines } from '../sighting.ts'
import { apply, build, typed } from './build.ts'
import { type Asking, Cast } from './cast.ts'

/** How long a resolution may take, and the pause between stimuli, as in stage.c. */
const RESOLVE = 4500 * MS
const QUIET = 12 * MS
const QUIET_TCP = 60 * MS

/** Plays a scenario in the simulator. */
export function runSimulated(s: Scenario): Observation {
  const { scene, outcomes, answers } = play(s)
  const notation = notationOf(s)
  const observation = new Map<string, readonly string[]>(sightingLines(sightingsOf(scene), notation))
  observation.set('outcomes', outcomes)
  for (const [title, lines] of answers) observation.set(title, lines)
  for (const ns of firewallsOf(s)) {
    put(observation, `rules ${ns}`, rules(scene, ns))
    put(observation, `sets ${ns}`, setLines(ipsetTool(scene.kernel, scene.ns(ns), ['list']).stdout.split('\n')))
    put(
      observation,
      `conntrack ${ns}`,
      conntrackLines(liveEntries(scene.kernel, scene.ns(ns)).map(conntrackText), notation),
    )
  }
  for (const ns of namespacesOf(s)) {
    put(observation, `fdb ${ns}`, fdb(scene, ns, notation))
    put(observation, `neigh ${ns}`, neighbours(scene, ns, notation))
  }
  return observation
}

function put(to: Map<string, readonly string[]>, key: string, lines: readonly string[]): void {
  if (lines.length > 0) to.set(key, lines)
}

/** Sections of what commands printed. */
type Answers = (readonly [title: string, lines: readonly string[]])[]

interface Played {
  readonly scene: Scene
  readonly outcomes: readonly string[]
  readonly answers: Answers
}

export function play(s: Scenario): Played {
  const scene = build(s.setup)
  const cast = new Cast(scene)
  for (const server of s.servers ?? []) cast.serve(server)
  const outcomes: string[] = []
  const answers: Answers = []
  s.stimuli.forEach((stimulus, index) => {
    for (let seq = 1; seq <= (stimulus.do === 'ping' ? (stimulus.count ?? 1) : 1); seq++) {
      outcomes.push(perform(scene, cast, stimulus, ECHO_ID + index, seq, answers))
      rest(scene, stimulus.do === 'tcp' ? QUIET_TCP : QUIET)
    }
  })
  return { scene, outcomes, answers }
}

/** As in stage.c: until nothing moves for a while and nobody asks for a neighbour. */
function rest({ sim, trace, kernel }: Scene, quiet: number): void {
  const start = sim.now
  for (;;) {
    const before = trace.length
    sim.runUntil(sim.now + quiet)
    if (trace.length !== before && sim.now - start < RESOLVE) continue
    if (sim.now - start > RESOLVE || !kernel.t.neigh.rows().some((row) => row.state === 'INCOMPLETE')) return
    sim.runUntil(sim.now + 30 * MS)
  }
}

function perform(scene: Scene, cast: Cast, s: Stimulus, id: number, seq: number, answers: Answers): string {
  switch (s.do) {
    case 'ping':
      return wait(scene, cast.ping(s, id, seq), s.patience)
    case 'udp':
      return wait(scene, cast.udp(s), s.patience)
    case 'tcp':
      return wait(scene, cast.tcp(s), s.patience)
    case 'frame':
      inject(scene, s)
      return 'sent'
    case 'wait':
      scene.sim.runUntil(scene.sim.now + s.ms * MS)
      return 'waited'
    case 'ask': {
      const { text, exit } = answer(scene, cast, s)
      answers.push([askTitle(s, id - ECHO_ID), textLines(text)])
      return `exit ${exit}`
    }
    case 'change':
      apply(scene, s.change)
      return 'changed'
  }
}

/** Of the console, or of a program of the toolbox. */
function answer(scene: Scene, cast: Cast, s: Stimulus & { readonly do: 'ask' }) {
  const argv = s.command.split(' ')
  if (cast.processes.programs.has(argv[0]!)) return cast.run(s.ns, argv)
  const { stdout, stderr, exit } = typed(scene, s.ns, s.command, cast.processes)
  return { text: stdout + stderr, exit }
}

function wait(scene: Scene, asking: Asking, patience = PATIENCE): string {
  const { sim } = scene
  const end = sim.now + patience * MS
  while (asking.outcome === null) {
    const next = sim.peek()
    if (!next || next.at > end) {
      sim.runUntil(end)
      break
    }
    sim.step()
  }
  asking.leave()
  return asking.outcome ?? 'silence'
}

function inject(scene: Scene, s: Stimulus & { readonly do: 'frame' }): void {
  const k = scene.kernel
  const parsed = parseFrame(Uint8Array.from(Buffer.from(s.hex, 'hex')))
  if (!parsed.ok) throw new Error(`no frame: ${s.hex}`)
  const link = k.t.link.get(scene.link(s.ns, s.dev))
  if (!link) throw new Error(`no device ${s.ns}/${s.dev}`)
  devXmit(k, makeSkb([k.trace.packet(0, 0)], parsed.value, link.netns, link.id), link)
}

/** What a packet socket in every namespace would have seen; every frame through the wire format, as there. */
function sightingsOf(scene: Scene): Sighting[] {
  const { kernel: k } = scene
  const { columns, length } = k.trace
  const names = new Map([...scene.ids].map(([name, id]) => [id, name]))
  const sightings: Sighting[] = []
  for (let i = 0; i < length; i++) {
    const point = POINTS[columns.point[i]!]
    if (point !== 'dev.xmit' && point !== 'dev.recv') continue
    const frame = k.trace.frameAt(i)
    const link = k.t.link.get(columns.dev[i]!)
    if (!frame || !link || columns.drop[i] !== 0) continue
    sightings.push({
      ns: names.get(columns.place[i]!)!,
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

function rules(scene: Scene, ns: string): readonly string[] {
  const text = printSave(readRuleset(scene.kernel, scene.ns(ns)), {
    withCounters: true,
    counters: ruleCounters(scene.kernel),
  })
  return ruleLines(text.split('\n'))
}

/** An entry as conntrack(8) lists it. */
function conntrackText(row: ConntrackRow): string {
  const { proto } = row.orig
  const name = { 1: 'icmp', 6: 'tcp', 17: 'udp' }[proto] ?? 'unknown'
  const words = [
    name,
    `${proto}`,
    '1',
    row.tcp ?? '',
    tupleText(row.orig),
    row.seenReply ? '' : '[UNREPLIED]',
    tupleText(row.reply),
  ]
  return [
    ...words,
    row.assured ? '[ASSURED]' : '',
    `mark=${row.mark}`,
    row.zone === 0 ? '' : `zone=${row.zone}`,
    'use=1',
  ]
    .filter((word) => word !== '')
    .join(' ')
}

function tupleText(t: Tuple): string {
  const ends = `src=${formatIpv4(t.src)} dst=${formatIpv4(t.dst)}`
  if (t.proto === 1) return `${ends} type=${t.dport >>> 8} code=${t.dport & 255} id=${t.sport}`
  return t.proto === 6 || t.proto === 17 ? `${ends} sport=${t.sport} dport=${t.dport}` : ends
}

function fdb(scene: Scene, ns: string, notation: Notation): readonly string[] {
  const { t } = scene.kernel
  const name = (id: number): string => t.link.get(id)?.name ?? '?'
  return t.linkByNetns
    .at(scene.ns(ns))
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

function neighbours(scene: Scene, ns: string, notation: Notation): readonly string[] {
  const { kernel: k } = scene
  return k.t.neighByNetns
    .at(scene.ns(ns))
    .rows()
    .map((row) => {
      const state = neighState(row, k.now)
      const address = state === 'INCOMPLETE' || state === 'FAILED' ? '' : ` ${macName(row.mac, notation)}`
      return `${formatIpv4(row.ip)} dev ${k.t.link.get(row.link)?.name}${address} ${state}`
    })
    .sort()
}
