import type { Client, Notice } from '../../worker/client.ts'
import type { Picture } from '../../worker/picture.ts'
import type { Cursor, Diagnostic, Entity, OpenAnswer, Requests, TextEdit } from '../../worker/protocol.ts'
import { change, historyOf, onlyViewDiffers, redo, undo } from './history.ts'
import { hideBanner, showBanner } from './page.ts'
import { useSettings } from './settings.ts'
import { useCursor, useLab, usePage, useSelection, useTimeline, useView } from './stores.ts'
import { Timeline } from './timeline.ts'
import { type Direction, type Unit, nextStop } from './units.ts'

let client: Client | null = null

/** Connects the stores to a simulator. Called once, before the first lab is opened. */
export function connect(to: Client): void {
  client = to
  to.listen(receive)
  useCursor.subscribe((now, before) => {
    if (now.cursor !== before.cursor) refresh()
  })
  useSelection.subscribe(refresh)
}

/** The simulator. Features ask it directly for what only they need (completion, terminal, share). */
export function simulator(): Client {
  if (!client) throw new Error('the page is not connected to a simulator')
  return client
}

type Output = Extract<Notice, { type: 'output' }>
const outputs = new Set<(output: Output) => void>()
/** Program output, for terminals. */
export function listenToOutput(listener: (output: Output) => void): () => void {
  outputs.add(listener)
  return () => outputs.delete(listener)
}

function receive(notice: Notice): void {
  if (notice.type === 'output') {
    for (const listener of outputs) listener(notice)
    return
  }
  if (notice.type === 'failed') return report(new Error(notice.report))
  if (notice.type === 'script') return tellScript(notice.problems)
  if (notice.type === 'restless')
    return showBanner('warn', { key: 'ui.restless', params: { seconds: Math.round(notice.now / 1e9) } })
  const { timeline } = useTimeline.getState()
  const forked = notice.update.from < timeline.length
  const first = timeline.length === 0
  timeline.update(notice.update)
  if (forked || first) tellGrowth(forked)
  else growth ??= setTimeout(tellGrowth, GROWTH_MS)
}

/** What of the script could not run: beside the text, and above the page, for the text may be out of sight. */
function tellScript(scriptProblems: readonly Diagnostic[]): void {
  useLab.setState({ scriptProblems })
  const [first] = scriptProblems
  if (!first) forgetBanner('ui.script-problem')
  else
    showBanner('warn', {
      key: 'ui.script-problem',
      params: { line: first.range.start.line, detail: first.message },
    })
}

/** Takes back a banner of one of these kinds, if that is what is shown: it speaks of a lab, or a text, that is no more. */
function forgetBanner(...keys: readonly string[]): void {
  if (keys.includes(usePage.getState().banner?.text.key ?? '')) hideBanner()
}

/** A lab that runs on tells of its growth faster than a page can be drawn: at most so often is the page told. */
const GROWTH_MS = 40
let growth: ReturnType<typeof setTimeout> | undefined

function tellGrowth(forked = false): void {
  clearTimeout(growth)
  growth = undefined
  const { timeline, generation } = useTimeline.getState()
  // Who is told of a shorter timeline looks at the cursor: it must not stand behind the end.
  if (useCursor.getState().cursor >= timeline.length) travel(timeline.length - 1, false)
  useTimeline.setState({ timeline, version: timeline.version, generation: forked ? generation + 1 : generation })
  if (following) travel(timeline.length - 1, false)
  if (forked) refresh()
}

// ---- the view as of the cursor ---------------------------------------------------------------------------------------

let asking = false
let askAgain = false
let revision = -1

/** Asks for what the panels show at the cursor: one question at a time, and only for where the cursor is when it is free. */
export function refresh(): void {
  if (asking) askAgain = true
  else void askForView()
}

