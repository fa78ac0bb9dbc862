import { type Cidr, lastAddress, maskOf } from '../../core/base/cidr.ts'
import { formatIpv4 } from '../../core/base/ipv4.ts'
import { deviceStatistics } from '../../core/explain/counters.ts'
import { addAddress, addressesOf, deleteAddress } from '../../core/kernel/link/address.ts'
import type { AddressRow, LinkRow } from '../../core/kernel/tables.ts'
import { type Done, done, text } from '../types.ts'
import { type IpContext, devices, extack, findDevice, needDevice, needPrefix, refused } from './context.ts'
import { briefHead, detailLines, hardwareLine, headLine } from './device-text.ts'
import { addressJson, printJson } from './json.ts'
import { filterDevices, readDeviceFilter } from './link-filter.ts'
import { statisticsLines } from './statistics.ts'
import { type Words, abbreviates, pick, stop } from './words.ts'

const COMMANDS = ['add', 'change', 'chg', 'replace', 'delete', 'show', 'lst', 'list', 'flush', 'help'] as const

/** `ip address …` (ip/ipaddress.c do_ipaddr). */
export function ipAddress(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip, words)
  const word = words.next()
  switch (pick(word, COMMANDS)) {
    case 'add':
      return modify(ip, words, 'add')
    case 'change':
    case 'chg':
    case 'replace':
      return modify(ip, words, 'replace')
    case 'delete':
      return modify(ip, words, 'delete')
    case 'show':
    case 'lst':
    case 'list':
      return show(ip, words)
    case 'flush':
      return flush(ip, words)
    case 'help':
      return stop(USAGE, 255)
    default:
      return stop(`Command "${word}" is unknown, try "ip address help".\n`, 255)
  }
}

const USAGE =
  'Usage: ip address {add|change|replace} IFADDR dev IFNAME\n' +
  '       ip address del IFADDR dev IFNAME\n' +
  '       ip address flush dev IFNAME\n' +
  '       ip address [ show [ dev IFNAME ] [ scope SCOPE-ID ] [ master DEVICE ]\n' +
  '                         [ type TYPE ] [ to PREFIX ] [up] ]\n'

function show(ip: IpContext, words: Words): Done {
  const filter = readDeviceFilter(ip, words)
  const shown = filterDevices(ip, devices(ip), filter).filter((link) => keeps(ip, link, filter.to, filter.scope))
  if (ip.json)
    return done(
      printJson(
        shown.map((link) => addressJson(ip, link)),
        ip.pretty,
      ),
    )
  if (ip.brief) return done(text(shown.map((link) => briefLine(ip, link, filter.to))))
  return done(text(shown.flatMap((link) => deviceLines(ip, link, filter.to, filter.scope))))
}

/** With a selection of addresses, or of a family, a device without any is left out (`ip -4 addr`). */
function keeps(ip: IpContext, link: LinkRow, to: Cidr | null, scope: string | null): boolean {
  if (ip.family === 0 && !to && !scope && !ip.oneline) return true
  return visible(ip, link, to, scope).length > 0
}

const visible = (ip: IpContext, link: LinkRow, to: Cidr | null, scope: string | null): readonly AddressRow[] =>
  ip.family === 6
    ? []
    : addressesOf(ip.env.kernel, link.id).filter(
        (row) => (!to || ((row.addr ^ to.addr) & maskOf(to.len)) === 0) && (!scope || row.scope === scope),
      )

const briefLine = (ip: IpContext, link: LinkRow, to: Cidr | null): string =>
  briefHead(ip, link) +
  visible(ip, link, to, null)
    .map((row) => `${formatIpv4(row.addr)}/${row.len} `)
    .join('')

function deviceLines(ip: IpContext, link: LinkRow, to: Cidr | null, scope: string | null): readonly string[] {
  const rows = visible(ip, link, to, scope)
  if (ip.oneline)
    return rows.map((row) => `${link.ifindex}: ${link.name}    ${addressLine(ip, link, row)}\\       ${LIFETIME}`)
  const head = [headLine(ip, link, false), ...withDetails(ip, link)]
  const body = rows.flatMap((row) => [`    ${addressLine(ip, link, row)}`, `       ${LIFETIME}`])
  const stats = ip.stats ? statisticsLines(deviceStatistics(ip.env.kernel)(link.id)) : []
  return [...(ip.family === 0 ? head : head.slice(0, 1)), ...body, ...stats]
}

