import { type Ipv4, formatIpv4, parseIpv4 } from '../../core/base/ipv4.ts'
import { formatMac } from '../../core/base/mac.ts'
import { isValid, neighState } from '../../core/kernel/neigh/state.ts'
import type { NeighRow, ProxyNeighRow } from '../../core/kernel/tables.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, done, fail, text } from '../types.ts'

/** `arp` of net-tools 2.10: the neighbours, as a table or (-a) as sentences. Entries are changed by `ip neigh` here. */
export const arpCommand: Command = (env, place, argv) => {
  const flags = argv.filter((word) => word.startsWith('-'))
  const [host, ...more] = argv.filter((word) => !word.startsWith('-'))
  const unknown = flags.find((word) => !/^-[nav]+$/.test(word)) ?? more[0]
  if (unknown !== undefined) return fail(`arp: ${unknown}: not modelled in this lab; use ip neigh\n`, 1)
  const wanted = host === undefined ? null : parseIpv4(host)
  if (host !== undefined && wanted === null) return fail(`${host}: Unknown host\n`, 255)
  const sentences = flags.some((word) => word.includes('a'))
  const all = entries(env, place)
  const shown = all.filter(({ ip }) => wanted === null || ip === wanted)
  if (shown.length === 0 && host !== undefined) {
    return sentences ? done(`arp: in ${all.length} entries no match found.\n`) : done(`${host} (${host}) -- no entry\n`)
  }
  if (sentences) return done(text(shown.map(sentence)))
  const head = 'Address                  HWtype  HWaddress           Flags Mask            Iface'
  return done(shown.length === 0 ? '' : text([head, ...shown.map(tableLine)]))
}

/** A line of /proc/net/arp. */
interface Entry {
  readonly ip: Ipv4
  /** `null`: not resolved. */
  readonly mac: string | null
  /** C: complete, M: permanent, P: answered for. */
  readonly flags: '' | 'C' | 'CM' | 'MP'
  readonly device: string
}

/** arp_seq_show: neighbours but those that need no resolution, then what is answered for. */
function entries({ kernel }: ConsoleEnv, { netns }: ConsolePlace): readonly Entry[] {
  const { neighByNetns, proxyNeighByNetns, link } = kernel.t
  const device = (id: number): string => link.get(id)?.name ?? ''
  const neighbour = (row: NeighRow): Entry => {
    const known = isValid(neighState(row, kernel.now))
    const flags = !known ? '' : row.state === 'PERMANENT' ? 'CM' : 'C'
    return { ip: row.ip, mac: known ? formatMac(row.mac) : null, flags, device: device(row.link) }
  }
  const proxy = (row: ProxyNeighRow): Entry => ({
    ip: row.ip,
    mac: '<from_interface>',
    flags: 'MP',
    device: device(row.link),
  })
  const neighbours = neighByNetns.at(netns).rows()
  return [
    ...neighbours
      .filter(({ state }) => state !== 'NOARP')
      .map(neighbour)
      .sort(byAddress),
    ...proxyNeighByNetns.at(netns).rows().map(proxy).sort(byAddress),
  ]
}

const byAddress = (a: Entry, b: Entry): number => a.ip - b.ip

function tableLine({ ip, mac, flags, device }: Entry): string {
  const type = flags.startsWith('C') ? 'ether' : flags === '' ? '' : '*'
  const cells = [formatIpv4(ip).padEnd(25), type.padEnd(8), (mac ?? '(incomplete)').padEnd(20), flags.padEnd(22)]
  return `${cells.join('')}${device}`
}

const SAID = { '': '', C: ' [ether]', CM: ' [ether] PERM', MP: ' PERM PUB' } as const

const sentence = ({ ip, mac, flags, device }: Entry): string =>
  `? (${formatIpv4(ip)}) at ${mac ?? '<incomplete>'}${SAID[flags]} on ${device}`