async function askForView(): Promise<void> {
  if (!client || useLab.getState().status !== 'running') return
  asking = true
  askAgain = false
  const { cursor } = useCursor.getState()
  const { entity } = useSelection.getState()
  try {
    const [topology, step, view] = await Promise.all([
      client.ask('topology', { cursor }),
      client.ask('step', { cursor }),
      entity ? client.ask('entity', { entity, cursor }) : null,
    ])
    const same = topology.revision === revision && useView.getState().topology !== null
    revision = topology.revision
    useView.setState({
      ...(same ? {} : { topology: topology.topology }),
      step: step.step,
      entity: view?.view ?? null,
      entityOf: entity,
    })
  } catch (problem) {
    report(problem)
  }
  asking = false
  if (askAgain) void askForView()
}

/** A bug of ours: said plainly, with what a bug report needs in the console. */
export function report(problem: unknown): void {
  console.error(problem)
  showBanner('bad', {
    key: 'ui.simulator-failed',
    params: { detail: problem instanceof Error ? problem.message : String(problem) },
  })
}

// ---- travelling ------------------------------------------------------------------------------------------------------

/** A cursor that means the live edge, also when the page does not know yet how far that is. */
export const LIVE: Cursor = Number.MAX_SAFE_INTEGER

/** While the lab runs on, the cursor stays at the live edge, until the person goes elsewhere. */
let following = false

/** Goes to the end and stays there while more comes. */
export function followLive(): void {
  following = true
  travel(useTimeline.getState().timeline.length - 1, false)
}

/** Where an input happens: at the cursor, or at the live edge when the cursor is there. */
export function inputCursor(): Cursor {
  const { cursor } = useCursor.getState()
  return following || cursor >= useTimeline.getState().timeline.length - 1 ? LIVE : cursor
}

/** Goes to a record. `glide`: as a step, whose way is shown; else at once. */
export function goTo(cursor: Cursor, glide = false): void {
  following = false
  travel(cursor, glide)
}

function travel(cursor: Cursor, glide: boolean): void {
  const { timeline } = useTimeline.getState()
  const { cursor: from } = useCursor.getState()
  const to = Math.max(0, Math.min(Math.trunc(cursor) || 0, timeline.length - 1))
  if (to === from) return
  useCursor.setState({ cursor: to, from, glide })
  if (usePage.getState().hint) usePage.setState({ hint: false })
}

/** One step of a unit. Says whether there was one to go. */
export function step(unit: Unit, direction: Direction): boolean {
  const { timeline } = useTimeline.getState()
  const { cursor } = useCursor.getState()
  const foldArp = !useSettings.getState().unfolded.includes('arp')
  const to = nextStop(timeline, cursor, unit, direction, foldArp)
  goTo(to, unit === 'into' || unit === 'over' || unit === 'hop' || unit === 'event')
  return to !== cursor
}

export const STEP_MS = 700
let ticker: ReturnType<typeof setTimeout> | undefined

export function play(): void {
  if (useCursor.getState().playing) return
  useCursor.setState({ playing: true })
  if (usePage.getState().hint) usePage.setState({ hint: false })
  tick()
}

function tick(): void {
  clearTimeout(ticker)
  if (!useCursor.getState().playing) return
  if (!step('over', 1)) return pause()
  ticker = setTimeout(tick, STEP_MS / useSettings.getState().speed)
}

export function pause(): void {
  clearTimeout(ticker)
  useCursor.setState({ playing: false })
}

export const togglePlay = (): void => (useCursor.getState().playing ? pause() : play())

/** Lets virtual time go on at the live edge (for so many ns), and goes there. */
export async function runOn(until: 'settled' | number): Promise<void> {
  try {
    await simulator().ask('run', { until })
    followLive()
  } catch (problem) {
    report(problem)
  }
}

// ---- the lab and its text --------------------------------------------------------------------------------------------

let lastTurn: Promise<unknown> = Promise.resolve()
/** What changes the text and asks the simulator meanwhile happens one after another: nothing is undone, or opened, half-way. */
function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(act, act)
  lastTurn = turn.catch(() => undefined)
  return turn
}

