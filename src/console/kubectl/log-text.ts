import { SEC, type SimTime, timestamp } from '../../core/base/time.ts'
import { decodeUtf8, encodeUtf8 } from '../../core/wire/utf8.ts'
import type { ConsoleEnv } from '../types.ts'

/** One container whose lines are printed, and how. */
export interface LogSource {
  /** Its first process. */
  readonly pid: number
  /** Number of the first line that is printed: `--tail`. */
  readonly from: number
  /** Lines that were written before are left out. */
  readonly since: SimTime
  /** Bytes, `null` without limit. Times count, prefixes do not. */
  readonly limit: number | null
  /** Each line has its time in front. */
  readonly timestamps: boolean
  /** `[pod/web-1/nginx] `, or nothing. */
  readonly prefix: string
}

/** What the source has printed by now, in the order in which the kubelet and kubectl cut and adorn (kuberuntime/logs/logs.go). */
export function logText(env: ConsoleEnv, source: LogSource): string {
  let left = source.limit ?? Number.POSITIVE_INFINITY
  let printed = ''
  for (const { text, at } of logLines(env, source.pid).slice(source.from)) {
    if (at < source.since) continue
    const line = cutBytes(source.timestamps ? `${nanoTimestamp(at)} ${text}` : text, left)
    left -= byteLength(line)
    printed += source.prefix + line
    if (left <= 0) break
  }
  return printed
}

/** From which line on the last `count` lines are. */
export const tailStart = (env: ConsoleEnv, pid: number, count: number): number =>
  count < 0 ? 0 : Math.max(0, logLines(env, pid).length - count)

interface LogLine {
  /** With its line end, except of an unfinished last line. */
  readonly text: string
  /** When its first character was written. */
  readonly at: SimTime
}

function logLines(env: ConsoleEnv, pid: number): readonly LogLine[] {
  const lines: LogLine[] = []
  for (const { text, at } of env.processes?.t.outputByRoot.at(pid).rows() ?? []) {
    for (const piece of text.match(/[^\n]*\n|[^\n]+/g) ?? []) {
      const last = lines.at(-1)
      if (last && !last.text.endsWith('\n')) lines[lines.length - 1] = { ...last, text: last.text + piece }
      else lines.push({ text: piece, at })
    }
  }
  return lines
}

/** RFC 3339 with nine digits after the point, as the container runtime writes it. */
const nanoTimestamp = (t: SimTime): string => `${timestamp(t).slice(0, -1)}.${String(t % SEC).padStart(9, '0')}Z`

const byteLength = (text: string): number => encodeUtf8(text).length

/** The first bytes of a text; of a character cut in two a replacement is left. */
const cutBytes = (text: string, bytes: number): string => decodeUtf8(encodeUtf8(text).slice(0, bytes))
