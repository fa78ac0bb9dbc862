import { lastAddress, maskOf } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { deleteRoute, putRoute } from '../route/fib.ts'
import { ROUTE_PROTO, ROUTE_TABLE, routeRow } from '../route/row.ts'
import type { AddressRow, LinkRow } from '../tables.ts'

const addressKey = (link: number, addr: Ipv4, len: number): string => `${link}/${addr}/${len}`

export interface AddressSpec {
  readonly addr: Ipv4
  readonly len: number
  readonly scope?: AddressRow['scope']
  /** `null`: none, as `ip addr add` without `brd` leaves it; absent: the subnet's last address. */
  readonly broadcast?: Ipv4 | null
}

/** `ip addr add`: the address, and, if the device is up, its local, broadcast and connected routes. EEXIST when it is there. */
export function addAddress(
  k: Kernel,
  link: number,
  spec: AddressSpec,
  subject?: readonly ObjectRef[],
): Result<void, Errno> {
  const device = k.t.link.get(link)
  if (!device) return err('ENODEV')
  const key = addressKey(link, spec.addr, spec.len)
  if (k.t.address.has(key)) return err('EEXIST')
  if (device.kind === 'ipvlan' && takenOnParent(k, device, spec.addr)) return err('EADDRINUSE')
  const broadcast = spec.broadcast === undefined ? (spec.len < 31 ? lastAddress(spec) : null) : spec.broadcast
  const row: AddressRow = {
    link,
    netns: device.netns,
    addr: spec.addr,
    len: spec.len,
    scope: spec.scope ?? 'global',
    broadcast,
    seq: k.world.next('address'),
  }
  k.world.put(k.t.address, key, row, subject)
  if (device.up) connectedRoutes(k, row)
  return ok(undefined)
}

/** ipvlan_addr4_validator_event: children of one parent are told apart by their addresses. */
const takenOnParent = (k: Kernel, device: LinkRow, addr: Ipv4): boolean =>
  k.t.linkByLower
    .at(device.lower)
    .rows()
    .some((link) => link.kind === 'ipvlan' && addressesOf(k, link.id).some((row) => row.addr === addr))

/** `ip addr del`. Secondary addresses go with their primary one (promote_secondaries is 0 where nobody has set it). */
export function deleteAddress(k: Kernel, link: number, addr: Ipv4, len: number): Result<void, Errno> {
  const key = addressKey(link, addr, len)
  const row = k.t.address.get(key)
  if (!row) return err('EADDRNOTAVAIL')
  const primary = primaryOf(k, row)
  const secondaries =
    primary === row ? addressesOf(k, link).filter((each) => each !== row && primaryOf(k, each) === row) : []
  for (const each of secondaries) removeAddress(k, each, row)
  removeAddress(k, row, primary)
  return ok(undefined)
}

function removeAddress(k: Kernel, row: AddressRow, primary: AddressRow): void {
  for (const route of connectedRouteRows(row, primary)) deleteRoute(k, route)
  k.world.delete(k.t.address, addressKey(row.link, row.addr, row.len))
}

/** The first address of the device in the same subnet: every later one is secondary to it (__inet_insert_ifa). */
function primaryOf(k: Kernel, row: AddressRow): AddressRow {
  const inSubnet = (each: AddressRow): boolean =>
    each.len === row.len && ((each.addr ^ row.addr) & maskOf(row.len)) === 0
  return addressesOf(k, row.link).find(inSubnet) ?? row
}

export function deleteAddressesOf(k: Kernel, link: number): void {
  for (const row of [...k.t.addressByLink.at(link).rows()]) deleteAddress(k, link, row.addr, row.len)
}

export function addLoopbackAddress(k: Kernel, lo: number): void {
  addAddress(k, lo, { addr: 0x7f000001, len: 8, scope: 'host', broadcast: null })
}

/** The routes an address brings (net/ipv4/fib_frontend.c fib_add_ifaddr). */
export function connectedRoutes(k: Kernel, address: AddressRow): void {
  for (const route of connectedRouteRows(address, primaryOf(k, address))) putRoute(k, route)
}

function connectedRouteRows(a: AddressRow, primary: AddressRow): ReturnType<typeof routeRow>[] {
  const loopback = a.scope === 'host'
  const own = { netns: a.netns, dev: a.link, src: primary.addr, proto: ROUTE_PROTO.kernel }
  const local = { ...own, table: ROUTE_TABLE.local, type: 'local' as const, scope: 'host' as const }
  const rows = [routeRow({ ...local, dst: a.addr, len: 32 })]
  // A secondary address adds nothing but itself: the subnet is there already.
  if (a.len === 32 || a !== primary) return rows
  const subnet = (a.addr & maskOf(a.len)) >>> 0
  if (loopback) rows.push(routeRow({ ...local, dst: subnet, len: a.len }))
  else if (subnet !== a.addr || a.len < 31) {
    rows.push(routeRow({ ...own, table: ROUTE_TABLE.main, type: 'unicast', scope: 'link', dst: subnet, len: a.len }))
  }
  if (a.len < 31) {
    const dst = a.broadcast ?? lastAddress(a)
    rows.push(routeRow({ ...own, table: ROUTE_TABLE.local, type: 'broadcast', scope: 'link', dst, len: 32 }))
  }
  return rows
}

const ordered = new WeakMap<readonly AddressRow[], readonly AddressRow[]>()

/** Addresses of a device in the order they were added: the first is primary. */
export function addressesOf(k: Kernel, link: number): readonly AddressRow[] {
  const rows = k.t.addressByLink.at(link).rows()
  if (rows.length < 2) return rows
  let known = ordered.get(rows)
  if (!known) ordered.set(rows, (known = [...rows].sort((a, b) => a.seq - b.seq)))
  return known
}

/** Whether the address is one of the namespace's own, on whatever device (weak host model). */
export const isLocalAddress = (k: Kernel, netns: number, ip: Ipv4): boolean =>
  k.t.addressByNetns
    .at(netns)
    .rows()
    .some((row) => row.addr === ip) || ip >>> 24 === 127

/**
 * inet_select_addr: a source for packets out of `link` towards `dst` (0 = anywhere): the first primary address whose subnet holds
 * `dst`, else the first of the device, else the first of any device with at least the scope. 0 when there is none.
 */
export function selectAddress(k: Kernel, netns: number, link: number, dst: Ipv4, hostScope = false): Ipv4 {
  let first = 0
  for (const row of addressesOf(k, link)) {
    if (row.scope === 'host' && !hostScope) continue
    if (dst === 0 || ((row.addr ^ dst) & maskOf(row.len)) === 0) return row.addr
    first ||= row.addr
  }
  if (first !== 0) return first
  const others = [...k.t.addressByNetns.at(netns).rows()].sort((a, b) => a.seq - b.seq)
  return others.find((row) => row.scope === 'global')?.addr ?? 0
}