/** Opens a lab text or a share link. The page forgets the timeline of the lab before; its text can be had back with an undo. */
export const open = (ask: Requests['open']['ask'], prospect?: Promise<Prospect | null>): Promise<OpenAnswer> =>
  inTurn(() => {
    if (ask.fragment !== undefined) hideBanner()
    return adoptNow(simulator().ask('open', ask), prospect)
  })

/** What opening a lab will show, known beforehand, and where. */
export interface Prospect {
  readonly picture: Picture
  readonly cursor: Cursor
}

/**
 * As `open`, for a lab that is being opened already. Call it before its first message can arrive: in the same turn. A prospect is shown
 * when it comes before the answer; what the person does in it meanwhile is kept.
 */
export function adopt(asked: Promise<OpenAnswer>, prospect?: Promise<Prospect | null>): Promise<OpenAnswer> {
  const turn = adoptNow(asked, prospect)
  lastTurn = turn.catch(() => undefined)
  return turn
}

async function adoptNow(asked: Promise<OpenAnswer>, prospect?: Promise<Prospect | null>): Promise<OpenAnswer> {
  pause()
  forgetBanner('ui.restless', 'ui.script-problem')
  const before = useTimeline.getState()
  const fresh = new Timeline()
  useTimeline.setState({ timeline: fresh, version: 0, generation: before.generation + 1 })
  let shown = false
  const showFirst = (found: Prospect | null): void => {
    if (!found || fresh.length > 0 || useTimeline.getState().timeline !== fresh) return
    shown = true
    show(found)
  }
  prospect?.then(showFirst).catch(report)
  const answer = await asked
  if (!answer.ok) {
    useTimeline.setState({ timeline: before.timeline, version: before.version, generation: before.generation + 2 })
    return answer
  }
  if (shown) confirm(answer)
  else replace(answer, fresh)
  return answer
}

/** Another lab: nothing of the one before is left. */
function replace(answer: OpenAnswer, fresh: Timeline): void {
  revision = -1
  useView.setState({ topology: null, step: null, entity: null, entityOf: null })
  // The cursor first: whatever changes while a lab runs is asked about, and as of where the cursor is.
  place(Math.max(0, Math.min(answer.cursor, fresh.length - 1)))
  select0()
  useLab.setState(({ history, opened }) => ({
    ...labOf(answer),
    status: 'running',
    opened: opened + 1,
    history: history.present === '' ? historyOf(answer.text) : change(history, answer.text, false, performance.now()),
  }))
  if (answer.view) {
    const { topology, step } = answer.view
    revision = answer.view.revision
    useView.setState({ topology, step, entity: null, entityOf: null })
  } else refresh()
}

const labOf = ({ name, text, diagnostics, positions }: OpenAnswer) => ({
  name,
  history: historyOf(text),
  applied: text,
  diagnostics,
  diagnosed: text,
  positions,
})

const place = (cursor: Cursor): void => useCursor.setState({ cursor, from: cursor, glide: false, playing: false })

/** Shows what the simulator is about to tell. */
function show({ picture: { answer, update }, cursor }: Prospect): void {
  const { timeline } = useTimeline.getState()
  timeline.update(update)
  useTimeline.setState({ version: timeline.version })
  useLab.setState(labOf(answer))
  place(cursor)
  revision = answer.view.revision
  useView.setState({ topology: answer.view.topology, step: cursor === answer.cursor ? answer.view.step : null })
}

/** The simulator has told what was shown; what it is asked from now on it answers. */
function confirm({ cursor, view }: OpenAnswer): void {
  useLab.setState({ status: 'running' })
  if (view && cursor === useCursor.getState().cursor && view.revision === revision && !useSelection.getState().entity)
    useView.setState({ step: view.step })
  else refresh()
}

