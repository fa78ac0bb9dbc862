import { SEC } from '../core/base/time.ts'
import { parsePlace } from '../scenario/place.ts'
import type { Lab } from '../core/lab/lab.ts'
import { type Spot, resolvePlace } from '../core/lab/place.ts'
import { interruptSession, isUnfinishedLine, startSession } from '../core/lab/session.ts'
import { answerViews, type Views } from './views.ts'
import { completeAt, editText, hoverText } from './editing.ts'
import { completeShellLine, enterShell, readInPast } from './commands.ts'
import { type LabDocument, diagnoseText, readDocument } from './document.ts'
import {
  SLICE,
  bootLab,
  createLab,
  followDocument,
  forkAt,
  goLive,
  isSameStory,
  needsReboot,
  showForkPoint,
  showMoment,
} from './engine.ts'
import { exportScript } from './export.ts'
import { openLink } from './link.ts'
import { placeProblem } from './problems.ts'
import type {
  Cursor,
  Diagnostic,
  OpenAnswer,
  RequestMessage,
  RequestName,
  Requests,
  WorkerMessage,
} from './protocol.ts'
import { Follower } from './follower.ts'
import { withTyped } from './typed.ts'
import { COMMAND_TIME, Pace } from './pace.ts'

type Handlers = {
  readonly [N in RequestName]: (ask: Requests[N]['ask']) => Requests[N]['answer'] | Promise<Requests[N]['answer']>
}

/** The lab that runs, with the text it runs by. */
export interface Running {
  readonly lab: Lab
  document: LabDocument
}

/**
 * The simulator's side of the protocol: answers requests, and tells of the timeline and of output while the lab runs on in slices.
 * The same code serves the page's worker, tests and the command line.
 */
export function connectHost(post: (message: WorkerMessage) => void): (message: RequestMessage) => void {
  const host = new Host(post)
  return (message) => void host.receive(message)
}

class Host {
  readonly #post: (message: WorkerMessage) => void
  #running: Running | null = null
  #lastReading = 0
  #follower: Follower
  #pumping = false
  /** Length of the trace when somebody last asked for something to happen. */
  #asked = NOTHING_YET
  readonly #pace = new Pace(() => performance.now())
  readonly #handlers: Handlers

