import { formatIpv4, parseIpv4 } from '../../core/base/ipv4.ts'
import { formatMac } from '../../core/base/mac.ts'
import { isValid, neighState } from '../../core/kernel/neigh/state.ts'
import type { NeighRow } from '../../core/kernel/tables.ts'
import { type Command, type ConsoleEnv, done, fail, text } from '../types.ts'

/** `arp` of net-tools 2.10: the neighbours, as a table or (-a) as sentences. Entries are changed by `ip neigh` here. */
export const arpCommand: Command = (env, place, argv) => {
  const flags = argv.filter((word) => word.startsWith('-'))
  const [host, ...more] = argv.filter((word) => !word.startsWith('-'))
  const unknown = flags.find((word) => !/^-[nav]+$/.test(word)) ?? more[0]
  if (unknown !== undefined) return fail(`arp: ${unknown}: not modelled in this lab; use ip neigh\n`, 1)
  const wanted = host === undefined ? null : parseIpv4(host)
  if (host !== undefined && wanted === null) return fail(`${host}: Unknown host\n`, 255)
  const sentences = flags.some((word) => word.includes('a'))
  const all = env.kernel.t.neigh.rows().filter((row) => row.netns === place.netns)
  const rows = all.filter((row) => wanted === null || row.ip === wanted).toSorted((a, b) => a.ip - b.ip)
  if (rows.length === 0 && host !== undefined) {
    return sentences ? done(`arp: in ${all.length} entries no match found.\n`) : done(`${host} (${host}) -- no entry\n`)
  }
  if (sentences) return done(text(rows.map((row) => sentence(env, row))))
  const head = 'Address                  HWtype  HWaddress           Flags Mask            Iface'
  return done(rows.length === 0 ? '' : text([head, ...rows.map((row) => tableLine(env, row))]))
}

const known = (env: ConsoleEnv, row: NeighRow): boolean => isValid(neighState(row, env.kernel.now))
const deviceOf = (env: ConsoleEnv, row: NeighRow): string => env.kernel.t.link.get(row.link)?.name ?? ''

function tableLine(env: ConsoleEnv, row: NeighRow): string {
  const whole = known(env, row)
  const flags = whole ? `C${row.state === 'PERMANENT' ? 'M' : ''}` : ''
  const address = whole ? formatMac(row.mac) : '(incomplete)'
  const cells = [formatIpv4(row.ip).padEnd(25), (whole ? 'ether' : '').padEnd(8), address.padEnd(20), flags.padEnd(22)]
  return `${cells.join('')}${deviceOf(env, row)}`
}

function sentence(env: ConsoleEnv, row: NeighRow): string {
  const at = known(env, row)
    ? `${formatMac(row.mac)} [ether]${row.state === 'PERMANENT' ? ' PERM' : ''}`
    : '<incomplete>'
  return `? (${formatIpv4(row.ip)}) at ${at} on ${deviceOf(env, row)}`
}