function select0(): void {
  useSelection.setState({ entity: null })
  usePage.setState({ terminals: [], terminal: null, changed: null })
  following = false
}

/** The text was changed in the editor. */
export function typed(text: string): void {
  useLab.setState(({ history }) => ({ history: change(history, text, true, performance.now()) }))
}

export function undoText(): void {
  void inTurn(() => {
    useLab.setState(({ history }) => ({ history: undo(history) }))
    return followView()
  })
}
export function redoText(): void {
  void inTurn(() => {
    useLab.setState(({ history }) => ({ history: redo(history) }))
    return followView()
  })
}

/** Changes the text by edits that leave everything else as it stands. Edits of the view alone hold at once. */
export function edit(edits: readonly TextEdit[]): Promise<void> {
  return inTurn(async () => {
    let before = ''
    let edited = { text: '' }
    // Whoever typed meanwhile has changed the text under the edit: it is made in theirs.
    do {
      before = useLab.getState().history.present
      edited = await simulator().ask('edit', { text: before, edits })
    } while (useLab.getState().history.present !== before)
    useLab.setState(({ history }) => ({ history: change(history, edited.text, false, performance.now()) }))
    if (edits.every(({ edit: kind }) => kind === 'position') && before === useLab.getState().applied) await applyNow()
  })
}

/** Positions live in the text: after an undo the canvas shows what the text says. */
async function followView(): Promise<void> {
  const { history, applied } = useLab.getState()
  if (onlyViewDiffers(history.present, applied)) await applyNow()
}

/**
 * Makes the running lab follow the text; with errors the last good lab runs on. It happens at the cursor, and what came after is
 * forgotten: a text that differs in its view alone changes nothing in the lab and is told at the live edge, where nothing is lost.
 * The cursor goes along to where it leads; `changed` remembers where it began.
 */
export const apply = (): Promise<boolean> => inTurn(applyNow)

async function applyNow(): Promise<boolean> {
  const { history, applied } = useLab.getState()
  const text = history.present
  const viewOnly = onlyViewDiffers(text, applied)
  const cursor = viewOnly ? LIVE : inputCursor()
  useLab.setState({ applying: true })
  try {
    const answer = await simulator().ask('apply', { text, cursor })
    useLab.setState({ applying: false, diagnostics: answer.diagnostics, diagnosed: text })
    if (!answer.ok) return false
    if (!viewOnly) forgetBanner('ui.restless')
    if (answer.rebooted) showBooted(answer)
    else if (!viewOnly) {
      usePage.setState({ changed: answer.cursor })
      followLive()
    }
    revision = -1
    const { name, positions } = useLab.getState()
    useLab.setState({ applied: text, name: answer.name ?? name, positions: answer.positions ?? positions })
    refresh()
    return true
  } catch (problem) {
    useLab.setState({ applying: false })
    report(problem)
    return false
  }
}

/** The lab was booted anew: what was seen of the one before is not laid out as if it belonged to this one. */
function showBooted({ cursor, view }: Requests['apply']['answer']): void {
  usePage.setState({ changed: null })
  goTo(cursor)
  if (view) useView.setState({ topology: view.topology, step: view.step })
}

export const isEntity = (entity: Entity | null, kind: Entity['kind'], id: string | number): boolean =>
  entity !== null && entity.kind === kind && (entity.kind === 'object' ? entity.ref === id : entity.id === id)

/** Moves something on the canvas; its place is kept in the text. */
export function moveBy(
  id: string,
  from: { readonly x: number; readonly y: number },
  by: { readonly x: number; readonly y: number },
): void {
  moveTo(id, { x: from.x + by.x, y: from.y + by.y })
}

export function moveTo(id: string, at: { readonly x: number; readonly y: number }): void {
  const [x, y] = [Math.round(at.x), Math.round(at.y)]
  useLab.setState(({ positions }) => ({ positions: { ...positions, [id]: { x, y } } }))
  edit([{ edit: 'position', id, x, y }]).catch(report)
}
