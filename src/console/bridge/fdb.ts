import { formatIpv4 } from '../../core/base/ipv4.ts'
import { formatMac, parseMac } from '../../core/base/mac.ts'
import { SEC } from '../../core/base/time.ts'
import { fdbDelete, fdbReplaceRemote, fdbReplaceStatic } from '../../core/kernel/link/bridge.ts'
import type { FdbRow, LinkRow } from '../../core/kernel/tables.ts'
import { type IpContext, deviceName, devices, findDevice, needAddress } from '../ip/context.ts'
import { type Words, abbreviates, pick, stop } from '../ip/words.ts'
import { type Done, done, text } from '../types.ts'

const COMMANDS = ['add', 'append', 'replace', 'delete', 'get', 'show', 'list', 'lst', 'flush', 'help'] as const

/** `bridge fdb …` (bridge/fdb.c). */
export function bridgeFdb(ip: IpContext, words: Words): Done {
  const word = words.done ? 'show' : words.next()
  const command = pick(word, COMMANDS)
  switch (command) {
    case 'add':
    case 'append':
    case 'replace':
    case 'delete':
      return modify(ip, words, command)
    case 'show':
    case 'list':
    case 'lst':
      return show(ip, words)
    case 'help':
      return stop(
        'Usage: bridge fdb { add | append | del | replace } ADDR dev DEV\n              [ self ] [ master ] [ dst IPADDR ] [ static | dynamic | permanent ]\n' +
          '       bridge fdb [ show [ br BRDEV ] [ brport DEV ] [ dynamic ] ]\n',
        255,
      )
    default:
      return stop(`Command "${word}" is unknown, try "bridge fdb help".\n`, 255)
  }
}

function show(ip: IpContext, words: Words): Done {
  let only: LinkRow | null = null
  let bridge: LinkRow | null = null
  let learnedOnly = false
  while (!words.done) {
    const word = words.next()
    if (word === 'br') {
      const name = words.value()
      bridge = findDevice(ip, name) ?? stop(`Cannot find bridge device "${name}"\n`, 255)
    } else if (word === 'dynamic') learnedOnly = true
    else if (word === 'state') words.value()
    else {
      const name = word === 'dev' || word === 'brport' ? words.value() : word
      only = findDevice(ip, name) ?? stop(`Cannot find device "${name}"\n`, 255)
    }
  }
  const shown = devices(ip).filter(
    (link) => (!only || link.id === only.id) && (!bridge || link.id === bridge.id || link.master === bridge.id),
  )
  return done(text(shown.flatMap((link) => deviceEntries(ip, link, only === null, learnedOnly))))
}

/**
 * The entries of one device: of a port, what its bridge knows behind it (the newest first); then its own address list. Linux
 * without IPv6 listens to all-hosts on every device that is up, a bridge to all-snoopers as well.
 */
function deviceEntries(ip: IpContext, link: LinkRow, named: boolean, learnedOnly: boolean): readonly string[] {
  const { kernel } = ip.env
  const dev = named ? ` dev ${link.name}` : ''
  if (link.kind === 'vxlan') {
    const rows = newestFirst(kernel.t.fdbByTable.at(link.id).rows())
    return rows.map(
      (row) => `${formatMac(row.mac)}${dev} dst ${formatIpv4(row.dst)}${used(ip, row)} self ${stateWord(row)}`,
    )
  }
  const table = link.kind === 'bridge' ? link.id : link.master
  const known = kernel.t.fdbByTable
    .at(table)
    .rows()
    .filter((row) => row.port === link.id && alive(ip, row))
  const master = newestFirst(known)
    .filter((row) => !learnedOnly || row.state === 'learned')
    .map((row) => `${formatMac(row.mac)}${dev}${used(ip, row)} master ${deviceName(ip, table)} ${stateWord(row)}`)
  if (learnedOnly) return master
  const own = listened(link).map((mac) => `${mac}${dev} self permanent`)
  return link.kind === 'bridge' ? [...own, ...bridgeAddress(ip, link, dev)] : [...master, ...own]
}

