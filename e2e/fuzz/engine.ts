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
  corpus: number
  slowest: number
  largest: number
  /** Bytes that the heap held at most. */
  heap: number
}

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

/** Runs inputs through a target: its seeds, then mutations of what gave new kinds of answers. Goes on after a finding. */
export async function fuzz(
  target: Target,
  seeds: readonly string[],
  seed: number,
  budget: Budget,
  watcher: Watcher,
): Promise<Figures> {
  const random = new Random(seed)
  const limit = target.limit ?? LIMIT
  const figures: Figures = { runs: 0, seconds: 0, kinds: 0, corpus: 0, slowest: 0, largest: 0, heap: 0 }
  const kinds = new Set<string>()
  const corpus: string[] = []
  const start = performance.now()
  const left = (): boolean =>
    performance.now() - start < budget.milliseconds && figures.runs < (budget.runs ?? Infinity)
  const once = async (input: string): Promise<void> => {
    const kind = await attempt(target, input, figures, watcher)
    if (kind === null || kinds.has(kind)) return
    kinds.add(kind)
    if (corpus.length < CORPUS) corpus.push(input)
    else corpus[random.below(CORPUS)] = input
  }
  const all = [...seeds, ...target.seeds()].map((each) => each.slice(0, limit))
  for (const input of all) if (left()) await once(input)
  const others = all.length > 0 ? all : ['']
  while (left()) {
    // half of the time something real, half of the time something strange that answered in a new way
    const from = random.below(2) === 0 || corpus.length === 0 ? random.pick(others) : random.pick(corpus)
    const pool = { dictionary: target.dictionary, others, bytes: target.bytes ?? false }
    await once(mutate(from, random, pool, limit))
  }
  figures.seconds = (performance.now() - start) / 1000
  figures.kinds = kinds.size
  figures.corpus = corpus.length
  return figures
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
  if (figures.runs % 500 === 0) figures.heap = Math.max(figures.heap, process.memoryUsage().heapUsed)
  return kind
}

/** A shorter input with the same finding, found by leaving parts out; for people to read. */
export async function shrink(target: Target, finding: Finding, patience: number): Promise<string> {
  const start = performance.now()
  const same = async (input: string): Promise<boolean> => {
    let again: Finding | null = null
    const figures: Figures = { runs: 0, seconds: 0, kinds: 0, corpus: 0, slowest: 0, largest: 0, heap: 0 }
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
