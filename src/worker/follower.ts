import { TimelineFeed } from '../core/explain/timeline.ts'
import type { ProcessDetail } from '../core/kernel/process/details.ts'
import { sessionOutput } from '../core/lab/session.ts'
import { POINT_CODE } from '../core/trace/vocabulary.ts'
import type { Running } from './host.ts'
import { scriptDiagnostics } from './problems.ts'
import type { Cursor, WorkerMessage } from './protocol.ts'
import { explainEnv } from './views.ts'

type Output = Extract<WorkerMessage, { type: 'output' }>

/** Tells the page what has come since it was last told: records of the timeline, output of the sessions it has started. */
export class Follower {
  readonly #post: (message: WorkerMessage) => void
  readonly #printed: () => void
  #running: Running | null = null
  #feed: TimelineFeed | null = null
  /** Entries of the script that are known to have failed. */
  #failed = 0
  /** Records whose output has been told. */
  #read = 0
  readonly #sessions = new Set<number>()
  /** Sessions that were stopped by a limit, and have been told so. */
  readonly #stopped = new Set<number>()

  /** `printed` is told of each piece of output. */
  constructor(post: (message: WorkerMessage) => void, printed: () => void = () => {}) {
    this.#post = post
    this.#printed = printed
  }

  /** Another lab: everything is told anew. */
  follow(running: Running): void {
    this.#running = running
    this.#feed = new TimelineFeed(explainEnv(running.lab))
    this.#read = running.lab.trace.length
    this.#forget(() => true)
    this.#failed = -1
    this.#tellTimeline()
    this.#tellScript()
  }

  /** A session whose output the page wants. */
  watch(session: number): void {
    this.#sessions.add(session)
  }

  /** The timeline was forked: what was told from `length` on is void. */
  forked(length: Cursor): void {
    this.#feed?.rewind(length)
    this.#read = Math.min(this.#read, length)
    const lab = this.#running?.lab
    this.#forget((session) => lab?.sessions.get(session) === undefined)
  }

  /** Sessions that still run. */
  watched(): number[] {
    return [...this.#sessions].sort((a, b) => a - b)
  }
  get watching(): number {
    return this.#sessions.size
  }

  /** Tells why a session is about to be interrupted, once. */
  stop(session: number, stopped: NonNullable<Output['stopped']>): void {
    if (this.#stopped.has(session)) return
    this.#stopped.add(session)
    const cursor = Math.max(0, (this.#running?.lab.trace.length ?? 0) - 1)
    this.#post({ type: 'output', session, cursor, text: '', exit: null, stopped })
  }

  /** A session that the present has never seen is over: its terminal must not wait for it. */
  #forget(isGone: (session: number) => boolean): void {
    for (const session of this.watched().filter(isGone)) {
      this.#sessions.delete(session)
      this.#stopped.delete(session)
      this.#post({ type: 'output', session, cursor: 0, text: '', exit: 0, gone: true })
    }
  }

  tell(): void {
    this.#tellTimeline()
    this.#tellScript()
    this.#tellOutput()
  }

  /** What of the script could not be run. */
  #tellScript(): void {
    if (!this.#running) return
    const { lab, document } = this.#running
    const failed = lab.script.rows().filter(({ problem }) => problem !== null).length
    if (failed === this.#failed) return
    this.#failed = failed
    this.#post({ type: 'script', problems: scriptDiagnostics(lab, document.text) })
  }

  /** First record of what the script set off; without a script the beginning. */
  story(): Cursor {
    const first = this.#running?.lab.script.rows().find((row) => row.session > 0)
    return first?.story ?? 0
  }

  /** Whether the lab has something to do before it comes to rest. */
  wantsMore(): boolean {
    const lab = this.#running?.lab
    return lab !== undefined && lab.wantsMore
  }

  #tellTimeline(): void {
    const feed = this.#feed
    if (!feed || !this.#running) return
    this.#post({ type: 'timeline', update: feed.take(this.story()) })
  }

  #tellOutput(): void {
    const lab = this.#running?.lab
    if (!lab) return
    const { trace } = lab
    const app = POINT_CODE.get('app')!
    for (let cursor = this.#read; cursor < trace.length; cursor++) {
      if (trace.columns.point[cursor] !== app) continue
      const detail = trace.details[trace.columns.detail[cursor]!] as ProcessDetail
      if (detail.d === 'output' && this.#sessions.has(detail.root)) {
        this.#printed()
        this.#post({ type: 'output', session: detail.root, cursor, text: detail.text, exit: null })
      }
    }
    this.#read = trace.length
    for (const session of this.#sessions) {
      const { exit } = sessionOutput(lab, session)
      if (exit === null) continue
      this.#sessions.delete(session)
      this.#post({ type: 'output', session, cursor: Math.max(0, trace.length - 1), text: '', exit })
    }
  }
}
