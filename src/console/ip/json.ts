import { formatIpv4 } from '../../core/base/ipv4.ts'
import { formatMac } from '../../core/base/mac.ts'
import { addressesOf } from '../../core/kernel/link/address.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { type IpContext, deviceName } from './context.ts'
import { flagNames, operState } from './device-text.ts'

export type JsonRow = Readonly<Record<string, unknown>>

/** `ip -j`: one line; with `-p` as iproute2's json_writer lays it out. */
export function printJson(rows: readonly JsonRow[], pretty: boolean): string {
  if (!pretty) return `${JSON.stringify(rows)}\n`
  return rows.length === 0 ? '[ ]\n' : `[ ${rows.map((row) => prettyObject(row, 1)).join(',')} ]\n`
}

const prettyValue = (value: unknown, depth: number): string => {
  if (Array.isArray(value)) {
    if (value.length === 0) return '[ ]'
    return `[ ${value.map((item: unknown) => prettyValue(item, depth + 1)).join(',')} ]`
  }
  return typeof value === 'object' && value !== null ? prettyObject(value as JsonRow, depth + 1) : JSON.stringify(value)
}

function prettyObject(row: JsonRow, depth: number): string {
  const indent = '    '.repeat(depth + 1)
  const fields = Object.entries(row).filter(([, value]) => value !== undefined)
  const body = fields.map(([key, value]) => `${indent}${JSON.stringify(key)}: ${prettyValue(value, depth)}`).join(',\n')
  return `{\n${body}\n${'    '.repeat(depth)}}`
}

export function linkJson(ip: IpContext, link: LinkRow, mode: boolean): JsonRow {
  const peer = link.peer === 0 ? undefined : ip.env.kernel.t.link.get(link.peer)
  const here = peer !== undefined && peer.netns === link.netns
  const loopback = link.kind === 'loopback'
  return {
    ifindex: link.ifindex,
    ...(peer && (here ? { link: peer.name } : { link_index: peer.ifindex })),
    ifname: link.name,
    flags: flagNames(ip, link),
    mtu: link.mtu,
    qdisc: !link.up ? 'noop' : link.kind === 'ether' ? 'fq_codel' : 'noqueue',
    ...(link.master !== 0 && { master: deviceName(ip, link.master) }),
    operstate: operState(ip, link),
    ...(mode && { linkmode: 'DEFAULT' }),
    group: 'default',
    txqlen: 1000,
    link_type: loopback ? 'loopback' : 'ether',
    address: formatMac(link.mac),
    broadcast: loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff',
  }
}

const FOREVER = 4294967295

export const addressJson = (ip: IpContext, link: LinkRow): JsonRow => ({
  ...linkJson(ip, link, false),
  addr_info: addressesOf(ip.env.kernel, link.id).map((row) => ({
    family: 'inet',
    local: formatIpv4(row.addr),
    ...(row.peer !== row.addr && { address: formatIpv4(row.peer) }),
    prefixlen: row.len,
    ...(row.broadcast !== null && { broadcast: formatIpv4(row.broadcast) }),
    scope: row.scope,
    ...(row.secondary && { secondary: true }),
    label: row.label,
    valid_life_time: FOREVER,
    preferred_life_time: FOREVER,
  })),
})
