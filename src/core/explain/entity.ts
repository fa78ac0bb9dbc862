import { formatCidr } from '../base/cidr.ts'
import { formatMac } from '../base/mac.ts'
import type { ObjectRef } from '../base/ref.ts'
import { formatIpv4 } from '../base/ipv4.ts'
import { addressesOf } from '../kernel/link/address.ts'
import type { DeviceConfig } from '../kernel/link/config.ts'
import { kindText } from '../kernel/link/describe.ts'
import { isLayer3 } from '../kernel/link/kind.ts'
import type { LinkRow, NetnsRow } from '../kernel/tables.ts'
import { POINT_CODE } from '../trace/vocabulary.ts'
import { type ExplainEnv, type Lines, NO_LINES } from './env.ts'
import { iptablesTables } from './entity/iptables.ts'
import {
  addressTable,
  conntrackTable,
  fdbTables,
  linkTable,
  neighTable,
  processTable,
  routeTables,
  ruleTable,
  socketTable,
  sysctlTable,
} from './entity/netns-tables.ts'
import { objectView } from './entity/object.ts'
import { peerTable } from './entity/peers.ts'
import { type Marks, entryRow, marksAt, plainRow } from './entity/row.ts'
import { deviceName, placeOf } from './places.ts'
import { formatAddress } from './print/address.ts'
import type { Cursor, Entity, EntityView, TableView } from './views.ts'

