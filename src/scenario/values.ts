import { MS, NS, SEC, type SimTime, US } from '../core/base/time.ts'

const SPANS: Readonly<Record<string, number>> = { ns: NS, us: US, µs: US, ms: MS, s: SEC, m: 60 * SEC, h: 3600 * SEC }
const SPAN_PART = /(\d+)(\.\d+)?(ns|us|µs|ms|s|m|h)/g

/** `200us`, `1.204318s`, `1m30s`, `0`: a span in integer nanoseconds (Go's duration syntax, not negative). `null` if it is none. */
export function parseDuration(text: string): SimTime | null {
  if (text === '0') return 0
  if (text.length > 64 || !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return null
  let total = 0
  for (const [, whole, fraction, unit] of text.matchAll(SPAN_PART)) {
    // by halves: the product of a long amount and its unit would not be exact
    total += Number(whole) * SPANS[unit!]! + Math.round(Number(fraction ?? 0) * SPANS[unit!]!)
  }
  return Number.isSafeInteger(total) ? total : null
}

/** The shortest exact text: `1.5ms`, `42s`, `0s`. `parseDuration` reads it back. */
export function formatDuration(ns: SimTime): string {
  const unit = ns >= SEC ? 's' : ns >= MS ? 'ms' : ns >= US ? 'us' : 'ns'
  if (ns === 0) return '0s'
  const size = SPANS[unit]!
  const rest = ns % size
  const width = String(size).length - 1
  const decimals = rest === 0 ? '' : `.${String(rest).padStart(width, '0').replace(/0+$/, '')}`
  return `${Math.floor(ns / size)}${decimals}${unit}`
}

const RATES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }

/** `1Gbit`, `100Mbit`, `64kbit`, `1500bit`: bits per second, decimal prefixes as tc(8) has them. `null` if it is none, or 0. */
export function parseRate(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)([kmgt]?)bit(?:ps|\/s)?$/i.exec(text)
  if (!match) return null
  const value = Math.round(Number(match[1]) * RATES[match[2]!.toLowerCase()]!)
  return value > 0 && Number.isSafeInteger(value) ? value : null
}

const SUFFIXES: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** A Kubernetes quantity (`500m`, `2`, `0.5`, `8Gi`) as a number of its base unit. `null` if it is none. */
export function parseQuantity(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text)
  return match ? Number(match[1]) * SUFFIXES[match[2] ?? '']! : null
}

/** A DNS label (RFC 1123): names of labs, networks, routers and hosts. */
export const isName = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)

/** A DNS domain without the trailing dot (RFC 1123). */
export const isDomain = (text: string): boolean => text.length <= 253 && text.split('.').every(isName)

/** A label value of Kubernetes: empty, or up to 63 characters that begin and end alphanumeric. */
export const isLabelValue = (text: string): boolean => /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/.test(text)

/** A label key of Kubernetes: a name of up to 63 characters, optionally after a DNS domain and a slash. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf('/')
  const name = text.slice(slash + 1)
  return name !== '' && isLabelValue(name) && (slash < 0 || isDomain(text.slice(0, slash)))
}