function withDetails(ip: IpContext, link: LinkRow): readonly string[] {
  const hardware = hardwareLine(ip, link)
  if (!ip.details) return [hardware]
  const [first, ...rest] = detailLines(ip, link, false)
  return [hardware + first, ...rest]
}

const LIFETIME = 'valid_lft forever preferred_lft forever'

function addressLine(ip: IpContext, link: LinkRow, row: AddressRow): string {
  const broadcast = row.broadcast === null ? '' : ` brd ${formatIpv4(row.broadcast)}`
  const secondary = isSecondary(ip, row) ? ' secondary' : ''
  return `inet ${formatIpv4(row.addr)}/${row.len}${broadcast} scope ${row.scope}${secondary} ${link.name}`
}

/** IFA_F_SECONDARY: an earlier address of the device has the same subnet. */
function isSecondary(ip: IpContext, row: AddressRow): boolean {
  return addressesOf(ip.env.kernel, row.link).some(
    (other) => other.seq < row.seq && other.len === row.len && ((other.addr ^ row.addr) & maskOf(row.len)) === 0,
  )
}

function modify(ip: IpContext, words: Words, what: 'add' | 'replace' | 'delete'): Done {
  let local: Cidr | null = null
  let broadcast: number | null = null
  let dev = ''
  let plus = false
  let scope: AddressRow['scope'] | null = null
  while (!words.done) {
    const word = words.next()
    if (word === 'dev') dev = words.value()
    else if (abbreviates(word, 'broadcast') || word === 'brd') {
      const value = words.value()
      if (value === '+') plus = true
      else if (value !== '-') broadcast = needPrefix(value, 'inet').addr
    } else if (word === 'scope') scope = scopeOf(words.value())
    else if (
      word === 'label' ||
      word === 'metric' ||
      abbreviates(word, 'valid_lft') ||
      abbreviates(word, 'preferred_lft')
    )
      words.value()
    else if (word === 'peer' || word === 'remote') needPrefix(words.value())
    else if (word === 'local') local = needPrefix(words.value())
    else if (word !== 'noprefixroute' && word !== 'nodad' && word !== 'home') local = needPrefix(word)
  }
  if (dev === '') return stop('Not enough information: "dev" argument is required.\n', 1)
  if (!local) return stop('Not enough information: address argument is required.\n', 1)
  const link = needDevice(ip, dev)
  return write(ip, link, local, plus ? lastAddress(local) : broadcast, scope, what)
}

function scopeOf(word: string): AddressRow['scope'] {
  const known = pick(word, ['global', 'link', 'host'] as const)
  return known ?? stop(`Error: argument "${word}" is wrong: invalid scope value.\n\n`, 255)
}

function write(
  ip: IpContext,
  link: LinkRow,
  local: Cidr,
  broadcast: number | null,
  scope: AddressRow['scope'] | null,
  what: 'add' | 'replace' | 'delete',
): Done {
  const { kernel } = ip.env
  if (what === 'delete') {
    const result = deleteAddress(kernel, link.id, local.addr, local.len)
    return result.ok ? done('') : extack('ipv4: Address not found.')
  }
  const chosen = scope ?? (local.addr >>> 24 === 127 ? 'host' : 'global')
  const result = addAddress(kernel, link.id, { ...local, broadcast, scope: chosen })
  if (result.ok || (what === 'replace' && result.error === 'EEXIST')) return done('')
  return result.error === 'EEXIST' ? extack('ipv4: Address already assigned.') : refused(result.error)
}

function flush(ip: IpContext, words: Words): Done {
  if (words.done) return stop('Flush requires arguments.\n', 255)
  const word = words.next()
  const name = word === 'dev' ? words.value() : word
  const link = findDevice(ip, name) ?? stop(`Device "${name}" does not exist.\n`, 1)
  for (const row of addressesOf(ip.env.kernel, link.id)) deleteAddress(ip.env.kernel, link.id, row.addr, row.len)
  return done('')
}
