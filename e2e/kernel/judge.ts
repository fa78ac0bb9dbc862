import { type Difference, compare } from './compare.ts'
import { excused } from './deviations.ts'
import { readGolden, writeGolden } from './goldens.ts'
import type { Observation } from './observation.ts'
import { kernelRelease } from './real/run.ts'
import type { Deviation } from '../../src/passport/passport.ts'

/** What is judged: a scenario, or a lab that is exported. */
export interface Subject {
  /** File name of its golden, too: letters, digits, `-`. */
  readonly name: string
  /** What it is about, in one sentence. */
  readonly about: string
  /** Known deviations (deviations.ts) by name: what they excuse is left out of the comparison, visibly. */
  readonly deviations?: readonly Deviation[]
}

/** How a kind of subject is played. */
export interface Stages<S extends Subject> {
  simulated(subject: S): Observation
  /** On this machine's kernel. */
  real(subject: S): Promise<Observation>
}

export interface Judgement<S extends Subject = Subject> {
  readonly subject: S
  readonly differences: readonly Difference[]
  /** What the kernel did, or was once seen to do; `null`: nobody knows. */
  readonly real: Observation | null
  /** Who judged: `host`, `guest`, `golden`. */
  readonly by: string
  readonly note: string
}

export type Judge<S extends Subject> = (subject: S) => Promise<Judgement<S>>

/** Different figures on a busy machine: a run that differs is repeated, and a difference of the simulator shows again. */
const ATTEMPTS = 3

/** This machine's kernel. `record`: what it does becomes the golden. */
export const byHost =
  <S extends Subject>(stages: Stages<S>, record: boolean): Judge<S> =>
  async (subject) => {
    let verdict: Judgement<S> | null = null
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const real = await stages.real(subject)
      verdict = { ...against(stages, subject, real, 'host'), note: attempt === 1 ? '' : `, attempt ${attempt}` }
      if (record && (attempt === 1 || verdict.differences.length === 0)) writeGolden(subject, real, kernelRelease())
      if (verdict.differences.length === 0) break
    }
    return verdict!
  }

/** What the guest's kernel did. */
export const byGuest =
  <S extends Subject>(
    stages: Pick<Stages<S>, 'simulated'>,
    release: string,
    seen: Observation | Error,
    record: boolean,
  ): Judge<S> =>
  (subject) => {
    if (seen instanceof Error) return Promise.reject(seen)
    if (record) writeGolden(subject, seen, release)
    return Promise.resolve(against(stages, subject, seen, 'guest'))
  }

/** What a kernel was once seen to do. */
export const byGolden =
  <S extends Subject>(stages: Pick<Stages<S>, 'simulated'>): Judge<S> =>
  (subject) => {
    const golden = readGolden(subject)
    if (!golden) return Promise.reject(new Error(`no golden: npm run kernel -- --record ${subject.name}`))
    return Promise.resolve(against(stages, subject, golden.observation, 'golden'))
  }

function against<S extends Subject>(
  stages: Pick<Stages<S>, 'simulated'>,
  subject: S,
  real: Observation,
  by: string,
): Judgement<S> {
  const simulated = excused(stages.simulated(subject), subject.deviations)
  return { subject, differences: compare(excused(real, subject.deviations), simulated), real, by, note: '' }
}

export function broken<S extends Subject>(subject: S, problem: unknown): Judgement<S> {
  const section = `could not run: ${problem instanceof Error ? problem.message : String(problem)}`
  const difference = { section, at: 0, real: undefined, simulated: undefined, counts: [0, 0] } as const
  return { subject, differences: [difference], real: null, by: 'nobody', note: '' }
}
