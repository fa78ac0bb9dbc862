import type { SimTime } from '../../base/time.ts'

/** time.Duration.String(): `1m40s`, `1.5s`, `150ms`. Non-negative. */
export function goDuration(ns: SimTime): string {
  if (ns === 0) return '0s'
  if (ns < 1_000) return `${ns}ns`
  if (ns < 1_000_000) return `${trim(ns / 1_000)}µs`
  if (ns < 1_000_000_000) return `${trim(ns / 1_000_000)}ms`
  const seconds = ns / 1_000_000_000
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = `${trim(seconds % 60)}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}

const trim = (value: number): string => String(Number(value.toFixed(9)))
