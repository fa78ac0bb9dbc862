import { MS } from '../../../src/core/base/time.ts'
import { devXmit } from '../../../src/core/kernel/path/transmit.ts'
import { makeSkb } from '../../../src/core/kernel/path/skb.ts'
import type { Scene } from '../../../src/core/testkit/scene.ts'
import { parseFrame } from '../../../src/core/wire/parse.ts'
import { PATIENCE, type Scenario, type Stimulus, firewallsOf, namespacesOf } from '../language.ts'
import type { Observation } from '../observation.ts'
import { askTitle, textLines } from '../real/state.ts'
import { ECHO_ID, notationOf } from '../sighting.ts'
import { apply, build, typed } from './build.ts'
import { type Asking, Cast } from './cast.ts'
import { seenIn } from './observe.ts'

/** How long a resolution may take, and the pause between stimuli, as in stage.c. */
const RESOLVE = 4500 * MS
const QUIET = 12 * MS
const QUIET_TCP = 60 * MS

/** Plays a scenario in the simulator. */
export function runSimulated(s: Scenario): Observation {
  const { scene, outcomes, answers } = play(s)
  const firewalls = new Set(firewallsOf(s))
  const spaces = namespacesOf(s).map((name) => ({ name, id: scene.ns(name), firewall: firewalls.has(name) }))
  return new Map([...seenIn(scene.kernel, spaces, notationOf(s)), ['outcomes', outcomes], ...answers])
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
