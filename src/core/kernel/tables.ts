import type { Ipv4 } from '../base/ipv4.ts'
import type { World } from '../world/world.ts'
import type { ConntrackRow, Tuple } from './conntrack/rows.ts'
import type { MemberRow, SetRow } from './ipset/types.ts'
import type { AddressRow, FdbRow, LinkRow } from './link/rows.ts'
import type { WgPeerRow } from './link/wireguard-rows.ts'
import type { LogRow } from './log/log.ts'
import type { NeighRow, ProxyNeighRow } from './neigh/rows.ts'
import type { MatchStateRow, NetfilterRow, RuleCounterRow } from './netfilter/rows.ts'
import type { NetnsRow, SysctlRow } from './netns/rows.ts'
import type { FragQueueRow, InetPeerRow } from './path/rows.ts'
import type { PmtuRow, RouteRow, RuleRow } from './route/rows.ts'

/** Key of a neighbour row: exact in a double for link ids below 2^21. */
export const neighKey = (link: number, ip: Ipv4): number => link * 0x100000000 + ip

export const tupleKey = (netns: number, zone: number, t: Tuple): string =>
  `${netns}/${zone}/${t.proto}/${t.src}/${t.sport}/${t.dst}/${t.dport}`

const knownKeys = new WeakMap<ConntrackRow, readonly [string, string]>()
/** The keys of both directions of a connection; kept, because travelling in time asks for those of the same rows again and again. */
function tupleKeys(row: ConntrackRow): readonly [string, string] {
  let keys = knownKeys.get(row)
  if (!keys) {
    keys = [tupleKey(row.netns, row.zone, row.orig), tupleKey(row.netns, row.zone, row.reply)]
    knownKeys.set(row, keys)
  }
  return keys
}

/** Declares every table of the kernel, in a fixed order. */
export function defineKernelTables(world: World) {
  const netns = world.define<NetnsRow, number>('netns')
  const link = world.define<LinkRow, number>('link')
  const address = world.define<AddressRow, string>('address')
  const route = world.define<RouteRow, string>('route')
  const rule = world.define<RuleRow, string>('rule')
  const neigh = world.define<NeighRow, number>('neigh')
  const proxyNeigh = world.define<ProxyNeighRow, number>('proxyNeigh')
  const fdb = world.define<FdbRow, string>('fdb')
  const sysctl = world.define<SysctlRow, string>('sysctl')
  const netfilter = world.define<NetfilterRow, string>('netfilter')
  const conntrack = world.define<ConntrackRow, number>('conntrack')
  const pmtu = world.define<PmtuRow, string>('pmtu')
  const inetPeer = world.define<InetPeerRow, string>('inetPeer')
  const log = world.define<LogRow, number>('log')
  const ipset = world.define<SetRow, string>('ipset')
  const ipsetMember = world.define<MemberRow, string>('ipsetMember')
  const wgPeer = world.define<WgPeerRow, string>('wgPeer')
  return {
    netns,
    netnsByHost: world.index(netns, (row) => row.host),
    link,
    linkByNetns: world.index(link, (row) => row.netns),
    linkByName: world.index(link, (row) => `${row.netns}/${row.name}`),
    linkByMaster: world.index(link, (row) => (row.master === 0 ? undefined : row.master)),
    linkByLower: world.index(link, (row) => (row.lower === 0 ? undefined : row.lower)),
    linkByHome: world.index(link, (row) => (row.home === 0 ? undefined : row.home)),
    address,
    addressByLink: world.index(address, (row) => row.link),
    addressByNetns: world.index(address, (row) => row.netns),
    route,
    routeByNetns: world.index(route, (row) => row.netns),
    rule,
    ruleByNetns: world.index(rule, (row) => row.netns),
    neigh,
    neighByNetns: world.index(neigh, (row) => row.netns),
    neighByLink: world.index(neigh, (row) => row.link),
    proxyNeigh,
    proxyNeighByNetns: world.index(proxyNeigh, (row) => row.netns),
    fdb,
    fdbByTable: world.index(fdb, (row) => row.table),
    sysctl,
    sysctlByNetns: world.index(sysctl, (row) => row.netns),
    netfilter,
    netfilterByNetns: world.index(netfilter, (row) => row.netns),
    ruleCounter: world.define<RuleCounterRow, number>('ruleCounter'),
    conntrack,
    conntrackByTuple: world.index(conntrack, (row) => (row.confirmed ? tupleKeys(row) : undefined)),
    conntrackByNetns: world.index(conntrack, (row) => row.netns),
    matchState: world.define<MatchStateRow, string>('matchState'),
    log,
    logByHost: world.index(log, (row) => row.host),
    ipset,
    ipsetByNetns: world.index(ipset, (row) => row.netns),
    ipsetMember,
    ipsetMemberBySet: world.index(ipsetMember, (row) => row.set),
    pmtu,
    pmtuByNetns: world.index(pmtu, (row) => row.netns),
    fragQueue: world.define<FragQueueRow, string>('fragQueue'),
    inetPeer,
    inetPeerByNetns: world.index(inetPeer, (row) => row.netns),
    wgPeer,
    wgPeerByLink: world.index(wgPeer, (row) => row.link),
  }
}

/** All that a kernel keeps: its tables, and the ways they are looked up by. */
export type KernelTables = Readonly<ReturnType<typeof defineKernelTables>>

export type * from './conntrack/rows.ts'
export type * from './link/rows.ts'
export type * from './link/wireguard-rows.ts'
export type * from './neigh/rows.ts'
export type * from './netfilter/rows.ts'
export type * from './netns/rows.ts'
export type * from './path/rows.ts'
export * from './route/rows.ts'
