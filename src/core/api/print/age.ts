import { EPOCH_MS, MS, SEC, type SimTime } from '../../base/time.ts'

/**
 * A duration as kubectl writes ages (k8s.io/apimachinery/pkg/util/duration HumanDuration): `119s`, `5m3s`, `45m`, `3h5m`,
 * `47h`, `2d3h`, `30d`, `3y20d`. A negative one is a skewed clock: `<invalid>`, within a second `0s`.
 */
export function humanDuration(duration: SimTime): string {
  const seconds = Math.trunc(duration / SEC)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 192) return two(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  const years = Math.trunc(days / 365)
  return days < 8 * 365 ? two(years, 'y', days % 365, 'd') : `${years}y`
}

const two = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`

/** RFC 3339 text to virtual time, whatever its offset from UTC; `null` when it is not a time. */
export function simTimeOf(text: string): SimTime | null {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(text)
  const ms = match ? Date.parse(match[1]! + match[3]!) : Number.NaN
  return Number.isNaN(ms) ? null : (ms - EPOCH_MS) * MS + Math.round(Number(`0${match![2] ?? ''}`) * SEC)
}

/** How long ago a timestamp was, as the AGE column has it; `<unknown>` without one. */
export function ageOf(text: string | undefined, now: SimTime): string {
  const then = text ? simTimeOf(text) : null
  return then === null ? '<unknown>' : humanDuration(now - then)
}
