import { SEC, US } from '../../core/base/time.ts'
import { clearLog, logOf } from '../../core/kernel/log/log.ts'
import { calendarText } from '../netfilter/iptables.ts'
import { type Command, done, fail, text } from '../types.ts'

/** `dmesg [-T] [-C|-c] [-t]`: the kernel log of the machine, which all of its namespaces share. */
export const dmesgCommand: Command = (env, place, argv) => {
  const unknown = argv.find((word) => !/^-[TCctHx]+$|^--(ctime|clear|read-clear|notime)$/.test(word))
  if (unknown !== undefined) return fail(`dmesg: ${unknown}: not modelled in this lab\n`)
  const has = (letter: string, long: string): boolean =>
    argv.some((word) => word === long || (/^-[a-zA-Z]/.test(word) && !word.startsWith('--') && word.includes(letter)))
  const lines = has('C', '--clear') ? [] : logOf(env.kernel, place.host)
  const shown = lines.map((row) => {
    if (has('t', '--notime')) return row.text
    return has('T', '--ctime') ? `[${calendarText(row.at)}] ${row.text}` : `[${uptime(row.at)}] ${row.text}`
  })
  if (has('C', '--clear') || has('c', '--read-clear')) clearLog(env.kernel, place.host)
  return done(text(shown))
}

/** Seconds since the machine started, which is when the lab did. */
function uptime(at: number): string {
  const micros = String(Math.floor((at % SEC) / US)).padStart(6, '0')
  return `${String(Math.floor(at / SEC)).padStart(5)}.${micros}`
}
