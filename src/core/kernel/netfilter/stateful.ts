import { type SimTime, SEC } from '../../base/time.ts'
import type { Match, RecentMatch } from './types.ts'

/**
 * What the stateful matches remember, as plain values and pure steps: the kernel path keeps them as rows and calls these
 * from the callbacks of `MatchContext`.
 */

/**
 * `-m statistic --mode nth`: one packet in `every` matches, first the one numbered `packet` (xt_statistic.c; the tool hands the
 * kernel a count that is already `every` - 1 - `packet` on).
 */
export function nthStep(match: Match & { readonly m: 'nth' }, count: number | null): { hit: boolean; count: number } {
  const last = match.every - 1
  const before = count ?? last - match.packet
  const next = before >= last ? 0 : before + 1
  return { hit: next === 0, count: next }
}

/** One address in a list of `-m recent` (`/proc/net/xt_recent/NAME`): when it was seen, oldest first, at most 20 times. */
export interface RecentEntry {
  readonly ttl: number
  readonly seen: readonly SimTime[]
}

/** `ip_pkt_list_tot` of xt_recent. */
const RECENT_STAMPS = 20

/**
 * One evaluation of `-m recent` for one address (xt_recent.c, recent_mt). `entry` is what the list holds for it, null if
 * nothing. Answers whether it matches (before `!`) and what the list holds afterwards.
 */
export function recentStep(
  match: RecentMatch,
  entry: RecentEntry | null,
  now: SimTime,
  ttl: number,
): { hit: boolean; entry: RecentEntry | null } {
  if (match.op === 'set') return { hit: true, entry: stamped(entry, now, ttl) }
  if (!entry || (match.rttl && entry.ttl !== ttl)) return { hit: false, entry }
  if (match.op === 'remove') return { hit: true, entry: null }
  const since = match.seconds === null ? 0 : now - match.seconds * SEC
  let hits = 0
  for (const seen of entry.seen) if (seen >= since) hits++
  const hit = hits >= (match.hitcount ?? 1) && hits > 0
  if (match.reap && hits < entry.seen.length) entry = { ttl: entry.ttl, seen: entry.seen.filter((s) => s >= since) }
  if (entry.seen.length === 0) return { hit, entry: null }
  return { hit, entry: match.op === 'update' && hit ? stamped(entry, now, ttl) : entry }
}

const stamped = (entry: RecentEntry | null, now: SimTime, ttl: number): RecentEntry => ({
  ttl,
  seen: [...(entry?.seen ?? []), now].slice(-RECENT_STAMPS),
})

/** A token bucket: `credit` in packets, as of `at`. */
export interface Bucket {
  readonly credit: number
  readonly at: SimTime
}

/** One packet at a token bucket of `rate` per `per` seconds and `burst` (xt_limit.c). */
export function bucketStep(
  limit: { readonly rate: number; readonly per: number; readonly burst: number },
  bucket: Bucket | null,
  now: SimTime,
): { pass: boolean; bucket: Bucket } {
  const earned = bucket ? ((now - bucket.at) / SEC) * (limit.rate / limit.per) : 0
  const credit = bucket ? Math.min(limit.burst, bucket.credit + earned) : limit.burst
  const pass = credit >= 1
  return { pass, bucket: { credit: pass ? credit - 1 : credit, at: now } }
}
