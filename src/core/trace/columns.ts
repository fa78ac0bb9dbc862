/** The columns of the trace: one typed array each, 36 bytes a record in all. Structured-cloneable and transferable. */
export interface TraceColumns {
  /** Virtual time, ns. */
  t: Float64Array
  /** Packet id, 1-based. */
  packet: Uint32Array
  /** The packet as it is after this step: see `Trace.frameAt`. */
  state: Uint32Array
  /** Index into the details: what decided. 0 = nothing to tell. */
  detail: Uint32Array
  /** Journal length when the step was recorded: seek there to see the tables as of this step. */
  journal: Uint32Array
  /** Link id the step is about; 0 = none. */
  dev: Uint32Array
  /** Network namespace id (or fabric place). */
  place: Uint32Array
  point: Uint8Array
  verdict: Uint8Array
  drop: Uint8Array
  /** Nesting of chain jumps, hooks and calls, for folding. */
  depth: Uint8Array
}

export const BYTES_PER_RECORD = 8 + 6 * 4 + 4

export const makeColumns = (size: number): TraceColumns => ({
  t: new Float64Array(size),
  packet: new Uint32Array(size),
  state: new Uint32Array(size),
  detail: new Uint32Array(size),
  journal: new Uint32Array(size),
  dev: new Uint32Array(size),
  place: new Uint32Array(size),
  point: new Uint8Array(size),
  verdict: new Uint8Array(size),
  drop: new Uint8Array(size),
  depth: new Uint8Array(size),
})

export const COLUMN_NAMES = [
  't',
  'packet',
  'state',
  'detail',
  'journal',
  'dev',
  'place',
  'point',
  'verdict',
  'drop',
  'depth',
] as const satisfies readonly (keyof TraceColumns)[]

/** Writes records [from, to) of one set of columns into another, from index `at` on. */
export function copy(source: TraceColumns, from: number, to: number, target: TraceColumns, at: number): void {
  for (const name of COLUMN_NAMES) target[name].set(source[name].subarray(from, to), at)
}

/** A copy of `from` resized to `size` records. */
export function resize(from: TraceColumns, size: number): TraceColumns {
  const to = makeColumns(size)
  copy(from, 0, Math.min(size, from.t.length), to, 0)
  return to
}

/** Records [from, to) as columns of their own, to be transferred elsewhere. */
export function slice(columns: TraceColumns, from: number, to: number): TraceColumns {
  const part = makeColumns(to - from)
  copy(columns, from, to, part, 0)
  return part
}
