import { formatAddress } from '../print/address.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { SEC } from '../../base/time.ts'
import { kindText } from '../../kernel/link/describe.ts'
import { sysctl } from '../../kernel/sysctl/sysctl.ts'
import type { ConntrackRow, LinkRow } from '../../kernel/tables.ts'
import { neighState } from '../../kernel/neigh/state.ts'
import { ROUTE_TABLE } from '../../kernel/route/row.ts'
import { deviceName } from '../places.ts'
import { protoName, tupleText } from '../print/conntrack.ts'
import { prefixText, routeOrder, ruleText, tableName } from '../print/route.ts'
import { socketEnd } from '../print/socket.ts'
import type { TableRowView, TableView } from '../views.ts'
import { programOf } from '../decided-socket.ts'
import { type Marks, entryRow } from './row.ts'

const table = (
  title: string,
  command: string,
  columns: readonly string[],
  rows: readonly TableRowView[],
): TableView => ({
  title,
  command,
  columns,
  rows,
})

export function addressTable(marks: Marks, netns: number, link = 0): TableView {
  const { t } = marks.env.kernel
  const bucket = t.addressByNetns.at(netns)
  const rows = bucket
    .keys()
    .map((key, i) => ({ key, row: bucket.rows()[i]! }))
    .filter(({ row }) => link === 0 || row.link === link)
    .sort((a, b) => a.row.link - b.row.link || a.row.seq - b.row.seq)
  return table(
    'addresses',
    'ip addr',
    ['Device', 'Address', 'Scope', 'Broadcast'],
    rows.map(({ key, row }) =>
      entryRow(marks, 'address', key, [
        deviceName(marks.env, row.link),
        formatAddress(row),
        row.scope,
        row.broadcast === null ? '' : formatIpv4(row.broadcast),
      ]),
    ),
  )
}

export function linkTable(marks: Marks, netns: number): TableView {
  const links = [...marks.env.kernel.t.linkByNetns.at(netns).rows()].sort((a, b) => a.ifindex - b.ifindex)
  return table(
    'links',
    'ip link',
    ['#', 'Device', 'Kind', 'State', 'MTU', 'MAC', 'With'],
    links.map((link) =>
      entryRow(marks, 'link', link.id, [
        String(link.ifindex),
        link.name,
        link.kind,
        link.up ? 'UP' : 'DOWN',
        String(link.mtu),
        formatMac(link.mac),
        attachment(marks, link),
      ]),
    ),
  )
}

/** `master cni0`, `peer eth0`, `vni 1 dev eth0`: what the device hangs on. */
function attachment({ env }: Marks, link: LinkRow): string {
  const words: string[] = []
  if (link.master !== 0) words.push(`master ${deviceName(env, link.master)}`)
  if (link.peer !== 0) words.push(`peer ${deviceName(env, link.peer)}`)
  if (link.vxlan)
    words.push(`vni ${link.vxlan.vni} dev ${deviceName(env, link.vxlan.underlay)} dstport ${link.vxlan.port}`)
  if (link.lower !== 0) words.push(`on ${deviceName(env, link.lower)}`)
  if (link.config) words.push(kindText(link, '').trim())
  if (link.port?.hairpin) words.push('hairpin')
  return words.join(', ')
}

export function routeTables(marks: Marks, netns: number): TableView[] {
  const bucket = marks.env.kernel.t.routeByNetns.at(netns)
  const all = bucket.keys().map((key, i) => ({ key, row: bucket.rows()[i]! }))
  const ids = [...new Set([ROUTE_TABLE.main, ...all.map(({ row }) => row.table)])].sort(
    (a, b) => rank(a) - rank(b) || a - b,
  )
  return ids.map((id) => {
    const rows = all.filter(({ row }) => row.table === id).sort((a, b) => routeOrder(a.row, b.row))
    const name = tableName(id)
    return table(
      id === ROUTE_TABLE.main ? 'routes' : id === ROUTE_TABLE.local ? 'routes-local' : 'routes-other',
      id === ROUTE_TABLE.main ? 'ip route' : `ip route show table ${name}`,
      ['Destination', 'Via', 'Device', 'Source', 'Scope', 'Type', 'Flags'],
      rows.map(({ key, row }) =>
        entryRow(marks, 'route', key, [
          prefixText(row),
          row.via === 0 ? '' : formatIpv4(row.via),
          row.dev === 0 ? '' : deviceName(marks.env, row.dev),
          row.src === 0 ? '' : formatIpv4(row.src),
          row.scope,
          row.type,
          [row.onlink ? 'onlink' : '', row.metric ? `metric ${row.metric}` : '', row.mtu ? `mtu ${row.mtu}` : '']
            .filter(Boolean)
            .join(' '),
        ]),
      ),
    )
  })
}

const rank = (id: number): number => (id === ROUTE_TABLE.main ? 0 : id === ROUTE_TABLE.local ? 2 : 1)

