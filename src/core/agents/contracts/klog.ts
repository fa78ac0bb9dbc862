import { EPOCH_MS, MS, type SimTime } from '../../base/time.ts'
import type { Ctx } from './program.ts'

/** A line as klog writes it: `I0101 00:00:05.123456       1 main.go:211] text`. The process is PID 1 of its container. */
export function klogLine(severity: 'I' | 'W' | 'E' | 'F', now: SimTime, source: string, text: string): string {
  const iso = new Date(EPOCH_MS + Math.floor(now / MS)).toISOString()
  const micros = String(Math.floor((now % MS) / 1000)).padStart(3, '0')
  const date = iso.slice(5, 7) + iso.slice(8, 10)
  return `${severity}${date} ${iso.slice(11, 23)}${micros}       1 ${source}] ${text}\n`
}

export const klog = (
  ctx: Pick<Ctx, 'now' | 'write'>,
  severity: 'I' | 'W' | 'E' | 'F',
  source: string,
  text: string,
): void => ctx.write(2, klogLine(severity, ctx.now, source, text))
