import { type Result, err, ok } from '../../base/result.ts'
import { type Mac, isGroupMac, localMac } from '../../base/mac.ts'
import { MS, SEC } from '../../base/time.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { flushNeighbours } from '../neigh/neigh.ts'
import { deleteRoutesThrough, reviveRoutesThrough } from '../route/fib.ts'
import { hasCarrier } from './carrier.ts'
import { bornNoarp, isLayer3, isStacked, isTunnel } from './kind.ts'
import type { DeviceConfig } from './config.ts'
import type { BridgePort, LinkKind, LinkRow, VxlanConfig } from '../tables.ts'
import { isFallback } from './tunnel.ts'
import { bindPort, forgetSessions } from './wireguard.ts'
import { macChanged, mtuChanged, refuses, vlansOn } from './follow.ts'
import { deviceConf } from '../sysctl/sysctl.ts'
import { addLoopbackAddress, addressesOf, connectedRoutes, deleteAddressesOf, renameLabels } from './address.ts'
import { bridgePortJoined, bridgePortLeft, bridgePortStopped, flushFdb } from './bridge.ts'

export interface LinkSpec {
  readonly name: string
  readonly kind: LinkKind
  /** Absent: drawn at random, locally administered. */
  readonly mac?: Mac
  /** Bytes. Default 1500. */
  readonly mtu?: number
  readonly noarp?: boolean
  readonly vxlan?: VxlanConfig
  /** Link id of the device under it. */
  readonly lower?: number
  readonly config?: DeviceConfig
  /** Tunnels: the namespace of the outer packets, if it is another. */
  readonly home?: number
}

export const DEFAULT_PORT: BridgePort = { hairpin: false, learning: true, flood: true, isolated: false }

/**
 * `ip link add`: a new device, down; for kinds that need more than a name see stacked.ts, tunnel.ts, tun.ts, wireguard.ts. Answers its link id;
 * EEXIST when the namespace has one of that name.
 */
export function addLink(k: Kernel, netns: number, spec: LinkSpec): Result<number, Errno> {
  if (k.t.linkByName.at(`${netns}/${spec.name}`).size > 0) return err('EEXIST')
  const id = k.world.next('link')
  const row: LinkRow = {
    id,
    netns,
    ifindex: freeIfindex(k, netns),
    name: spec.name,
    kind: spec.kind,
    mac: spec.mac ?? (isLayer3({ kind: spec.kind, config: spec.config ?? null }) ? 0 : randomMac(k)),
    mtu: spec.mtu ?? 1500,
    up: false,
    master: 0,
    peer: 0,
    noarp: spec.noarp ?? bornNoarp(spec.kind, spec.config ?? null),
    port: null,
    bridge: spec.kind === 'bridge' ? { ageing: 300 * SEC, pinned: spec.mac !== undefined } : null,
    vxlan: spec.vxlan ?? null,
    lower: spec.lower ?? 0,
    home: isTunnel(spec.kind) ? (spec.home ?? netns) : 0,
    config: spec.config ?? null,
  }
  k.world.put(k.t.link, id, row)
  return ok(id)
}

/** `ip link add A type veth peer name B netns …`: both ends, down. The peer is created first, as the kernel does (veth_newlink). */
export function addVeth(
  k: Kernel,
  netns: number,
  spec: Omit<LinkSpec, 'kind'>,
  peerNetns: number,
  peerSpec: Omit<LinkSpec, 'kind'>,
): Result<readonly [number, number], Errno> {
  if (k.t.linkByName.at(`${netns}/${spec.name}`).size > 0) return err('EEXIST')
  const peer = addLink(k, peerNetns, { ...peerSpec, kind: 'veth' })
  if (!peer.ok) return peer
  const own = addLink(k, netns, { ...spec, kind: 'veth' })
  if (!own.ok) return own
  k.world.patch(k.t.link, own.value, { peer: peer.value })
  k.world.patch(k.t.link, peer.value, { peer: own.value })
  return ok([own.value, peer.value])
}

