import { isPlain } from './counting.ts'

/** Numbers with units, in a language. Values are those of the simulator: nanoseconds, bytes, bits per second. */
export interface Formatters {
  /** `12,345.6` */
  number(value: number, maximumFractionDigits?: number): string
  /** A moment of virtual time: seconds with grouped decimals, `1.204 318 s`. `decimals` 0 to 9, default 6. */
  time(ns: number, decimals?: number): string
  /** A span in its natural unit: `200 µs`, `1.5 ms`, `42 s`, `2 min 5 s`. */
  duration(ns: number): string
  /** `1,450 B`, `12.5 KiB`. */
  bytes(value: number): string
  /** `1 Gbit/s`. */
  rate(bitsPerSecond: number): string
  /** `0.5 %`; takes the share, 0 to 1. */
  percent(share: number): string
}

/** U+202F, narrow no-break space: groups digits and joins a number to its unit without letting a line break there. */
export const THIN = '\u202f'

const SPAN_UNITS = [
  { unit: 's', ns: 1e9 },
  { unit: 'ms', ns: 1e6 },
  { unit: 'µs', ns: 1e3 },
  { unit: 'ns', ns: 1 },
] as const
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const RATE_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const

export function createFormatters(locale: string): Formatters {
  const cache = new Map<number, Intl.NumberFormat>()
  const number = (value: number, maximumFractionDigits = 3): string => {
    if (isPlain(value)) return String(value)
    let format = cache.get(maximumFractionDigits)
    if (!format) cache.set(maximumFractionDigits, (format = new Intl.NumberFormat(locale, { maximumFractionDigits })))
    return format.format(value)
  }
  const scaled = (value: number, step: number, units: readonly string[], digits: number): string => {
    let index = 0
    let rest = value
    while (Math.abs(rest) >= step && index < units.length - 1) {
      rest /= step
      index++
    }
    return `${number(rest, index === 0 ? 0 : digits)}${THIN}${units[index]!}`
  }
  return {
    number,
    time: (ns, decimals = 6) => formatTime(ns, decimals, (seconds) => number(seconds, 0)),
    duration: (ns) => formatSpan(ns, number),
    bytes: (value) => scaled(value, 1024, BYTE_UNITS, 1),
    rate: (value) => scaled(value, 1000, RATE_UNITS, 2),
    percent: (share) => `${number(share * 100, 2)}${THIN}%`,
  }
}

/** Exact: integers only, cut (not rounded) to the decimals asked for, so that a moment never shows as one still to come. */
function formatTime(ns: number, decimals: number, whole: (seconds: number) => string): string {
  const sign = ns < 0 ? '−' : ''
  const total = Math.abs(Math.trunc(ns))
  const seconds = Math.floor(total / 1e9)
  const digits = String(total % 1e9)
    .padStart(9, '0')
    .slice(0, Math.max(0, Math.min(9, decimals)))
  const groups = digits.match(/\d{1,3}/g)
  return `${sign}${whole(seconds)}${groups ? `.${groups.join(THIN)}` : ''}${THIN}s`
}

function formatSpan(ns: number, number: (value: number, digits: number) => string): string {
  const total = Math.abs(ns)
  const sign = ns < 0 ? '−' : ''
  if (total >= 60e9) {
    const seconds = Math.round(total / 1e9)
    const rest = seconds % 60
    const minutes = `${number(Math.floor(seconds / 60), 0)}${THIN}min`
    return sign + (rest === 0 ? minutes : `${minutes} ${rest}${THIN}s`)
  }
  if (total === 0) return `0${THIN}s`
  const { unit, ns: size } = SPAN_UNITS.find((candidate) => total >= candidate.ns) ?? SPAN_UNITS[3]
  return `${sign}${number(total / size, 3)}${THIN}${unit}`
}
