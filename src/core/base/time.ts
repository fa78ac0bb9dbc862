/** Virtual time: an integer count of nanoseconds since the lab was switched on (exact to 104 days). */
export type SimTime = number

export const NS: SimTime = 1
export const US: SimTime = 1_000
export const MS: SimTime = 1_000_000
export const SEC: SimTime = 1_000_000_000

/** The wall clock that programs in the lab read at virtual time 0, so that dates in their output are the same in every run. */
export const EPOCH_MS = Date.UTC(2026, 0, 1)

/** RFC 3339 in whole seconds, as the API server writes `metadata.creationTimestamp`. */
export const timestamp = (t: SimTime): string =>
  new Date(EPOCH_MS + Math.floor(t / SEC) * 1000).toISOString().replace('.000Z', 'Z')

/** RFC 3339 with microseconds, as the API server writes MicroTime (Lease). */
export function microTimestamp(t: SimTime): string {
  const micros = Math.floor((t % SEC) / US)
  return `${timestamp(t).slice(0, -1)}.${String(micros).padStart(6, '0')}Z`
}
