import { fileURLToPath } from 'node:url'
import { ensureGuest } from './guest/guest.ts'
import { type GuestRun, runInGuest } from './guest/run.ts'
import { type Judge, type Judgement, broken, byGolden, byGuest, byHost } from './judge.ts'
import type { Need, Scenario } from './language.ts'
import { lackingOnHost, needsOf, toolsOf } from './real/lacking.ts'
import { buildStage, kernelRelease, missing } from './real/run.ts'
import { judgeByTrace, traceable } from './trace/judge.ts'

interface Summons {
  /** `host`, `guest` or `golden`: only that judge. */
  readonly on?: string
  /** What a kernel does becomes the golden. */
  readonly record: boolean
  /** Rule by rule instead of packet by packet: netfilter's own trace, on this machine's kernel. */
  readonly trace: boolean
  /** How long all of it may take; what is not played by then in the guest is compared with goldens, what waits for the host is left. */
  readonly seconds: number
  readonly say: (line: string) => void
}

/** Which kernel judges which scenario: this machine's own where it can; else the guest's; else a golden. */
export class Court {
  /** Whether this machine's kernel can judge at all. */
  readonly host: boolean
  readonly #lacking: ReadonlySet<Need>
  readonly #summons: Summons
  #stage: string | null = null

  constructor(summons: Summons) {
    const { on, say } = (this.#summons = summons)
    const reason = on === undefined || on === 'host' ? missing() : `${on} was asked for`
    this.host = reason === null
    this.#lacking = this.host ? lackingOnHost() : new Set()
    const without = this.#lacking.size > 0 ? `; it has no ${[...this.#lacking].join(', ')}` : ''
    say(
      this.host
        ? `judged by this machine's Linux ${kernelRelease()}${without}`
        : `not judged by this machine's kernel: ${reason}`,
    )
  }

  /** Hands every verdict to `tell` as it comes. */
  async judge(scenarios: readonly Scenario[], jobs: number, tell: (verdict: Judgement) => void): Promise<void> {
    const { trace } = this.#summons
    const mine = scenarios.filter((s) => this.#forHost(s) && (!trace || traceable(s)))
    const others = trace ? [] : scenarios.filter((s) => !this.#forHost(s))
    await Promise.all([this.#onHost(mine, jobs, tell), this.#elsewhere(others, tell)])
  }

  /** One scenario on this machine's kernel, which is there. */
  judgeOnHost(s: Scenario): Promise<Judgement> {
    return verdictOf(byHost(this.#play(), false), s)
  }

  #forHost(s: Scenario): boolean {
    return this.host && ![...needsOf(s)].some((need) => this.#lacking.has(need))
  }

  /** The program that plays scenarios. Throws without a C compiler. */
  #play(): string {
    return (this.#stage ??= buildStage(fileURLToPath(new URL('../out/kernel', import.meta.url))))
  }

  async #onHost(scenarios: readonly Scenario[], jobs: number, tell: (verdict: Judgement) => void): Promise<void> {
    if (scenarios.length === 0) return
    const { seconds, record, trace, say } = this.#summons
    const judge = trace ? judgeByTrace(this.#play()) : byHost(this.#play(), record)
    const deadline = performance.now() + seconds * 1000
    const queue = [...scenarios]
    const worker = async (): Promise<void> => {
      for (let s = queue.shift(); s && performance.now() < deadline; s = queue.shift()) tell(await verdictOf(judge, s))
    }
    await Promise.all(Array.from({ length: jobs }, worker))
    if (queue.length > 0) say(`${queue.length} scenarios not run within ${seconds} s`)
  }

  async #elsewhere(scenarios: readonly Scenario[], tell: (verdict: Judgement) => void): Promise<void> {
    if (scenarios.length === 0) return
    const run = await this.#inGuest(scenarios.filter((s) => toolsOf(s).length === 0))
    for (const s of scenarios) {
      const able = run && toolsOf(s).length === 0 && !olderThan(run.release, s.since)
      const seen = able ? run.of(s) : null
      tell(await verdictOf(run && seen ? byGuest(run.release, seen, this.#summons.record) : byGolden, s))
    }
  }

  async #inGuest(scenarios: readonly Scenario[]): Promise<GuestRun | null> {
    const { on, seconds, say } = this.#summons
    try {
      if (on === 'host' || on === 'golden') throw new Error(`${on} was asked for`)
      const run = await runInGuest(ensureGuest(say), this.#play(), scenarios, seconds)
      say(`${scenarios.length} scenarios judged by Linux ${run.release} in qemu`)
      return run
    } catch (problem) {
      say(
        `${scenarios.length} scenarios judged by goldens, not in qemu: ${problem instanceof Error ? problem.message : String(problem)}`,
      )
      return null
    }
  }
}

/** Of releases such as `6.1.192`: whether the first comes before the second. */
function olderThan(release: string, since = '0'): boolean {
  const [a, b] = [release, since].map((each) => each.split('.').map(Number))
  for (const [i, part] of b!.entries()) if (a![i] !== part) return (a![i] ?? 0) < part
  return false
}

const verdictOf = (judge: Judge, s: Scenario): Promise<Judgement> =>
  judge(s).catch((problem: unknown): Judgement => broken(s, problem))
