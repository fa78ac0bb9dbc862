import { SEC, type SimTime } from '../../base/time.ts'
import { DNS_RCODE } from '../../wire/constants.ts'
import type { DnsRecord } from '../../wire/types.ts'
import type { CacheConfig } from './config.ts'
import { inZone } from './corefile.ts'
import type { DnsAnswer } from './kubernetes.ts'
import type { CacheEntry, CorednsState } from './state.ts'

/** plugin/cache/cache.go: how long at least a positive answer is kept, and how many there are room for. */
const MIN_TTL = 5
const CAPACITY = 9984

export const cacheKey = (server: number, name: string, type: number): string =>
  `${server} ${type} ${name.toLowerCase()}`

const recordsOf = (answer: DnsAnswer): readonly DnsRecord[] => [
  ...answer.answers,
  ...answer.authority,
  ...answer.additional,
]

/** How long an answer may be kept, seconds; 0 = not at all. */
function lifetime(config: CacheConfig, name: string, answer: DnsAnswer): number {
  const denied =
    answer.rcode === DNS_RCODE.nxDomain || (answer.rcode === DNS_RCODE.noError && answer.answers.length === 0)
  if (answer.rcode !== DNS_RCODE.noError && answer.rcode !== DNS_RCODE.nxDomain) return 0
  const off = denied ? config.denialOff : config.successOff
  if (off.some((zone) => inZone(name.toLowerCase(), zone))) return 0
  const ttls = recordsOf(answer).flatMap((record) => (record.type === 'OPT' ? [] : [record.ttl]))
  const least = ttls.length > 0 ? Math.min(...ttls) : 0
  return Math.min(Math.max(least, MIN_TTL), denied ? config.denial : config.success)
}

export function remember(
  state: CorednsState,
  config: CacheConfig | null,
  key: string,
  name: string,
  answer: DnsAnswer,
  ra: boolean,
  now: SimTime,
): CorednsState {
  const ttl = config ? lifetime(config, name, answer) : 0
  if (ttl === 0) return state
  const full = Object.keys(state.cache).length >= CAPACITY
  const kept = full
    ? Object.fromEntries(Object.entries(state.cache).filter(([, entry]) => fresh(entry, now)))
    : state.cache
  const entry: CacheEntry = { answer: { ...answer, alias: undefined }, ra, stored: now, ttl }
  return { ...state, cache: { ...kept, [key]: entry } }
}

const fresh = (entry: CacheEntry, now: SimTime): boolean => now < entry.stored + entry.ttl * SEC

/** What is known, with the time that has passed taken off the TTLs. */
export function recall(
  state: CorednsState,
  key: string,
  now: SimTime,
): { readonly answer: DnsAnswer; readonly ra: boolean } | null {
  const entry = state.cache[key]
  if (!entry || !fresh(entry, now)) return null
  const age = Math.floor((now - entry.stored) / SEC)
  const older = (list: readonly DnsRecord[]): readonly DnsRecord[] =>
    list.map((record) => (record.type === 'OPT' ? record : { ...record, ttl: Math.max(0, record.ttl - age) }))
  const { answer, ra } = entry
  return {
    answer: {
      ...answer,
      answers: older(answer.answers),
      authority: older(answer.authority),
      additional: older(answer.additional),
    },
    ra,
  }
}
