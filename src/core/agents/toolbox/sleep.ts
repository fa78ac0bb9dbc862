import { SEC } from '../../base/time.ts'
import type { Program } from '../contracts/program.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 }

/** Seconds of `5`, `0.5s`, `2m`; Infinity; `null` when it is neither. */
export function seconds(text: string): number | null {
  if (/^inf(inity)?$/.test(text)) return Number.POSITIVE_INFINITY
  const match = /^(\d+(?:\.\d+)?|\.\d+)([smhd]?)$/.exec(text)
  return match ? Number(match[1]) * UNITS[match[2]!]! : null
}

/** sleep(1): the sum of its arguments. */
export const sleep: Program = {
  name: 'sleep',
  start(ctx) {
    const parts = ctx.argv.slice(1).map(seconds)
    const bad = parts.indexOf(null)
    if (parts.length === 0 || bad >= 0) {
      ctx.write(
        2,
        parts.length === 0 ? 'sleep: missing operand\n' : `sleep: invalid time interval '${ctx.argv[bad + 1]}'\n`,
      )
      return ctx.exit(1)
    }
    const total = parts.reduce<number>((sum, part) => sum + part!, 0)
    // Virtual time is exact to 104 days: what is longer never ends.
    if (total < 90 * 86400) ctx.setTimer(Math.round(total * SEC), 'sleep')
  },
  on(ctx, event) {
    if (event.type === 'timer') ctx.exit(0)
  },
}
