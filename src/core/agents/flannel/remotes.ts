import { formatCidr, network } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { objectRef, type ObjectRef } from '../../base/ref.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { ERRNO_TEXT, type Errno } from '../../kernel/errno.ts'
import { fdbDelete, fdbReplaceRemote } from '../../kernel/link/bridge.ts'
import { deleteNeigh, findNeigh, setPermanent } from '../../kernel/neigh/neigh.ts'
import { addRoute, deleteRoute, removeRoute } from '../../kernel/route/fib.ts'
import { ROUTE_TABLE } from '../../kernel/route/row.ts'
import { fibLookup } from '../../kernel/route/lookup.ts'
import type { RouteRow } from '../../kernel/tables.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import { klog } from '../contracts/klog.ts'
import { type Lease, leaseText } from './lease.ts'
import type { FlannelCtx, FlannelState, Programmed } from './state.ts'

/** As Go prints an errno. */
const errnoText = (errno: Errno): string => ERRNO_TEXT[errno].toLowerCase()

const subjectOf = (lease: Lease): readonly ObjectRef[] => [objectRef('Node', undefined, lease.node)]

/**
 * A node has published its lease, or another one (handleSubnetEvents, EventAdded): what packets to its pods need is put in place. What
 * the kernel refuses is logged.
 */
export function addRemote(k: Kernel, ctx: FlannelCtx, state: FlannelState, lease: Lease): Programmed {
  if (state.backend === 'host-gw') {
    klog(ctx, 'I', 'route_network.go:93', `Subnet added: ${formatCidr(lease.subnet)} via ${formatIpv4(lease.publicIp)}`)
    replaceHostRoute(k, ctx, state, lease)
    return { lease, direct: true }
  }
  klog(ctx, 'I', 'vxlan_network.go:270', `Received Subnet Event with VxLan: ${leaseText(lease)}`)
  const direct = isDirect(k, ctx, state, lease)
  if (direct) addDirectRoute(k, ctx, state, lease)
  else addTunnelEntries(k, ctx, state, lease)
  return { lease, direct }
}

/** DirectRouting: whether the other node is reached without a gateway. */
function isDirect(k: Kernel, ctx: FlannelCtx, { vxlan }: FlannelState, lease: Lease): boolean {
  if (!vxlan?.directRouting) return false
  const found = fibLookup(k, ctx.netns, lease.publicIp)
  if (found && found.route.type === 'unicast') return found.route.via === 0
  klog(
    ctx,
    'E',
    'vxlan_network.go:305',
    `couldn't lookup route to ${formatIpv4(lease.publicIp)}: network is unreachable`,
  )
  return false
}

const deedOf = (
  state: FlannelState,
  ctx: FlannelCtx,
  lease: Lease,
  verb: string,
  verdict: 'create' | 'delete',
  text: string,
) => ({
  actor: state.actor,
  verb,
  ref: objectRef('Node', undefined, lease.node),
  netns: ctx.netns,
  verdict,
  text,
})

function addDirectRoute(k: Kernel, ctx: FlannelCtx, state: FlannelState, lease: Lease): void {
  const { addr: dst, len } = lease.subnet
  const to = formatCidr(lease.subnet)
  const via = formatIpv4(lease.publicIp)
  const deed = deedOf(state, ctx, lease, 'add lease', 'create', `ip route replace ${to} via ${via}`)
  const route = { netns: ctx.netns, dst, len, via: lease.publicIp }
  const added = asAgent(k, deed, () => addRoute(k, route, { place: 'replace', subject: subjectOf(lease) }))
  if (!added.ok)
    klog(ctx, 'E', 'vxlan_network.go:351', `Error adding route to ${to} via ${via}: ${errnoText(added.error)}`)
}

/**
 * Neighbour, forwarding entry, route, in this order: the kernel would ask for the gateway's MAC if the route came first. If the route is
 * refused, the other two are taken back.
 */
function addTunnelEntries(k: Kernel, ctx: FlannelCtx, state: FlannelState, lease: Lease): void {
  const { device } = state
  if (lease.vtepMac === null)
    return klog(ctx, 'E', 'vxlan_network.go:285', 'error decoding subnet lease JSON: unexpected end of JSON input')
  const link = k.t.link.get(device)
  if (!link) return klog(ctx, 'E', 'vxlan_network.go:359', 'AddARP failed: no such device')
  const mac = lease.vtepMac
  const gateway = network(lease.subnet)
  const subject = subjectOf(lease)
  const commands = [
    `ip neigh replace ${formatIpv4(gateway)} lladdr ${formatMac(mac)} dev ${link.name} nud permanent`,
    `bridge fdb replace ${formatMac(mac)} dev ${link.name} dst ${formatIpv4(lease.publicIp)}`,
    `ip route replace ${formatCidr(lease.subnet)} via ${formatIpv4(gateway)} dev ${link.name} onlink`,
  ]
  const added = asAgent(k, deedOf(state, ctx, lease, 'add lease', 'create', commands.join('; ')), () => {
    // Entries that are as they should be keep the time of their last change.
    const neigh = findNeigh(k, device, gateway)
    if (neigh?.state !== 'PERMANENT' || neigh.mac !== mac) setPermanent(k, device, gateway, mac, subject)
    const entry = k.t.fdbByTable
      .at(device)
      .rows()
      .find((row) => row.mac === mac)
    if (entry?.dst !== lease.publicIp) fdbReplaceRemote(k, device, mac, lease.publicIp, subject)
    const { addr: dst, len } = lease.subnet
    const done = addRoute(
      k,
      { netns: ctx.netns, dst, len, via: gateway, dev: device, onlink: true, scope: 'global' },
      { place: 'replace', subject },
    )
    if (!done.ok) {
      deleteNeigh(k, device, gateway)
      fdbDelete(k, device, mac)
    }
    return done
  })
  if (added.ok) return
  const route = `${formatCidr(lease.subnet)} -> ${formatIpv4(gateway)}`
  klog(ctx, 'E', 'vxlan_network.go:383', `failed to add vxlanRoute (${route}): ${errnoText(added.error)}`)
}

