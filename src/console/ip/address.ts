import { type Cidr, lastAddress, maskOf } from '../../core/base/cidr.ts'
import { formatIpv4, isLoopback } from '../../core/base/ipv4.ts'
import { deviceStatistics } from '../../core/explain/counters.ts'
import { formatAddress } from '../../core/explain/print/address.ts'
import { addAddress, addressesOf, deleteAddress, isInSubnet } from '../../core/kernel/link/address.ts'
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
    .map((row) => `${formatAddress(row)} `)
    .join('')

function deviceLines(ip: IpContext, link: LinkRow, to: Cidr | null, scope: string | null): readonly string[] {
  const rows = visible(ip, link, to, scope)
  if (ip.oneline) return rows.map((row) => `${link.ifindex}: ${link.name}    ${addressLine(row)}\\       ${LIFETIME}`)
  const head = [headLine(ip, link, false), ...withDetails(ip, link)]
  const body = rows.flatMap((row) => [`    ${addressLine(row)}`, `       ${LIFETIME}`])
  const stats = ip.stats ? statisticsLines(deviceStatistics(ip.env.kernel)(link.id)) : []
  return [...(ip.family === 0 && !to ? head : head.slice(0, 1)), ...body, ...stats]
}

function withDetails(ip: IpContext, link: LinkRow): readonly string[] {
  const hardware = hardwareLine(ip, link)
  if (!ip.details) return [hardware]
  const [first, ...rest] = detailLines(ip, link, false)
  return [hardware + first, ...rest]
}

const LIFETIME = 'valid_lft forever preferred_lft forever'

function addressLine(row: AddressRow): string {
  const broadcast = row.broadcast === null ? '' : ` brd ${formatIpv4(row.broadcast)}`
  const secondary = row.secondary ? ' secondary' : ''
  return `inet ${formatAddress(row)}${broadcast} scope ${row.scope}${secondary} ${row.label}`
}

/** What the words of a change say. `len` belongs to the other end if there is one. */
interface Said {
  readonly local: Cidr
  /** A prefix length stands behind the address. */
  readonly exact: boolean
  readonly peer: Cidr | null
  readonly broadcast: number | null
  readonly scope: AddressRow['scope'] | null
  readonly label: string | null
}

function modify(ip: IpContext, words: Words, what: 'add' | 'replace' | 'delete'): Done {
  let local: Cidr | null = null
  let exact = false
  let peer: Cidr | null = null
  let broadcast: number | null = null
  let dev = ''
  let plus = false
  let scope: AddressRow['scope'] | null = null
  let label: string | null = null
  while (!words.done) {
    const word = words.next()
    if (word === 'dev') dev = words.value()
    else if (abbreviates(word, 'broadcast') || word === 'brd') {
      const value = words.value()
      if (value === '+') plus = true
      else if (value !== '-') broadcast = needPrefix(value, 'inet').addr
    } else if (word === 'scope') scope = scopeOf(words.value())
    else if (word === 'label') label = words.value()
    else if (word === 'metric' || abbreviates(word, 'valid_lft') || abbreviates(word, 'preferred_lft')) words.value()
    else if (word === 'peer' || word === 'remote') peer = needPrefix(words.value())
    else if (word !== 'noprefixroute' && word !== 'nodad' && word !== 'home') {
      const given = word === 'local' ? words.value() : word
      exact = given.includes('/')
      local = needPrefix(given)
    }
  }
  if (dev === '') return stop('Not enough information: "dev" argument is required.\n', 1)
  if (!local) return stop('Not enough information: address argument is required.\n', 1)
  const link = needDevice(ip, dev)
  const said = { local, exact, peer, broadcast: plus ? lastAddress(peer ?? local) : broadcast, scope, label }
  return what === 'delete' ? remove(ip, link, said) : write(ip, link, said, what)
}

function scopeOf(word: string): AddressRow['scope'] {
  const known = pick(word, ['global', 'link', 'host'] as const)
  return known ?? stop(`Error: argument "${word}" is wrong: invalid scope value.\n\n`, 255)
}

function write(ip: IpContext, link: LinkRow, said: Said, what: 'add' | 'replace'): Done {
  const { local, peer, broadcast, label } = said
  const scope = said.scope ?? (isLoopback(local.addr) ? 'host' : 'global')
  const { len } = peer ?? local
  const spec = { addr: local.addr, len, broadcast, scope, ...(peer && { peer: peer.addr }), ...(label && { label }) }
  const result = addAddress(ip.env.kernel, link.id, spec)
  if (result.ok || (what === 'replace' && result.error === 'EEXIST')) return done('')
  if (result.error === 'EEXIST') return extack('ipv4: Address already assigned.')
  return result.error === 'EINVAL' ? extack('ipv4: Invalid scope value.') : refused(result.error)
}

/** inet_rtm_deladdr: the first address that has what was given. */
function remove(ip: IpContext, link: LinkRow, { local, exact, peer }: Said): Done {
  const asked = peer ?? (exact ? local : null)
  const found = addressesOf(ip.env.kernel, link.id).find(
    (row) => row.addr === local.addr && (!asked || (row.len === asked.len && isInSubnet(row, asked.addr))),
  )
  const warning = asked ? '' : WILDCARD(formatIpv4(local.addr))
  if (!found) return stop(`${warning}Error: ipv4: Address not found.\n`, 2)
  deleteAddress(ip.env.kernel, found)
  return { ...done(''), stderr: warning }
}

const WILDCARD = (address: string): string =>
  'Warning: Executing wildcard deletion to stay compatible with old scripts.\n' +
  `         Explicitly specify the prefix length (${address}/32) to avoid this warning.\n` +
  '         This special behaviour is likely to disappear in further releases,\n' +
  '         fix your scripts!\n'

function flush(ip: IpContext, words: Words): Done {
  if (words.done) return stop('Flush requires arguments.\n', 255)
  const word = words.next()
  const name = word === 'dev' ? words.value() : word
  const link = findDevice(ip, name) ?? stop(`Device "${name}" does not exist.\n`, 1)
  for (const row of addressesOf(ip.env.kernel, link.id)) if (!row.secondary) deleteAddress(ip.env.kernel, row)
  return done('')
}
