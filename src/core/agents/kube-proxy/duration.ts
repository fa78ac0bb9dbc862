import { MS, SEC, US, type SimTime } from '../../base/time.ts'

const UNITS: Readonly<Record<string, SimTime>> = { ns: 1, us: US, µs: US, ms: MS, s: SEC, m: 60 * SEC, h: 3600 * SEC }

/** time.ParseDuration of Go, without signs: `1s`, `1h30m`, `1.5s`, `0`. `null` when it is none. */
export function parseGoDuration(text: string): SimTime | null {
  if (text === '0') return 0
  // Part by part, each from where the one before ended: a pattern over the whole text would try every way to cut the digits.
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/y
  let total = 0
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (!match) return null
    total += Number(match[1]) * UNITS[match[2]!]!
  }
  return text !== '' && Number.isSafeInteger(Math.round(total)) ? Math.round(total) : null
}
