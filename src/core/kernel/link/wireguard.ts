import { maskOf } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { formatKey, parseKey, publicKeyOf } from '../../base/x25519.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { LinkRow, WgEndpoint, WgPeerRow } from '../tables.ts'
import type { WireguardConfig } from './config.ts'
import { addLink } from './link.ts'

/** `ip link add NAME type wireguard`: MTU 1420, no address, no key, no peer. EEXIST. */
export const addWireguard = (
  k: Kernel,
  netns: number,
  spec: { readonly name: string; readonly mtu?: number; readonly home?: number },
): Result<number, Errno> =>
  addLink(k, netns, {
    name: spec.name,
    kind: 'wireguard',
    mtu: spec.mtu ?? 1420,
    ...(spec.home !== undefined && { home: spec.home }),
    config: { kind: 'wireguard', privateKey: '', publicKey: '', port: 0, fwmark: 0 },
  })

export interface WireguardChange {
  /** 44 characters of base64. */
  readonly privateKey?: string
  readonly port?: number
  readonly fwmark?: number
}

/** `wg set DEV private-key … listen-port … fwmark …`. EINVAL: no key; EADDRINUSE: another device listens there. */
export function setWireguard(k: Kernel, link: number, change: WireguardChange): Result<void, Errno> {
  const config = wireguardOf(k, link)
  if (!config) return err('EOPNOTSUPP')
  const { privateKey, port, fwmark } = change
  const key = privateKey === undefined ? null : parseKey(privateKey)
  if (privateKey !== undefined && key === null) return err('EINVAL')
  const row = k.t.link.get(link)!
  if (port !== undefined && port !== 0 && row.up && portTaken(k, row, port)) return err('EADDRINUSE')
  const keys = key && privateKey !== undefined ? { privateKey, publicKey: formatKey(publicKeyOf(key)) } : {}
  const next = { ...config, ...keys, ...(port !== undefined && { port }), ...(fwmark !== undefined && { fwmark }) }
  k.world.patch(k.t.link, link, { config: next })
  // A device is not its own peer.
  if (next.publicKey !== '') removePeer(k, link, next.publicKey)
  if (row.up) bindPort(k, link)
  return ok(undefined)
}

export const wireguardOf = (k: Kernel, link: number): WireguardConfig | null => {
  const config = k.t.link.get(link)?.config
  return config?.kind === 'wireguard' ? config : null
}

const portTaken = (k: Kernel, link: LinkRow, port: number): boolean =>
  k.t.linkByHome
    .at(link.home)
    .rows()
    .some((each) => each.id !== link.id && each.up && each.config?.kind === 'wireguard' && each.config.port === port)

const PORT_MIN = 32768
const PORT_COUNT = 28232

/** wg_open: a device without a port gets one. */
export function bindPort(k: Kernel, link: number): void {
  const config = wireguardOf(k, link)
  if (!config || config.port !== 0) return
  const port = PORT_MIN + (k.world.random('wireguard/port') % PORT_COUNT)
  k.world.patch(k.t.link, link, { config: { ...config, port } })
}

export const wgPeerKey = (link: number, publicKey: string): string => `${link}/${publicKey}`

export interface WgPeerChange {
  readonly endpoint?: Pick<WgEndpoint, 'addr' | 'port'>
  /** Replaces those there are. */
  readonly allowed?: WgPeerRow['allowed']
  readonly keepalive?: number
}

/** `wg set DEV peer KEY …`: makes the peer or changes it. An allowed prefix belongs to one peer of a device: to the last that asked. */
export function setWgPeer(k: Kernel, link: number, publicKey: string, change: WgPeerChange): Result<void, Errno> {
  const config = wireguardOf(k, link)
  if (!config) return err('EOPNOTSUPP')
  if (parseKey(publicKey) === null) return err('EINVAL')
  if (publicKey === config.publicKey) return ok(undefined)
  const allowed = change.allowed?.map(({ addr, len }) => ({ addr: (addr & maskOf(len)) >>> 0, len }))
  for (const other of [...k.t.wgPeerByLink.at(link).rows()]) {
    if (other.publicKey === publicKey || !allowed) continue
    const left = other.allowed.filter((each) => !allowed.some((a) => a.addr === each.addr && a.len === each.len))
    if (left.length < other.allowed.length) putWgPeer(k, { ...other, allowed: left })
  }
  const row = k.t.wgPeer.get(wgPeerKey(link, publicKey)) ?? freshPeer(link, publicKey)
  putWgPeer(k, {
    ...row,
    ...(change.endpoint && { endpoint: { ...change.endpoint, src: 0 } }),
    ...(allowed && { allowed }),
    ...(change.keepalive !== undefined && { keepalive: change.keepalive }),
  })
  k.wake(link)
  return ok(undefined)
}

const freshPeer = (link: number, publicKey: string): WgPeerRow => ({
  link,
  publicKey,
  endpoint: null,
  allowed: [],
  keepalive: 0,
  session: null,
  previous: null,
  next: null,
  handshake: null,
  initiated: -1,
  agreed: 0,
  queue: [],
  rxBytes: 0,
  txBytes: 0,
  timers: { retransmit: 0, keepalive: 0, renew: 0, persistent: 0 },
})

export const putWgPeer = (k: Kernel, row: WgPeerRow): void =>
  k.world.put(k.t.wgPeer, wgPeerKey(row.link, row.publicKey), row)

/** wg_stop: what was agreed on is forgotten, and nothing runs any more. */
export function forgetSessions(k: Kernel, link: number): void {
  for (const peer of [...k.t.wgPeerByLink.at(link).rows()]) {
    for (const timer of Object.values(peer.timers)) if (timer !== 0) k.sim.cancel(timer)
    const { endpoint, allowed, keepalive, agreed, rxBytes, txBytes } = peer
    putWgPeer(k, { ...freshPeer(link, peer.publicKey), endpoint, allowed, keepalive, agreed, rxBytes, txBytes })
  }
}

/** `wg set DEV peer KEY remove` */
export function removePeer(k: Kernel, link: number, publicKey: string): void {
  const key = wgPeerKey(link, publicKey)
  if (k.t.wgPeer.has(key)) k.world.delete(k.t.wgPeer, key)
}

/** wg_allowedips_lookup: the peer with the longest allowed prefix that holds the address. */
export function peerFor(k: Kernel, link: number, ip: Ipv4): WgPeerRow | null {
  let [best, length] = [null as WgPeerRow | null, -1]
  for (const peer of k.t.wgPeerByLink.at(link).rows()) {
    for (const { addr, len } of peer.allowed) {
      if (len > length && ((ip ^ addr) & maskOf(len)) === 0) [best, length] = [peer, len]
    }
  }
  return best
}