export function ruleTable(marks: Marks, netns: number): TableView {
  const bucket = marks.env.kernel.t.ruleByNetns.at(netns)
  const rows = bucket.keys().map((key, i) => {
    const row = bucket.rows()[i]!
    return entryRow(marks, 'rule', key, [String(row.pref), ruleText(row).split('\t')[1]!])
  })
  return table('rules', 'ip rule', ['Preference', 'Rule'], rows)
}

export function neighTable(marks: Marks, netns: number, link = 0): TableView {
  const { env } = marks
  const bucket = link === 0 ? env.kernel.t.neighByNetns.at(netns) : env.kernel.t.neighByLink.at(link)
  const rows = bucket.keys().map((key, i) => {
    const row = bucket.rows()[i]!
    const state = neighState(row, env.kernel.now)
    const mac = state === 'INCOMPLETE' || state === 'FAILED' ? '' : formatMac(row.mac)
    return entryRow(marks, 'neigh', key, [
      formatIpv4(row.ip),
      deviceName(env, row.link),
      mac,
      state,
      row.queue.length ? String(row.queue.length) : '',
    ])
  })
  return table('neigh', 'ip neigh', ['Address', 'Device', 'MAC', 'State', 'Waiting'], rows)
}

/** One table per bridge or tunnel of the namespace, or of one device. */
export function fdbTables(marks: Marks, netns: number, only = 0): TableView[] {
  const { env } = marks
  const { t } = env.kernel
  const links = t.linkByNetns
    .at(netns)
    .rows()
    .filter((link) => (link.bridge || link.vxlan) && (only === 0 || link.id === only))
  return links.map((link) => {
    const bucket = t.fdbByTable.at(link.id)
    const rows = bucket.keys().map((key, i) => {
      const row = bucket.rows()[i]!
      const behind = row.dst !== 0 ? formatIpv4(row.dst) : deviceName(env, row.port)
      return entryRow(marks, 'fdb', key, [
        formatMac(row.mac),
        behind,
        row.local ? 'local' : row.state,
        age(env.kernel.now - row.updated),
      ])
    })
    return table(
      'fdb',
      `bridge fdb show ${link.bridge ? 'br' : 'dev'} ${link.name}`,
      ['MAC', 'Behind', 'Kind', 'Age'],
      rows,
    )
  })
}

const age = (ns: number): string => `${Math.max(0, Math.floor(ns / SEC))} s`

export function conntrackTable(marks: Marks, netns: number): TableView {
  const { env } = marks
  const bucket = env.kernel.t.conntrackByNetns.at(netns)
  const rows = bucket.keys().flatMap((key, i) => {
    const row = bucket.rows()[i]!
    return row.confirmed && row.expires > env.kernel.now
      ? [entryRow(marks, 'conntrack', key, conntrackCells(row, env.kernel.now))]
      : []
  })
  return table('conntrack', 'conntrack -L', ['Protocol', 'State', 'Original', 'Reply', 'Flags', 'Left'], rows)
}

const conntrackCells = (row: ConntrackRow, now: number): string[] => [
  protoName(row.orig.proto),
  row.tcp ?? '',
  tupleText(row.orig),
  tupleText(row.reply),
  [row.seenReply ? '' : 'UNREPLIED', row.assured ? 'ASSURED' : '', row.dnat ? 'DNAT' : '', row.snat ? 'SNAT' : '']
    .filter(Boolean)
    .join(' '),
  age(row.expires - now),
]

const SYSCTLS = [
  'net.ipv4.ip_forward',
  'net.bridge.bridge-nf-call-iptables',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.all.route_localnet',
  'net.ipv4.conf.all.arp_ignore',
  'net.ipv4.conf.all.arp_announce',
  'net.netfilter.nf_conntrack_max',
]

export function sysctlTable(marks: Marks, netns: number): TableView {
  const { kernel } = marks.env
  const set = kernel.t.sysctlByNetns
    .at(netns)
    .rows()
    .map((row) => row.name)
  const names = [...new Set([...SYSCTLS, ...set])].sort()
  const rows = names.flatMap((name) => {
    const value = sysctl(kernel, netns, name)
    return value === undefined ? [] : [entryRow(marks, 'sysctl', `${netns}/${name}`, [name, value])]
  })
  return table('sysctl', 'sysctl', ['Name', 'Value'], rows)
}

export function socketTable(marks: Marks, netns: number): TableView {
  const { env } = marks
  const rows = (env.sockets?.byNetns.at(netns).rows() ?? []).map((s) =>
    entryRow(marks, 'socket', s.id, [
      s.proto,
      s.state,
      socketEnd(s.laddr, s.lport),
      socketEnd(s.raddr, s.rport),
      programOf(env, s.owner),
    ]),
  )
  return table('sockets', 'ss -tuanp', ['Protocol', 'State', 'Local', 'Peer', 'Process'], rows)
}

export function processTable(marks: Marks, netns: number): TableView {
  const running = (marks.env.processes?.byNetns.at(netns).rows() ?? []).filter((row) => row.exit === null)
  const rows = running.map((row) =>
    entryRow(marks, 'process', row.pid, [String(row.pid), row.argv.join(' '), row.container ?? '']),
  )
  return table('processes', 'ps', ['PID', 'Command', 'Container'], rows)
}