export const randomMac = (k: Kernel): Mac => localMac(k.world.random('mac'), k.world.random('mac'))

export interface LinkChange {
  readonly up?: boolean
  readonly mtu?: number
  readonly name?: string
  readonly mac?: Mac
  /** Bridge link id, or 0 for `nomaster`. */
  readonly master?: number
  readonly port?: Partial<BridgePort>
}

/** `ip link set`: applies the given changes to a device, with their consequences for addresses, routes and the bridge. */
export function setLink(k: Kernel, id: number, change: LinkChange): Result<void, Errno> {
  const before = k.t.link.get(id)
  if (!before) return err('ENODEV')
  // is_valid_ether_addr
  if (change.mac !== undefined && (change.mac === 0 || isGroupMac(change.mac))) return err('EADDRNOTAVAIL')
  if (change.mtu !== undefined && (change.mtu < 68 || change.mtu > 65536)) return err('EINVAL')
  const { name } = change
  if (name !== undefined && name !== before.name && k.t.linkByName.at(`${before.netns}/${name}`).size > 0) {
    return err('EEXIST')
  }
  const refusal = refuses(k, before, change)
  if (refusal) return err(refusal)
  if (name !== undefined && name !== before.name) {
    k.world.patch(k.t.link, id, { name })
    renameLabels(k, id, name)
  }
  if (change.mtu !== undefined) {
    k.world.patch(k.t.link, id, { mtu: change.mtu })
    mtuChanged(k, id, change.mtu)
  }
  if (change.mac !== undefined) setMac(k, id, change.mac)
  if (change.master !== undefined && change.master !== before.master) setMaster(k, id, change.master)
  if (change.port) {
    const { port } = k.t.link.get(id)!
    if (!port) return err('EINVAL')
    k.world.patch(k.t.link, id, { port: { ...port, ...change.port } })
  }
  if (change.up !== undefined && change.up !== before.up) {
    if (change.up) bringUp(k, id)
    else takeDown(k, id)
  }
  return ok(undefined)
}

function setMac(k: Kernel, id: number, mac: Mac): void {
  const link = k.t.link.get(id)!
  k.world.patch(k.t.link, id, { mac, bridge: link.bridge ? { ...link.bridge, pinned: true } : null })
  // neigh_changeaddr: nobody knows the new one yet.
  flushNeighbours(k, id)
  macChanged(k, id, link.mac, mac)
  notifyPeers(k, id)
}

function setMaster(k: Kernel, id: number, master: number): void {
  const before = k.t.link.get(id)!
  k.world.patch(k.t.link, id, { master, port: master === 0 ? null : DEFAULT_PORT })
  if (before.master !== 0) bridgePortLeft(k, before.master, id)
  if (master !== 0) bridgePortJoined(k, master, id)
}

/** NETDEV_UP: the loopback gets 127.0.0.1/8, addresses get their connected routes (net/ipv4/devinet.c, fib_frontend.c). */
function bringUp(k: Kernel, id: number): void {
  k.world.patch(k.t.link, id, { up: true })
  const link = k.t.link.get(id)!
  if (link.kind === 'loopback') addLoopbackAddress(k, id)
  for (const address of k.t.addressByLink.at(id).rows()) connectedRoutes(k, address)
  reviveRoutesThrough(k, id)
  notifyPeers(k, id)
  for (const child of vlansOn(k, id)) if (!child.up) bringUp(k, child.id)
  bindPort(k, id)
  k.wake(id)
}

/** inetdev_send_gratuitous_arp, where arp_notify asks for it. */
function notifyPeers(k: Kernel, id: number): void {
  const link = k.t.link.get(id)!
  if (!link.up || !deviceConf(k, link.netns, link.name).arpNotify) return
  for (const address of addressesOf(k, id)) k.announce(link, address.addr)
}