const hostRoutes = (k: Kernel, ctx: FlannelCtx, lease: Lease): readonly RouteRow[] =>
  k.t.routeByNetns
    .at(ctx.netns)
    .rows()
    .filter((row) => {
      return row.table === ROUTE_TABLE.main && row.dst === lease.subnet.addr && row.len === lease.subnet.len
    })

const isWanted = (state: FlannelState, lease: Lease, row: RouteRow): boolean =>
  row.via === lease.publicIp && row.dev === state.iface.link

/** netlink's Route.String(). */
const goRoute = (k: Kernel, to: string, via: string, link: number): string =>
  `{Ifindex: ${k.t.link.get(link)?.ifindex ?? 0} Dst: ${to} Src: <nil> Gw: ${via} Flags: [] Table: 0 Realm: 0}`

/** routeAdd of pkg/backend/route_network.go: another route to the same range makes room. */
function replaceHostRoute(k: Kernel, ctx: FlannelCtx, state: FlannelState, lease: Lease): void {
  const [to, via] = [formatCidr(lease.subnet), formatIpv4(lease.publicIp)]
  const old = hostRoutes(k, ctx, lease)[0]
  const route = goRoute(k, to, via, state.iface.link)
  if (old && isWanted(state, lease, old))
    return klog(ctx, 'I', 'route_network.go:166', `Route to ${route} already exists, skipping.`)
  if (old) {
    const before = goRoute(k, to, formatIpv4(old.via), old.dev)
    klog(ctx, 'W', 'route_network.go:152', `Replacing existing route to ${before} with ${route}`)
  }
  const error = addHostRoute(k, ctx, state, lease, old)
  if (error !== null) klog(ctx, 'E', 'route_network.go:168', `Error adding route to ${route}: ${errnoText(error)}`)
}

function addHostRoute(
  k: Kernel,
  ctx: FlannelCtx,
  state: FlannelState,
  lease: Lease,
  old: RouteRow | undefined,
): Errno | null {
  const { addr: dst, len } = lease.subnet
  const text = `ip route add ${formatCidr(lease.subnet)} via ${formatIpv4(lease.publicIp)} dev ${state.iface.name}`
  return asAgent(k, deedOf(state, ctx, lease, 'add lease', 'create', text), () => {
    if (old) deleteRoute(k, old)
    const route = { netns: ctx.netns, dst, len, via: lease.publicIp, dev: state.iface.link }
    const added = addRoute(k, route, { subject: subjectOf(lease) })
    return added.ok ? null : added.error
  })
}

/** routeCheck, every ten seconds: a route that is missing is added again. What cannot be added is not mentioned a second time. */
export function recoverHostRoutes(k: Kernel, ctx: FlannelCtx, state: FlannelState): void {
  for (const node of Object.keys(state.leases).sort()) {
    const { lease } = state.leases[node]!
    if (hostRoutes(k, ctx, lease).some((row) => isWanted(state, lease, row))) continue
    const hop = fibLookup(k, ctx.netns, lease.publicIp)
    if (!hop || hop.route.via !== 0 || hop.route.dev !== state.iface.link) continue
    if (addHostRoute(k, ctx, state, lease, undefined) !== null) continue
    klog(
      ctx,
      'I',
      'route_network.go:254',
      `Route recovered ${formatCidr(lease.subnet)} : ${formatIpv4(lease.publicIp)}`,
    )
  }
}

/** The node has gone (EventRemoved): everything goes, whatever of it is still there. */
export function removeRemote(k: Kernel, ctx: FlannelCtx, state: FlannelState, { lease, direct }: Programmed): void {
  const { addr: dst, len } = lease.subnet
  const { netns } = ctx
  const to = formatCidr(lease.subnet)
  if (direct) {
    const text = `ip route del ${to} via ${formatIpv4(lease.publicIp)}`
    const removed = asAgent(k, deedOf(state, ctx, lease, 'remove lease', 'delete', text), () =>
      removeRoute(k, netns, { dst, len, via: lease.publicIp }),
    )
    if (!removed.ok)
      klog(ctx, 'E', 'route_network.go:120', `Error deleting route to ${to}: ${errnoText(removed.error)}`)
    return
  }
  const name = k.t.link.get(state.device)?.name ?? ''
  const gateway = network(lease.subnet)
  const mac = lease.vtepMac ?? 0
  const commands = [
    `ip neigh del ${formatIpv4(gateway)} dev ${name}`,
    `bridge fdb del ${formatMac(mac)} dev ${name} dst ${formatIpv4(lease.publicIp)}`,
    `ip route del ${to} via ${formatIpv4(gateway)} dev ${name}`,
  ]
  asAgent(k, deedOf(state, ctx, lease, 'remove lease', 'delete', commands.join('; ')), () => {
    if (!deleteNeigh(k, state.device, gateway))
      klog(ctx, 'E', 'vxlan_network.go:470', 'DelARP failed: no such file or directory')
    if (!fdbDelete(k, state.device, mac))
      klog(ctx, 'E', 'vxlan_network.go:476', 'DelFDB failed: no such file or directory')
    const removed = removeRoute(k, netns, { dst, len, dev: state.device })
    if (removed.ok) return
    klog(
      ctx,
      'E',
      'vxlan_network.go:482',
      `failed to delete vxlanRoute (${to} -> ${formatIpv4(gateway)}): ${errnoText(removed.error)}`,
    )
  })
}
