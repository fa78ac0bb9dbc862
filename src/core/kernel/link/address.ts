import { lastAddress, maskOf } from '../../base/cidr.ts'
import { type Ipv4, IPV4_BROADCAST, isMulticast, isLoopback } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { deleteRoute, putRoute } from '../route/fib.ts'
import { ROUTE_PROTO, ROUTE_TABLE, routeRow } from '../route/row.ts'
import type { AddressRow, LinkRow } from '../tables.ts'

const addressKey = (row: Pick<AddressRow, 'link' | 'addr' | 'peer' | 'len'>): string =>
  `${row.link}/${row.addr}/${row.len}${row.peer === row.addr ? '' : `/${row.peer}`}`

export interface AddressSpec {
  readonly addr: Ipv4
  readonly len: number
  /** The other end of a point-to-point link; `len` is then about it. */
  readonly peer?: Ipv4
  readonly scope?: AddressRow['scope']
  readonly label?: string
  /** `null`: none, as `ip addr add` without `brd` leaves it; absent: the subnet's last address. */
  readonly broadcast?: Ipv4 | null
}

/**
 * `ip addr add` (net/ipv4/devinet.c __inet_insert_ifa): the address with its local route, and, if the device is up, the routes to its subnet and
 * broadcast addresses. EEXIST when it is there; EINVAL when its subnet is there in another scope.
 */
export function addAddress(
  k: Kernel,
  link: number,
  spec: AddressSpec,
  subject?: readonly ObjectRef[],
): Result<void, Errno> {
  const device = k.t.link.get(link)
  if (!device) return err('ENODEV')
  const { addr, len, peer = addr, scope = 'global' } = spec
  const broadcast = spec.broadcast === undefined ? (len < 31 ? lastAddress(spec) : null) : spec.broadcast
  const subnet = addressesOf(k, link).filter((each) => each.len === len && isInSubnet(each, peer))
  if (subnet.some((each) => each.addr === addr)) return err('EEXIST')
  if (subnet.some((each) => each.scope !== scope)) return err('EINVAL')
  if (device.kind === 'ipvlan' && takenOnParent(k, device, addr)) return err('EADDRINUSE')
  const row: AddressRow = {
    link,
    netns: device.netns,
    addr,
    peer,
    len,
    label: spec.label ?? device.name,
    secondary: subnet.length > 0,
    scope,
    broadcast,
    seq: k.world.next('address'),
  }
  k.world.put(k.t.address, addressKey(row), row, subject)
  connectedRoutes(k, row)
  return ok(undefined)
}

/** inet_ifa_match: is an address in the subnet of an own one? */
export const isInSubnet = (row: AddressRow, ip: Ipv4): boolean => ((row.peer ^ ip) & maskOf(row.len)) === 0

/** ipvlan_addr4_validator_event: children of one parent are told apart by their addresses. */
const takenOnParent = (k: Kernel, device: LinkRow, addr: Ipv4): boolean =>
  k.t.linkByLower
    .at(device.lower)
    .rows()
    .some((link) => link.kind === 'ipvlan' && addressesOf(k, link.id).some((row) => row.addr === addr))

/** `ip addr del`. Secondary addresses go with their primary one (promote_secondaries is 0 where nobody has set it). */
export function deleteAddress(k: Kernel, row: AddressRow): void {
  const secondaries = row.secondary
    ? []
    : addressesOf(k, row.link).filter((each) => each.secondary && each.len === row.len && isInSubnet(each, row.peer))
  for (const each of secondaries) removeAddress(k, each, row)
  removeAddress(k, row, primaryOf(k, row))
}

/** fib_del_ifaddr: what another address of the device brings as well stays. */
function removeAddress(k: Kernel, row: AddressRow, primary: AddressRow): void {
  k.world.delete(k.t.address, addressKey(row))
  const kept = new Set(
    addressesOf(k, row.link).flatMap((each) => connectedRouteRows(k, each, primaryOf(k, each)).map(routeKey)),
  )
  for (const route of connectedRouteRows(k, row, primary)) if (!kept.has(routeKey(route))) deleteRoute(k, route)
}

/** inet_ifa_byprefix: the first address of the device in the same subnet. */
const primaryOf = (k: Kernel, row: AddressRow): AddressRow =>
  row.secondary
    ? (addressesOf(k, row.link).find((each) => each.len === row.len && isInSubnet(each, row.peer)) ?? row)
    : row

export function deleteAddressesOf(k: Kernel, link: number): void {
  for (const row of addressesOf(k, link)) if (!row.secondary) deleteAddress(k, row)
}

/** IFNAMSIZ, without the byte that ends it. */
const LABEL_LENGTH = 15

