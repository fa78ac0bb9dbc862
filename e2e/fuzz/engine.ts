import { Hits } from './hits.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import type { Target } from './target.ts'

export interface Finding {
  readonly kind: 'throws' | 'slow' | 'hangs'
  /** First line of the error, or the milliseconds. */
  readonly what: string
  readonly stack: string
  readonly input: string
}

export interface Figures {
  runs: number
  seconds: number
  /** Kinds of answers met. */
  kinds: number
  /** Branches taken at least once, of those that were counted. */
  places: number
  corpus: number
  slowest: number
  largest: number
  /** Bytes that the process held at most (resident). */
  memory: number
}

const nothing = (): Figures => ({
  runs: 0,
  seconds: 0,
  kinds: 0,
  places: 0,
  corpus: 0,
  slowest: 0,
  largest: 0,
  memory: 0,
})

export interface Budget {
  readonly milliseconds: number
  readonly runs?: number
}

/** Told before every run, so that somebody else can say which input hangs; and of everything that is found. */
export interface Watcher {
  before(input: string): void
  found(finding: Finding): void
}

const LIMIT = 65_536
const PATIENCE = 1000
const CORPUS = 3000

/**
 * Runs inputs through a target: its seeds, then mutations of what took a new branch or took one much more often (without branch
 * counters: what gave a new kind of answer). Goes on after a finding.
 */
export async function fuzz(
  target: Target,
  seeds: readonly string[],
  seed: number,
  budget: Budget,
  watcher: Watcher,
): Promise<Figures> {
  const random = new Random(seed)
  const limit = target.limit ?? LIMIT
  const figures = nothing()
  const kinds = new Set<string>()
  const hits = new Hits()
  const corpus: string[] = []
  const start = performance.now()
  const left = (): boolean =>
    performance.now() - start < budget.milliseconds && figures.runs < (budget.runs ?? Infinity)
  const once = async (input: string): Promise<void> => {
    hits.clear()
    const kind = await attempt(target, input, figures, watcher)
    const newWay = hits.isNew()
    if (kind === null) return
    const newKind = !kinds.has(kind)
    if (newKind) kinds.add(kind)
    if (hits.counted ? !newWay : !newKind) return
    if (corpus.length < CORPUS) corpus.push(input)
    else corpus[random.below(CORPUS)] = input
  }
  const all = [...seeds, ...target.seeds()].map((each) => each.slice(0, limit))
  for (const input of all) if (left()) await once(input)
  const others = all.length > 0 ? all : ['']
  while (left()) {
    const from = parent(random, others, corpus)
    const pool = { dictionary: target.dictionary, others, bytes: target.bytes ?? false }
    await once(mutate(from, random, pool, limit))
  }
  figures.seconds = (performance.now() - start) / 1000
  figures.kinds = kinds.size
  figures.places = hits.places
  figures.memory = process.resourceUsage().maxRSS * 1024
  figures.corpus = corpus.length
  return figures
}

/** Sometimes something real; mostly something strange that went a new way, of late rather than long ago. */
function parent(random: Random, real: readonly string[], corpus: readonly string[]): string {
  if (corpus.length === 0 || random.below(4) === 0) return random.pick(real)
  if (random.below(2) === 0) return random.pick(corpus)
  const late = Math.min(corpus.length, 50)
  return corpus[corpus.length - 1 - random.below(late)]!
}

/** Kind of the answer; `null` when there was none. */
export async function attempt(
  target: Target,
  input: string,
  figures: Figures,
  watcher: Watcher,
): Promise<string | null> {
  watcher.before(input)
  figures.runs++
  figures.largest = Math.max(figures.largest, input.length)
  const start = performance.now()
  let kind: string | null = null
  try {
    kind = await target.run(input)
  } catch (problem) {
    const error = problem instanceof Error ? problem : new Error(String(problem))
    watcher.found({
      kind: 'throws',
      what: `${error.name}: ${error.message.split('\n')[0]}`,
      stack: error.stack ?? '',
      input,
    })
  }
  const took = performance.now() - start
  figures.slowest = Math.max(figures.slowest, took)
  if (took > (target.patience ?? PATIENCE))
    watcher.found({ kind: 'slow', what: `${Math.round(took)} ms`, stack: '', input })
  return kind
}

/** A shorter input with the same finding, found by leaving parts out; for people to read. */
export async function shrink(target: Target, finding: Finding, patience: number): Promise<string> {
  const start = performance.now()
  const same = async (input: string): Promise<boolean> => {
    let again: Finding | null = null
    const figures = nothing()
    await attempt(target, input, figures, { before: () => {}, found: (each) => void (again = each) })
    const found = again as Finding | null
    return (
      found?.kind === finding.kind && (finding.kind === 'slow' || found.what.slice(0, 40) === finding.what.slice(0, 40))
    )
  }
  let best = finding.input
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length;) {
      if (performance.now() - start > patience) return best
      const shorter = best.slice(0, at) + best.slice(at + size)
      if (await same(shorter)) best = shorter
      else at += size
    }
  }
  return best
}