  constructor(post: (message: WorkerMessage) => void) {
    this.#post = post
    this.#follower = new Follower(post, () => this.#pace.printed())
    this.#handlers = {
      open: ({ text, fragment, cursor }) =>
        fragment === undefined ? this.#open(text ?? '', cursor) : this.#openLink(fragment),
      apply: (ask) => this.#apply(ask),
      diagnose: ({ text }) => ({ diagnostics: diagnoseText(text) }),
      complete: ({ text, offset }) => completeAt(text, offset),
      hover: ({ text, offset }) => hoverText(text, offset),
      edit: ({ text, edits }) => ({ text: editText(text, edits) }),
      written: (ask) => this.#written(ask),
      share: (ask) => this.#share(ask),
      run: ({ until }) => this.#run(until),
      exec: (ask) => this.#exec(ask),
      interrupt: ({ session }) => this.#interrupt(session),
      completeLine: ({ place, line, cursor }) => {
        const views = this.#views()
        return views ? completeShellLine(views.at(cursor), place, line) : { candidates: [], from: line.length }
      },
      topology: ({ cursor }) => this.#look((views) => views.topology(cursor)),
      step: ({ cursor }) => this.#look((views) => views.step(cursor)),
      steps: ({ from, to }) => this.#look((views) => views.steps(from, to)),
      entity: ({ entity, cursor }) => this.#look((views) => views.entity(entity, cursor)),
      line: ({ line, cursor }) => this.#look((views) => views.line(line, cursor)),
      find: ({ query, cursor }) => this.#look((views) => views.find(query, cursor)),
      pcap: ({ from, to }) => this.#look((views) => views.pcap(from, to)),
      export: ({ cursor }) => this.#look(() => exportScript(this.#running!, cursor)),
    }
  }

  async receive({ id, name, ask }: RequestMessage): Promise<void> {
    try {
      const handler = this.#handlers[name] as (ask: unknown) => unknown
      this.#post({ type: 'answer', id, answer: await handler(ask) })
    } catch (problem) {
      this.#post({ type: 'failed', id, report: report(problem) })
    }
  }

  #views(): Views | null {
    return this.#running && answerViews(this.#running)
  }

  #look<T>(read: (views: Views) => T): T {
    const views = this.#views()
    if (!views) throw new Error('no lab is open')
    return read(views)
  }

  async #openLink(fragment: string): Promise<OpenAnswer> {
    const shared = await openLink(fragment)
    if (shared.ok) return this.#open(shared.value.text, shared.value.cursor, 'end')
    const params = 'params' in shared.error ? shared.error.params : {}
    return this.#refused('', [], { key: `share-${shared.error.code}`, params })
  }

  /** `wanted`: where to be, `null`: where the text says; `beyond`: where to be if the story is not as long. */
  #open(given: string, wanted: Cursor | null = null, beyond: 'story' | 'end' = 'story'): OpenAnswer {
    // An editor ends all lines alike: the text that runs is the one that it shows.
    const text = given.replaceAll(/\r\n?/g, '\n')
    const document = readDocument(text)
    if (!document.spec) return this.#refused(text, document.diagnostics, null)
    const lab = createLab({ ...document, spec: document.spec })
    bootLab(lab)
    this.#running = { lab, document }
    this.#follower.follow(this.#running)
    this.#asked = NOTHING_YET
    this.#pump()
    const { positions, cursor } = document.spec.view
    const last = Math.max(0, lab.trace.length - 1)
    // Without a story to tell, what there is to see is the lab at rest.
    const story = this.#follower.story() || last
    const { cluster } = document.spec
    const asked = wanted !== null && wanted > last && beyond === 'story' ? null : wanted
    // What was kept between two visits may be damaged.
    const start = Math.max(0, Math.min(Math.trunc(asked ?? cursor ?? story) || 0, last))
    return {
      ok: true,
      text,
      name: document.spec.name,
      diagnostics: [...document.diagnostics, ...this.#refusals()],
      problem: null,
      cursor: start,
      positions,
      cidrs: { pods: cluster?.podCIDR ?? null, services: cluster?.serviceCIDR ?? null },
      view: this.#look((views) => ({ ...views.topology(start), ...views.step(start) })),
    }
  }

  #refused(text: string, diagnostics: readonly Diagnostic[], problem: OpenAnswer['problem']): OpenAnswer {
    const nothing = { name: '', cursor: 0, positions: {}, cidrs: { pods: null, services: null } }
    return { ok: false, text, diagnostics, problem, ...nothing }
  }

  /** What the API server said about objects that it would not take, at their places in the text. */
  #refusals(): Diagnostic[] {
    const { lab, document } = this.#running!
    return lab.refusals.rows().map(({ ref, message }) => {
      const start = { line: 1, column: 1, offset: 0 }
      const range = document.ranges.get(ref) ?? { start, end: start }
      return { severity: 'error', code: 'text', message, range }
    })
  }

  #apply({ text, cursor }: Requests['apply']['ask']): Requests['apply']['answer'] {
    const document = readDocument(text)
    const { spec } = document
    const running = this.#running
    if (!spec) return { ok: false, rebooted: false, diagnostics: document.diagnostics, cursor }
    if (!running?.document.spec || needsReboot(running.document.spec, spec) || this.#isBootAt(cursor, document)) {
      const opened = this.#open(text)
      return {
        ok: opened.ok,
        rebooted: true,
        diagnostics: opened.diagnostics,
        cursor: opened.cursor,
        name: opened.name,
        positions: opened.positions,
        view: opened.view,
      }
    }
    let story = cursor
    if (isSameStory(running.document, document)) running.document = document
    else {
      story = this.#fork(cursor)
      followDocument(running.lab, running.document, { ...document, spec })
      running.document = document
      this.#pace.start(running.lab.now)
      this.#asked = sizeOf(running.lab)
      this.#runSlice()
      this.#pump()
    }
    return {
      ok: true,
      rebooted: false,
      diagnostics: [...document.diagnostics, ...this.#refusals()],
      cursor: Math.min(story, Math.max(0, running.lab.trace.length - 1)),
      name: spec.name,
      positions: spec.view.positions,
    }
  }

  /** Whether other objects are applied at a moment before the lab's own have been: they would come later and have the last word. */
  #isBootAt(cursor: Cursor, next: LabDocument): boolean {
    const { lab, document } = this.#running!
    if (isSameStory(document, next)) return false
    showForkPoint(lab, cursor)
    return lab.isBooting
  }

  #run(until: Requests['run']['ask']['until']): Requests['run']['answer'] {
    const { lab } = this.#running!
    goLive(lab)
    if (until === 'settled') lab.run({ events: SLICE })
    else lab.runUntil(lab.now + until)
    this.#follower.tell()
    this.#pump()
    return { now: lab.now, settled: lab.sim.settled }
  }

  #exec({ place, line, cursor }: Requests['exec']['ask']): Requests['exec']['answer'] {
    const { lab } = this.#running!
    const where = parsePlace(place)
    if (!where) return { ok: false, message: `${place}: no such place` }
    if (isUnfinishedLine(line)) return { ok: false, unfinished: true }
    // A place that is not there must not cost the person what has happened since.
    showForkPoint(lab, cursor)
    const there = resolvePlace(lab, where)
    if (!there.ok) return { ok: false, message: placeProblem(there.error) }
    const shell = this.#enterShell(there.value, place, line, cursor)
    if (shell) return shell
    const read = this.#readInPast(there.value, line, cursor)
    if (read) return read
    const forked = cursor < lab.trace.length - 1
    const story = this.#fork(cursor)
    const started = lab.input('run', place, () => startSession(lab, where, place, line))
    if (!started.ok) return { ok: false, message: placeProblem(started.error) }
    this.#follower.watch(started.value)
    this.#pace.start(lab.now)
    this.#asked = sizeOf(lab)
    this.#runSlice()
    this.#pump()
    return { ok: true, session: started.value, story: Math.min(story, Math.max(0, lab.trace.length - 1)), forked }
  }

  #enterShell(spot: Spot, place: string, line: string, cursor: number): Requests['exec']['answer'] | null {
    const { lab } = this.#running!
    showMoment(lab, cursor)
    const entered = enterShell(lab, spot, place, line)
    return entered && { ok: true, enters: entered.place, text: entered.text }
  }

  /** A command that only reads, run with the cursor in the past: answered as of then. Its session has no process, and a negative number. */
  #readInPast(spot: Spot, line: string, cursor: number): Requests['exec']['answer'] | null {
    const { lab } = this.#running!
    if (cursor >= lab.trace.length - 1) return null
    showMoment(lab, cursor)
    const answer = readInPast(lab, spot, line)
    if (!answer) return null
    const session = --this.#lastReading
    this.#post({ type: 'output', session, cursor, text: answer.text, exit: null })
    this.#post({ type: 'output', session, cursor, text: '', exit: answer.exit })
    return { ok: true, session, story: cursor, forked: false }
  }

  async #share({ text, cursor }: Requests['share']['ask']): Promise<Requests['share']['answer']> {
    // What deflates is not needed to open a lab.
    const { encodeShare } = await import('../scenario/share/encode.ts')
    return { fragment: encodeShare({ ...this.#written({ text }), cursor }) }
  }

  #written({ text }: Requests['written']['ask']): Requests['written']['answer'] {
    const lab = this.#running?.lab
    if (!lab) return { text }
    goLive(lab)
    return { text: withTyped(lab, text) }
  }

  #fork(cursor: number): number {
    const kept = forkAt(this.#running!.lab, cursor)
    this.#follower.forked(kept)
    return kept
  }

  #interrupt(session: number): Record<string, never> {
    const { lab } = this.#running!
    goLive(lab)
    lab.input('interrupt', `Session/${session}`, () => interruptSession(lab, session))
    this.#pace.start(lab.now)
    this.#asked = sizeOf(lab)
    this.#runSlice()
    this.#pump()
    return {}
  }

  /** Runs for a few milliseconds. Answers whether the lab waits for the wall clock: see `Pace`. */
  #runSlice(): boolean {
    const { lab } = this.#running!
    goLive(lab)
    try {
      if (this.#follower.watching === 0) return lab.run({ events: SLICE }) === 'time'
      return this.#runPaced(lab)
    } finally {
      this.#follower.tell()
    }
  }

  /** Second by second, so that a program that prints on and on is noticed. */
  #runPaced(lab: Lab): boolean {
    const start = lab.sim.marks.length
    for (;;) {
      const limit = this.#pace.limit(lab.now)
      const next = lab.sim.peek()?.at ?? lab.now
      if (next > limit) return true
      const ran = lab.run({ events: SLICE, until: Math.min(limit, next + SEC) })
      this.#follower.tell()
      if (ran !== 'time' || lab.sim.marks.length - start >= SLICE || this.#follower.watching === 0) return false
    }
  }

  /** Runs on in slices until the lab has settled, so that requests are answered in between. */
  #pump(after = 0): void {
    if (this.#pumping) return
    this.#pumping = true
    const next = (): void => {
      this.#pumping = false
      const running = this.#running
      if (!running) return
      goLive(running.lab)
      if (!this.#follower.wantsMore()) return
      if (this.#isRestless(running.lab)) return this.#post({ type: 'restless', now: running.lab.now })
      try {
        const waits = this.#runSlice()
        if (this.#isTooMuch(running.lab)) this.#stopAll(running.lab, { limit: 'changes', n: CHANGES_AT_MOST })
        else if (this.#pace.isOver(running.lab.now))
          this.#stopAll(running.lab, { limit: 'seconds', n: COMMAND_TIME / SEC })
        this.#pump(waits ? MAY_WAIT_MS : 0)
      } catch (problem) {
        this.#post({ type: 'failed', id: 0, report: report(problem) })
      }
    }
    setTimeout(next, after)
  }

  /** A lab that goes on for ever would fill the memory: what was asked for has had its share. A terminal's program has its pace. */
  #isRestless(lab: Lab): boolean {
    return this.#follower.watching === 0 && (this.#made(lab).records > RESTLESS_AFTER || this.#isTooMuch(lab))
  }

  #isTooMuch(lab: Lab): boolean {
    return this.#made(lab).changes > CHANGES_AT_MOST
  }

  /** Since somebody last asked for something. */
  #made(lab: Lab): Size {
    const { records, changes } = sizeOf(lab)
    return { records: records - this.#asked.records, changes: changes - this.#asked.changes }
  }

  #stopAll(lab: Lab, why: Parameters<Follower['stop']>[1]): void {
    for (const session of this.#follower.watched()) {
      this.#follower.stop(session, why)
      lab.input('interrupt', `Session/${session}`, () => interruptSession(lab, session))
    }
  }
}

/** Records that a lab may make by itself before it has to be asked for more. */
const RESTLESS_AFTER = 150_000
/**
 * Row changes that it may make meanwhile, half a gigabyte of history. A program of the terminal that makes as many (an endless loop) is
 * interrupted.
 */
const CHANGES_AT_MOST = 1_000_000

/** How much history a lab has. */
interface Size {
  readonly records: number
  readonly changes: number
}
const NOTHING_YET: Size = { records: 0, changes: 0 }
const sizeOf = ({ trace, world }: Lab): Size => ({ records: trace.length, changes: world.journal.length })
/** Milliseconds between two looks at the wall clock. */
const MAY_WAIT_MS = 60

const report = (problem: unknown): string =>
  problem instanceof Error ? `${problem.message}\n${problem.stack ?? ''}` : String(problem)