/** inetdev_changename: labels follow the name of their device; the first is the name itself, the others end as they did, or in a number. */
export function renameLabels(k: Kernel, link: number, name: string): void {
  for (const [i, row] of addressesOf(k, link).entries()) {
    const colon = row.label.indexOf(':')
    const end = i === 0 ? '' : colon < 0 ? `:${i + 1}` : row.label.slice(colon)
    k.world.patch(k.t.address, addressKey(row), { label: name.slice(0, LABEL_LENGTH - end.length) + end })
  }
}

export function addLoopbackAddress(k: Kernel, lo: number): void {
  addAddress(k, lo, { addr: 0x7f000001, len: 8, scope: 'host', broadcast: null })
}

/** The routes that an address brings as its device is now (net/ipv4/fib_frontend.c fib_add_ifaddr). */
export function connectedRoutes(k: Kernel, address: AddressRow): void {
  for (const route of connectedRouteRows(k, address, primaryOf(k, address))) putRoute(k, route)
}

function connectedRouteRows(k: Kernel, a: AddressRow, primary: AddressRow): ReturnType<typeof routeRow>[] {
  const device = k.t.link.get(a.link)!
  const own = { netns: a.netns, dev: a.link, src: primary.addr, proto: ROUTE_PROTO.kernel }
  const local = { ...own, table: ROUTE_TABLE.local, type: 'local' as const, scope: 'host' as const }
  const rows = [routeRow({ ...local, dst: a.addr, len: 32 })]
  if (!device.up) return rows
  const broadcast = (dst: Ipv4): void =>
    void rows.push(routeRow({ ...own, table: ROUTE_TABLE.local, type: 'broadcast', scope: 'link', dst, len: 32 }))
  if (a.broadcast !== null && a.broadcast !== IPV4_BROADCAST) broadcast(a.broadcast)
  const subnet = (a.peer & maskOf(a.len)) >>> 0
  const nothingMore = a.secondary || (subnet === a.addr && a.len === 32)
  if (nothingMore || subnet >>> 24 === 0 || isMulticast(subnet)) return rows
  if (device.kind === 'loopback') rows.push(routeRow({ ...local, dst: subnet, len: a.len }))
  else rows.push(routeRow({ ...own, table: ROUTE_TABLE.main, type: 'unicast', scope: 'link', dst: subnet, len: a.len }))
  const last = (subnet | ~maskOf(a.len)) >>> 0
  if (a.len < 31 && last !== a.broadcast) broadcast(last)
  return rows
}

const routeKey = (row: ReturnType<typeof routeRow>): string => `${row.table}/${row.type}/${row.dst}/${row.len}`

const ordered = new WeakMap<readonly AddressRow[], readonly AddressRow[]>()

const SCOPES: readonly AddressRow['scope'][] = ['host', 'link', 'global']

/** __inet_insert_ifa: primary ones first, those of the narrowest scope in front; else in the order in which they were added. */
const byRank = (a: AddressRow, b: AddressRow): number =>
  Number(a.secondary) - Number(b.secondary) ||
  (a.secondary ? 0 : SCOPES.indexOf(a.scope) - SCOPES.indexOf(b.scope)) ||
  a.seq - b.seq

/** Addresses of a device in the order in which the kernel keeps them. */
export function addressesOf(k: Kernel, link: number): readonly AddressRow[] {
  const rows = k.t.addressByLink.at(link).rows()
  if (rows.length < 2) return rows
  let known = ordered.get(rows)
  if (!known) ordered.set(rows, (known = [...rows].sort(byRank)))
  return known
}

/** Whether the address is one of the namespace's own, on whatever device (weak host model). */
export const isLocalAddress = (k: Kernel, netns: number, ip: Ipv4): boolean =>
  k.t.addressByNetns
    .at(netns)
    .rows()
    .some((row) => row.addr === ip) || isLoopback(ip)

/**
 * inet_select_addr: a source for packets out of `link` towards `dst` (0 = anywhere): the first primary address whose subnet holds
 * `dst`, else the first of the device, else the first of any device with at least the scope. 0 when there is none.
 */
export function selectAddress(k: Kernel, netns: number, link: number, dst: Ipv4, hostScope = false): Ipv4 {
  let first = 0
  for (const row of addressesOf(k, link)) {
    if (row.secondary || (row.scope === 'host' && !hostScope)) continue
    if (dst === 0 || isInSubnet(row, dst)) return row.addr
    first ||= row.addr
  }
  if (first !== 0) return first
  const others = [...k.t.addressByNetns.at(netns).rows()].sort((a, b) => a.seq - b.seq)
  return others.find((row) => row.scope === 'global' && !row.secondary)?.addr ?? 0
}