/** What the inspector shows of a thing, as of now; rows used or written by the step under the cursor are marked. `null`: no such thing. */
export function entity(env: ExplainEnv, what: Entity, cursor: Cursor, lines: Lines = NO_LINES): EntityView | null {
  const marks = marksAt(env, cursor, lines)
  switch (what.kind) {
    case 'host': {
      const row = env.kernel.t.netns.rows().find((each) => each.name === 'host' && each.label === what.id)
      return row ? netnsView(marks, row) : null
    }
    case 'netns': {
      const row = env.kernel.t.netns.get(what.id)
      return row ? netnsView(marks, row) : null
    }
    case 'device': {
      const link = env.kernel.t.link.get(what.id)
      return link ? deviceView(marks, link) : null
    }
    case 'network':
      return networkView(marks, what.id.replace(/^network\//, ''))
    case 'object':
      return objectView(marks, what.ref)
  }
}

const RECEIVED = POINT_CODE.get('dev.recv')!
const SENT = POINT_CODE.get('dev.xmit')!

const NOTHING: Pick<EntityView, 'facts' | 'tables' | 'yaml' | 'line' | 'rows'> = {
  facts: [],
  tables: [],
  yaml: null,
  line: null,
  rows: [],
}

function netnsView(marks: Marks, row: NetnsRow): EntityView {
  const { env } = marks
  const { t } = env.kernel
  const place = placeOf(env, row.id)
  const ref = objectOfLabel(row)
  const tables: TableView[] = [
    ...routeTables(marks, row.id),
    neighTable(marks, row.id),
    ...fdbTables(marks, row.id),
    ...iptablesTables(marks, row.id),
    conntrackTable(marks, row.id),
    socketTable(marks, row.id),
    addressTable(marks, row.id),
    linkTable(marks, row.id),
    processTable(marks, row.id),
    ruleTable(marks, row.id),
    sysctlTable(marks, row.id),
  ]
  const addresses = t.linkByNetns
    .at(row.id)
    .rows()
    .toSorted((a, b) => a.ifindex - b.ifindex)
    .flatMap(({ id }) => addressesOf(env.kernel, id))
    .filter(({ scope }) => scope === 'global')
  return {
    ...NOTHING,
    title: place.short,
    subtitle: row.name === 'host' ? row.label : `${row.label} · ${row.host}`,
    facts: [
      { name: 'addresses', value: addresses.map(formatAddress).join(', ') },
      { name: 'netns', value: row.name },
      ...(ref && env.api?.peek(ref) ? [{ name: 'object', value: ref }] : []),
    ],
    tables: tables.filter((table) => table.rows.length > 0),
    line: ref ? marks.lines(ref) : null,
  }
}

function objectOfLabel(row: NetnsRow): ObjectRef | null {
  const [kind, ...rest] = row.label.split('/')
  if (kind === 'pod') return `Pod/${rest.join('/')}`
  return kind === 'node' ? `Node/${rest.join('/')}` : null
}

function deviceView(marks: Marks, link: LinkRow): EntityView {
  const { env } = marks
  const place = placeOf(env, link.netns)
  const seen = traffic(env, link.id)
  const tables = [
    addressTable(marks, link.netns, link.id),
    ...fdbTables(marks, link.netns, link.id),
    neighTable(marks, link.netns, link.id),
    portTable(marks, link),
    peerTable(marks, link),
  ]
  return {
    ...NOTHING,
    title: link.name,
    subtitle: `${link.kind} · ${place.id}`,
    facts: [
      ...(isLayer3(link) ? [] : [{ name: 'mac', value: formatMac(link.mac) }]),
      { name: 'mtu', value: String(link.mtu) },
      { name: 'state', value: link.up ? 'UP' : 'DOWN' },
      ...(link.peer
        ? [
            {
              name: 'peer',
              value: `${deviceName(env, link.peer)} · ${placeOf(env, env.kernel.t.link.get(link.peer)?.netns ?? 0).id}`,
            },
          ]
        : []),
      ...(link.master ? [{ name: 'bridge', value: deviceName(env, link.master) }] : []),
      ...(link.vxlan ? [{ name: 'vxlan', value: vxlanText(env, link) }] : []),
      ...(link.config ? configFacts(env, link, link.config) : []),
      { name: 'received', value: `${seen.in}` },
      { name: 'sent', value: `${seen.out}` },
    ],
    tables: tables.filter((table) => table.rows.length > 0),
  }
}

/** Of WireGuard `ip` knows nothing but the name. */
function configFacts(env: ExplainEnv, link: LinkRow, config: DeviceConfig): EntityView['facts'] {
  if (config.kind !== 'wireguard') return [{ name: link.kind, value: configText(env, link) }]
  return [
    { name: 'listening', value: config.port === 0 ? '' : String(config.port) },
    { name: 'publicKey', value: config.publicKey },
  ].filter(({ value }) => value !== '')
}

/** The kind's own settings, as `ip -d link` words them. */
const configText = (env: ExplainEnv, link: LinkRow): string =>
  kindText(link, link.lower === 0 ? '' : deviceName(env, link.lower)).trim()

function vxlanText(env: ExplainEnv, { vxlan }: LinkRow): string {
  if (!vxlan) return ''
  return `id ${vxlan.vni} local ${formatIpv4(vxlan.local)} dev ${deviceName(env, vxlan.underlay)} dstport ${vxlan.port}${vxlan.learning ? '' : ' nolearning'}`
}

function portTable(marks: Marks, link: LinkRow): TableView {
  const ports = link.bridge ? marks.env.kernel.t.linkByMaster.at(link.id).rows() : []
  const rows = ports.map((port) =>
    entryRow(marks, 'link', port.id, [
      port.name,
      port.port?.hairpin ? 'on' : 'off',
      port.port?.learning ? 'on' : 'off',
      port.port?.isolated ? 'on' : 'off',
    ]),
  )
  return { title: 'ports', command: 'bridge -d link', columns: ['Port', 'Hairpin', 'Learning', 'Isolated'], rows }
}

/** Frames that passed the device up to the moment shown: counted in the trace, not kept anywhere. */
function traffic({ trace, world }: ExplainEnv, dev: number): { readonly in: number; readonly out: number } {
  const { columns } = trace
  const seen = { in: 0, out: 0 }
  for (let i = 0; i < trace.length && columns.journal[i]! <= world.journal.position; i++) {
    if (columns.dev[i] !== dev) continue
    if (columns.point[i] === RECEIVED) seen.in++
    else if (columns.point[i] === SENT) seen.out++
  }
  return seen
}

function networkView(marks: Marks, name: string): EntityView | null {
  const { env } = marks
  const network = env.fabric.networks.get(name)
  if (!network) return null
  const learned = env.fabric.ports.keys().flatMap((key) => {
    const row = env.fabric.ports.get(key)!
    if (row.network !== name) return []
    const link = env.kernel.t.link.get(row.link)
    const host = link ? placeOf(env, link.netns).id : ''
    return [entryRow(marks, 'switchPort', key, [formatMac(row.mac), `${host} ${link?.name ?? ''}`])]
  })
  const members = env.fabric.wiresByNetwork
    .at(name)
    .rows()
    .map((wire) => {
      const link = env.kernel.t.link.get(wire.link)
      const host = link ? placeOf(env, link.netns).id : ''
      const addresses = addressesOf(env.kernel, wire.link).map(formatAddress).join(', ')
      const rate = wire.rate === null ? '' : `${wire.rate} bit/s`
      return plainRow(String(wire.link), [
        host,
        link?.name ?? '',
        addresses,
        `${wire.delay / 1000} µs`,
        rate,
        wire.loss ? `${wire.loss * 100} %` : '',
      ])
    })
  const tables: TableView[] = [
    {
      title: 'members',
      command: '',
      columns: ['Machine', 'Device', 'Address', 'Delay', 'Rate', 'Loss'],
      rows: members,
    },
    { title: 'switch', command: '', columns: ['MAC', 'Behind'], rows: learned },
  ]
  return {
    ...NOTHING,
    title: name,
    subtitle: `network/${name}`,
    facts: [
      { name: 'cidr', value: formatCidr(network.cidr) },
      { name: 'mtu', value: String(network.mtu) },
    ],
    tables: tables.filter((table) => table.rows.length > 0),
  }
}
