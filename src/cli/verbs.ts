import { writeFileSync } from 'node:fs'
import process from 'node:process'
import type { Lab } from '../core/lab/lab.ts'
import { sessionOutput, startSession } from '../core/lab/session.ts'
import { SEC } from '../core/base/time.ts'
import { parsePlace } from '../scenario/place.ts'
import { placeProblem, scriptProblems } from '../worker/problems.ts'
import type { Invocation } from './arguments.ts'
import { MOST_EVENTS, Refusal, bootTo, openLab } from './lab.ts'
import { capture, jsonLine, narrationLine } from './trace.ts'

/** Virtual time that a command may take. */
const COMMAND_LIMIT = 3600 * SEC
/** … and that it may spend waiting while nothing but timers is left. */
const IDLE_LIMIT = 300 * SEC

/** `run`: the whole story, in sentences or as JSON lines. */
export async function run(invocation: Invocation): Promise<number> {
  const { lab } = await openLab(invocation.lab)
  bootTo(lab, invocation.until)
  print(lab, invocation.json)
  reportRefusals(lab)
  return 0
}

/** `exec`: what the command printed, and its status. */
export async function exec(invocation: Invocation): Promise<number> {
  const { lab } = await openLab(invocation.lab)
  const { session } = runCommand(lab, invocation)
  const { stdout, stderr, exit } = sessionOutput(lab, session)
  process.stderr.write(stderr)
  process.stdout.write(stdout)
  return exit ?? 124
}

/** `trace`: every step of every packet that the command set off, one JSON line each. */
export async function trace(invocation: Invocation): Promise<number> {
  const { lab } = await openLab(invocation.lab)
  const { from, cause } = runCommand(lab, invocation)
  const caused = causedBy(lab, cause)
  for (let cursor = from; cursor < lab.trace.length; cursor++) {
    const packet = lab.trace.columns.packet[cursor]!
    if (packet !== 0 && caused(packet)) process.stdout.write(`${jsonLine(lab, cursor)}\n`)
  }
  return 0
}

/** `pcap`: what captures on every device would hold. */
export async function pcap(invocation: Invocation): Promise<number> {
  const { lab } = await openLab(invocation.lab)
  const { from, cause } = runCommand(lab, invocation)
  const file = capture(lab, from, lab.trace.length, causedBy(lab, cause))
  try {
    writeFileSync(invocation.out!, file)
  } catch (problem) {
    throw new Refusal(`${invocation.out}: ${problem instanceof Error ? problem.message : String(problem)}`)
  }
  return 0
}

/** `verify`: the same text twice, and backwards and forwards through the journal, must give the same state. */
export async function verify(invocation: Invocation): Promise<number> {
  const [first, second] = [(await openLab(invocation.lab)).lab, (await openLab(invocation.lab)).lab]
  for (const lab of [first, second]) bootTo(lab, 'settled')
  const hash = first.world.hash()
  const rows: [string, boolean][] = [
    ['two runs agree', second.world.hash() === hash && second.trace.length === first.trace.length],
  ]
  const middle = first.sim.marks[Math.floor(first.sim.marks.length / 2)]
  first.sim.seek(0)
  first.sim.seek(first.world.journal.length)
  rows.push(['the journal leads back and forth', first.world.hash() === hash])
  if (middle) {
    first.sim.seek(middle.journal)
    first.sim.fork()
    first.run()
    rows.push(['rewound to the middle and run again', first.world.hash() === hash])
  }
  for (const [name, good] of rows) process.stdout.write(`${good ? 'ok  ' : 'FAIL'} ${name}\n`)
  process.stdout.write(
    `state ${hash.toString(16)}, ${second.trace.length} steps, ${second.trace.packets.length} packets\n`,
  )
  return rows.every(([, good]) => good) ? 0 : 1
}

/** Boots, runs the command in its place, and lets the lab come to rest. */
function runCommand(
  lab: Lab,
  invocation: Invocation,
): { readonly session: number; readonly from: number; readonly cause: number } {
  const place = parsePlace(invocation.in!)
  if (!place)
    throw new Refusal(`${invocation.in}: not a place; write pod/NAMESPACE/NAME, node/NAME, host/NAME or router/NAME`)
  bootTo(lab, invocation.at)
  reportRefusals(lab)
  const from = lab.trace.length
  const line = invocation.command.map(quote).join(' ')
  const started = lab.input('run', invocation.in!, () => startSession(lab, place, invocation.in!, line))
  if (!started.ok) throw new Refusal(placeProblem(started.error))
  const session = started.value
  const limit = lab.now + COMMAND_LIMIT
  const runs = (): boolean => sessionOutput(lab, session).exit === null
  let idle = 0
  while (runs() && idle < IDLE_LIMIT && lab.run({ until: limit, events: 100_000 }) !== 'time') {
    if (!lab.sim.settled || !runs()) continue
    // A command that only waits (`tcpdump`) leaves nothing but timers: on to the next of them.
    const before = lab.now
    if (!lab.sim.step()) break
    idle += lab.now - before
  }
  if (!runs()) lab.run({ until: limit, events: MOST_EVENTS })
  return { session, from, cause: lab.processes.t.process.entry(session)?.cause ?? 0 }
}

/** A word as the shell reads it back. One word alone may be a whole shell line and stays as it is. */
const quote = (word: string, _index: number, all: readonly string[]): string =>
  all.length === 1 || /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

function reportRefusals(lab: Lab): void {
  for (const { message } of lab.refusals.rows()) process.stderr.write(`${message}\n`)
  for (const problem of scriptProblems(lab)) process.stderr.write(`${problem}\n`)
}

/** Whether a packet was set off by something, directly or over however many links of the cause chain. */
function causedBy(lab: Lab, cause: number): (packet: number) => boolean {
  const known = new Map<number, boolean>([[cause, true]])
  const leadsThere = (id: number): boolean => {
    let answer = known.get(id)
    if (answer === undefined) {
      const parent = lab.world.causes.get(id)?.parent ?? 0
      answer = parent !== 0 && leadsThere(parent)
      known.set(id, answer)
    }
    return answer
  }
  return (packet) => leadsThere(lab.trace.packets[packet - 1]!.cause)
}

function print(lab: Lab, json: boolean): void {
  const line = json ? jsonLine : narrationLine
  for (let cursor = 0; cursor < lab.trace.length; cursor++) process.stdout.write(`${line(lab, cursor)}\n`)
}