/** A bridge whose address was set, and is not one of its ports', has an entry for it. */
function bridgeAddress(ip: IpContext, bridge: LinkRow, dev: string): readonly string[] {
  const ports = ip.env.kernel.t.linkByMaster.at(bridge.id).rows()
  if (!bridge.bridge!.pinned || ports.some((port) => port.mac === bridge.mac)) return []
  const since = ip.stats ? ' used 0/0' : ''
  return [`${formatMac(bridge.mac)}${dev}${since} master ${bridge.name} permanent`]
}

function listened(link: LinkRow): readonly string[] {
  if (!link.up || link.kind === 'loopback' || link.kind === 'vxlan') return []
  return link.kind === 'bridge' ? ['01:00:5e:00:00:6a', '01:00:5e:00:00:01'] : ['01:00:5e:00:00:01']
}

const newestFirst = (rows: readonly FdbRow[]): readonly FdbRow[] =>
  [...rows].sort((a, b) => Number(a.local) - Number(b.local) || b.updated - a.updated || a.mac - b.mac)

function alive(ip: IpContext, row: FdbRow): boolean {
  const ageing = ip.env.kernel.t.link.get(row.table)?.bridge?.ageing ?? 300 * SEC
  return row.state !== 'learned' || ip.env.kernel.now - row.updated < ageing
}

/** Learned entries have no word, and the blank before it stays. */
const stateWord = (row: FdbRow): string => (row.state === 'learned' ? '' : row.state)

function used(ip: IpContext, row: FdbRow): string {
  if (!ip.stats) return ''
  const since = Math.floor((ip.env.kernel.now - row.updated) / SEC)
  return ` used ${since}/${since}`
}

function modify(ip: IpContext, words: Words, how: 'add' | 'append' | 'replace' | 'delete'): Done {
  let address = ''
  let dev = ''
  let dst: number | null = null
  let master = false
  while (!words.done) {
    const word = words.next()
    if (word === 'dev') dev = words.value()
    else if (word === 'dst') dst = needAddress(words.value())
    else if (word === 'master') master = true
    else if (['port', 'vni', 'via', 'src_vni', 'vlan', 'nhid'].includes(word)) words.value()
    else if (
      !['self', 'static', 'dynamic', 'permanent', 'local', 'temp', 'router', 'extern_learn', 'sticky', 'use'].includes(
        word,
      )
    ) {
      if (address !== '') return stop(`Error: either "to" is duplicate, or "${word}" is a garbage.\n`, 255)
      address = word === 'to' ? words.value() : word
    }
  }
  if (dev === '' || address === '') return stop('Device and address are required arguments.\n', 255)
  const mac = parseMac(address) ?? stop(`Invalid mac address ${address}\n`, 255)
  const link = findDevice(ip, dev) ?? stop(`Cannot find device "${dev}"\n`, 255)
  return write(ip, link, mac, dst, master, how)
}

function write(ip: IpContext, link: LinkRow, mac: number, dst: number | null, master: boolean, how: string): Done {
  const { kernel } = ip.env
  const table = link.kind === 'vxlan' && !master ? link.id : link.master
  if (table === 0 || (link.kind !== 'vxlan' && !master && !abbreviates(how, 'delete'))) {
    // An address in the device's own list: it changes nothing that the lab looks at.
    return table === 0 && master ? stop('RTNETLINK answers: Operation not supported\n', 255) : done('')
  }
  const known = kernel.t.fdbByTable
    .at(table)
    .rows()
    .some((row) => row.mac === mac)
  if (how === 'delete')
    return fdbDelete(kernel, table, mac) ? done('') : stop('RTNETLINK answers: No such file or directory\n', 255)
  if (how === 'add' && known) return stop('RTNETLINK answers: File exists\n', 255)
  if (link.kind === 'vxlan') {
    if (dst === null) return stop('RTNETLINK answers: Invalid argument\n', 255)
    fdbReplaceRemote(kernel, table, mac, dst)
  } else fdbReplaceStatic(kernel, table, link.id, mac)
  return done('')
}
