import { fileURLToPath } from 'node:url'
import { ensureGuest } from './guest/guest.ts'
import { type GuestRun, runInGuest } from './guest/run.ts'
import { type Judge, type Judgement, type Stages, type Subject, broken, byGolden, byGuest, byHost } from './judge.ts'
import type { LabCase } from './labs/lab.ts'
import { LAB_STAGES, missingForLabs } from './labs/stages.ts'
import type { Need, Scenario } from './language.ts'
import { lackingOnHost, needsOf, toolsOf } from './real/lacking.ts'
import { buildStage, kernelRelease, missing, runReal } from './real/run.ts'
import { runSimulated } from './simulated/run.ts'
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
  async judge(
    scenarios: readonly Scenario[],
    jobs: number,
    tell: (verdict: Judgement<Scenario>) => void,
  ): Promise<void> {
    const { trace } = this.#summons
    const mine = scenarios.filter((s) => this.#forHost(s) && (!trace || traceable(s)))
    const others = trace ? [] : scenarios.filter((s) => !this.#forHost(s))
    await Promise.all([this.#onHost(mine, jobs, this.#judgeOfScenarios(), tell), this.#elsewhere(others, tell)])
  }

  /**
   * Exported labs, on this machine's kernel alone: the guest has none of their programs, and what a lab is called and numbered at random
   * would make its golden another one with every change of how clusters boot.
   */
  async judgeLabs(labs: readonly LabCase[], jobs: number, tell: (verdict: Judgement<LabCase>) => void): Promise<void> {
    const { trace, say } = this.#summons
    if (labs.length === 0 || trace) return
    const reason = this.host ? missingForLabs() : 'this machine’s kernel does not judge'
    if (reason !== null) return say(`not judged, ${reason}: ${labs.map(({ name }) => name).join(', ')}`)
    await this.#onHost(labs, jobs, byHost(LAB_STAGES, false), tell)
  }

  /** One scenario on this machine's kernel, which is there. */
  judgeOnHost(s: Scenario): Promise<Judgement<Scenario>> {
    return verdictOf(byHost(this.#stages(), false), s)
  }

  #judgeOfScenarios(): Judge<Scenario> {
    const { trace, record } = this.#summons
    return trace ? judgeByTrace(this.#play()) : byHost(this.#stages(), record)
  }

  #stages(): Stages<Scenario> {
    return { simulated: runSimulated, real: (s) => runReal(s, this.#play()) }
  }

  #forHost(s: Scenario): boolean {
    return this.host && ![...needsOf(s)].some((need) => this.#lacking.has(need))
  }

  /** The program that plays scenarios. Throws without a C compiler. */
  #play(): string {
    return (this.#stage ??= buildStage(fileURLToPath(new URL('../out/kernel', import.meta.url))))
  }

  async #onHost<S extends Subject>(
    subjects: readonly S[],
    jobs: number,
    judge: Judge<S>,
    tell: (verdict: Judgement<S>) => void,
  ): Promise<void> {
    const { seconds, say } = this.#summons
    const deadline = performance.now() + seconds * 1000
    const queue = [...subjects]
    const worker = async (): Promise<void> => {
      for (let s = queue.shift(); s && performance.now() < deadline; s = queue.shift()) tell(await verdictOf(judge, s))
    }
    await Promise.all(Array.from({ length: jobs }, worker))
    if (queue.length > 0) say(`${queue.length} not run within ${seconds} s`)
  }

  async #elsewhere(scenarios: readonly Scenario[], tell: (verdict: Judgement<Scenario>) => void): Promise<void> {
    if (scenarios.length === 0) return
    const run = await this.#inGuest(scenarios.filter((s) => toolsOf(s).length === 0))
    for (const s of scenarios) {
      const able = run && toolsOf(s).length === 0 && !olderThan(run.release, s.since)
      const seen = able ? run.of(s) : null
      const stages = { simulated: runSimulated }
      const judge = run && seen ? byGuest(stages, run.release, seen, this.#summons.record) : byGolden(stages)
      tell(await verdictOf(judge, s))
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

const verdictOf = <S extends Subject>(judge: Judge<S>, s: S): Promise<Judgement<S>> =>
  judge(s).catch((problem: unknown) => broken(s, problem))