/** NETDEV_DOWN: routes through the device and its neighbours go, its addresses stay, with their local routes (fib_disable_ip, neigh_ifdown). */
function takeDown(k: Kernel, id: number): void {
  k.world.patch(k.t.link, id, { up: false })
  deleteRoutesThrough(k, id)
  flushNeighbours(k, id)
  for (const child of vlansOn(k, id)) if (child.up) takeDown(k, child.id)
  forgetSessions(k, id)
  const { peer } = k.t.link.get(id)!
  bridgePortStopped(k, id)
  if ((k.t.link.get(peer)?.master ?? 0) !== 0) k.sim.after(LINK_WATCH_DELAY, LINK_WATCH, { link: peer })
}

/** The kernel notices a little later that a carrier is gone (net/core/link_watch.c); a cable that is back by then was never out. */
export const LINK_WATCH: EventKind<{ readonly link: number }> = eventKind('link.watch')
const LINK_WATCH_DELAY = 100 * MS

export function linkWatch(k: Kernel, { link }: { readonly link: number }): void {
  const row = k.t.link.get(link)
  if (row && !hasCarrier(k, row)) bridgePortStopped(k, link)
}

/**
 * `ip link del`: the device and all that hangs on it; a veth takes its other end along, a parent the devices that stand on it.
 * `namespaceGoes`: with its namespace even a device goes that cannot be deleted.
 */
export function deleteLink(k: Kernel, id: number, namespaceGoes = false): void {
  const link = k.t.link.get(id)
  if (!link) return
  // A device that comes with its module stays (ip_tunnel_dellink).
  if (isFallback(link) && !namespaceGoes) return
  for (const child of [...k.t.linkByLower.at(id).rows()]) {
    if (isStacked(child)) deleteLink(k, child.id)
    else k.world.patch(k.t.link, child.id, { lower: 0 })
  }
  if (link.up) takeDown(k, id)
  deleteAddressesOf(k, id)
  flushNeighbours(k, id)
  for (const port of [...k.t.linkByMaster.at(id).keys()]) setMaster(k, port, 0)
  if (link.master !== 0) setMaster(k, id, 0)
  flushFdb(k, id)
  for (const peer of [...k.t.wgPeerByLink.at(id).keys()]) k.world.delete(k.t.wgPeer, peer)
  k.world.delete(k.t.link, id)
  if (link.peer !== 0) {
    const peer = k.t.link.get(link.peer)
    if (peer) {
      k.world.patch(k.t.link, peer.id, { peer: 0 })
      deleteLink(k, peer.id)
    }
  }
}

/** Moves a device to another namespace (`ip link set X netns Y`): it loses its addresses and gets a new ifindex if taken. */
export function moveLink(k: Kernel, id: number, netns: number, name?: string): Result<void, Errno> {
  const link = k.t.link.get(id)
  if (!link) return err('ENODEV')
  if (isFallback(link)) return err('EINVAL')
  if (k.t.linkByName.at(`${netns}/${name ?? link.name}`).size > 0) return err('EEXIST')
  if (link.up) takeDown(k, id)
  deleteAddressesOf(k, id)
  if (link.master !== 0) setMaster(k, id, 0)
  const ifindex = isTaken(k, netns, link.ifindex) ? freeIfindex(k, netns) : link.ifindex
  k.world.patch(k.t.link, id, { netns, name: name ?? link.name, up: false, ifindex })
  return ok(undefined)
}

const isTaken = (k: Kernel, netns: number, ifindex: number): boolean =>
  k.t.linkByNetns
    .at(netns)
    .rows()
    .some((link) => link.ifindex === ifindex)

/** dev_index_reserve: the next number of the namespace that no device brought along. */
function freeIfindex(k: Kernel, netns: number): number {
  for (;;) {
    const ifindex = k.world.next(`ifindex/${netns}`)
    if (!isTaken(k, netns, ifindex)) return ifindex
  }
}
