import { MS, SEC, US, type SimTime } from '../../base/time.ts'

const UNITS: Readonly<Record<string, SimTime>> = { ns: 1, us: US, µs: US, ms: MS, s: SEC, m: 60 * SEC, h: 3600 * SEC }

/** time.ParseDuration of Go, without signs: `1s`, `1h30m`, `1.5s`, `0`. `null` when it is none. */
export function parseGoDuration(text: string): SimTime | null {
  if (text === '0') return 0
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return null
  let total = 0
  for (const [, number, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(number) * UNITS[unit!]!
  return Math.round(total)
}
