import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { SEC } from '../../base/time.ts'
import { Cache } from '../cache.ts'
import type { Kernel } from '../kernel.ts'
import type { FdbRow, LinkRow } from '../tables.ts'

const fdbKey = (table: number, mac: Mac): string => `${table}/${mac}`

/** A learned entry is touched at most this often, where Linux touches it every jiffy: no difference against an ageing of 300 s. */
const TOUCH = SEC

interface ByMac {
  /** Versions of the whole table and of this device's rows in it. */
  table: number
  readonly version: number
  readonly rows: Map<Mac, FdbRow>
}
const tables = new Cache<ByMac>()

function fdbOf(k: Kernel, device: number): Map<Mac, FdbRow> {
  const perDevice = tables.of(k)
  const known = perDevice[device]
  const table = k.t.fdb.version
  if (known && known.table === table) return known.rows
  const bucket = k.t.fdbByTable.at(device)
  if (known && known.version === bucket.version) {
    known.table = table
    return known.rows
  }
  const rows = new Map<Mac, FdbRow>()
  for (const row of bucket.rows()) rows.set(row.mac, row)
  perDevice[device] = { table, version: bucket.version, rows }
  return rows
}

/** br_fdb_find_rcu: the live entry for a MAC in a bridge or VXLAN device, or `undefined`. */
export function fdbLookup(k: Kernel, table: LinkRow, mac: Mac): FdbRow | undefined {
  const row = fdbOf(k, table.id).get(mac)
  if (!row || row.state !== 'learned') return row
  const ageing = table.bridge?.ageing ?? 300 * SEC
  return k.now - row.updated >= ageing ? undefined : row
}

/** br_fdb_update: the source address of a frame belongs behind this port. Returns whether the table changed. */
export function fdbLearn(k: Kernel, bridge: LinkRow, port: number, mac: Mac): 'new' | 'moved' | 'known' | 'refused' {
  const row = fdbOf(k, bridge.id).get(mac)
  if (mac === bridge.mac || row?.local) return 'refused'
  if (row && row.state !== 'learned') return 'known'
  if (row && row.port === port && k.now - row.updated < TOUCH) return 'known'
  const fresh: FdbRow = { table: bridge.id, mac, port, dst: 0, state: 'learned', local: false, updated: k.now }
  k.world.put(k.t.fdb, fdbKey(bridge.id, mac), fresh)
  return row ? (row.port === port ? 'known' : 'moved') : 'new'
}

/** `bridge fdb replace MAC dev VXLAN dst REMOTE` */
export function fdbReplaceRemote(k: Kernel, vxlan: number, mac: Mac, dst: Ipv4, subject?: readonly ObjectRef[]): void {
  const row: FdbRow = { table: vxlan, mac, port: 0, dst, state: 'permanent', local: false, updated: k.now }
  k.world.put(k.t.fdb, fdbKey(vxlan, mac), row, subject)
}

/** `bridge fdb replace MAC dev PORT master static` */
export function fdbReplaceStatic(k: Kernel, bridge: number, port: number, mac: Mac): void {
  const row: FdbRow = { table: bridge, mac, port, dst: 0, state: 'static', local: false, updated: k.now }
  k.world.put(k.t.fdb, fdbKey(bridge, mac), row)
}

export function fdbDelete(k: Kernel, table: number, mac: Mac): boolean {
  const key = fdbKey(table, mac)
  if (!k.t.fdb.has(key)) return false
  k.world.delete(k.t.fdb, key)
  return true
}

export function flushFdb(k: Kernel, table: number): void {
  for (const key of [...k.t.fdbByTable.at(table).keys()]) k.world.delete(k.t.fdb, key)
}

/** br_add_if: the port's own address becomes local, and the bridge may take over the lowest port address. */
export function bridgePortJoined(k: Kernel, bridge: number, port: number): void {
  const mac = k.t.link.get(port)!.mac
  const own: FdbRow = { table: bridge, mac, port, dst: 0, state: 'permanent', local: true, updated: k.now }
  k.world.put(k.t.fdb, fdbKey(bridge, mac), own)
  recalculateMac(k, bridge)
}

/** br_stp_disable_port: what was learned behind a port that runs no more is forgotten. */
export function bridgePortStopped(k: Kernel, port: number): void {
  const bridge = k.t.link.get(port)?.master ?? 0
  if (bridge === 0) return
  for (const row of [...k.t.fdbByTable.at(bridge).rows()]) {
    if (row.port === port && row.state === 'learned') k.world.delete(k.t.fdb, fdbKey(bridge, row.mac))
  }
}

export function bridgePortLeft(k: Kernel, bridge: number, port: number): void {
  for (const row of [...k.t.fdbByTable.at(bridge).rows()]) {
    if (row.port === port) k.world.delete(k.t.fdb, fdbKey(bridge, row.mac))
  }
  recalculateMac(k, bridge)
}

/** br_stp_recalculate_bridge_id: a bridge whose address nobody set wears the numerically lowest one of its ports. */
function recalculateMac(k: Kernel, id: number): void {
  const bridge = k.t.link.get(id)
  if (!bridge || bridge.bridge!.pinned) return
  const macs = k.t.linkByMaster
    .at(id)
    .rows()
    .map((port) => port.mac)
  if (macs.length > 0) k.world.patch(k.t.link, id, { mac: Math.min(...macs) })
}
