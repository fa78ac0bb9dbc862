import type { IntOrString } from './types.ts'

/** `25%` as 25; `null` for anything that is not a whole percentage. */
export function parsePercent(value: IntOrString): number | null {
  const match = typeof value === 'string' ? /^(\d+)%$/.exec(value) : null
  return match ? Number(match[1]) : null
}

/**
 * A count or a share of `total` (intstr.GetScaledValueFromIntOrPercent): maxSurge rounds up, maxUnavailable rounds down.
 * Text that is neither counts as 0; validation has refused it before.
 */
export function scaledValue(value: IntOrString | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const percent = parsePercent(value)
  if (percent === null) return 0
  const exact = (percent * total) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}

/** maxSurge and maxUnavailable of a rolling update, in pods; both 0 makes one unavailable (deployment_util.go ResolveFenceposts). */
export function rollingBounds(
  strategy: { readonly maxSurge?: IntOrString; readonly maxUnavailable?: IntOrString } | undefined,
  replicas: number,
): { readonly surge: number; readonly unavailable: number } {
  const surge = scaledValue(strategy?.maxSurge, replicas, 'up')
  const unavailable = scaledValue(strategy?.maxUnavailable, replicas, 'down')
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable }
}
