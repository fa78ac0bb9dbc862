import { formatCidr, network } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { objectRef, type ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { ERRNO_TEXT, type Errno } from '../../kernel/errno.ts'
import { fdbDelete, fdbReplaceRemote } from '../../kernel/link/bridge.ts'
import { deleteNeigh, findNeigh, setPermanent } from '../../kernel/neigh/neigh.ts'
import { addRoute, removeRoute } from '../../kernel/route/fib.ts'
import { fibLookup } from '../../kernel/route/lookup.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import type { Lease } from './lease.ts'
import type { FlannelState, Programmed } from './state.ts'

/** Whether a lease goes without the tunnel: host-gw always does, vxlan with DirectRouting where the other node is on the same link. */
function isDirect(k: Kernel, netns: number, state: FlannelState, lease: Lease): boolean {
  if (state.config.backend.type === 'host-gw') return true
  if (!state.config.backend.directRouting) return false
  const found = fibLookup(k, netns, lease.publicIp)
  return found !== null && found !== undefined && found.route.type === 'unicast' && found.route.via === 0
}

/**
 * Programs what a remote node needs, in flannel's order: neighbour, forwarding entry, route. A step that fails takes the earlier ones
 * back. The error is what flanneld logs.
 */
export function addRemote(k: Kernel, netns: number, state: FlannelState, lease: Lease): Result<Programmed, string> {
  const subject = [objectRef('Node', undefined, lease.node)]
  const direct = isDirect(k, netns, state, lease)
  const deed = { actor: state.actor, verb: 'add lease', ref: subject[0]!, netns, verdict: 'create', text: leaseText(k, state, lease, direct) } as const
  return asAgent(k, deed, () => {
    const added = direct ? addDirect(k, netns, state, lease, subject) : addTunnelled(k, netns, state, lease, subject)
    return added.ok ? ok({ lease, direct }) : added
  })
}

function leaseText(k: Kernel, state: FlannelState, lease: Lease, direct: boolean): string {
  const to = formatCidr(lease.subnet)
  const name = (link: number): string => k.t.link.get(link)?.name ?? ''
  if (direct) return `ip route replace ${to} via ${formatIpv4(lease.publicIp)} dev ${name(state.iface.link)}`
  const gateway = formatIpv4(network(lease.subnet))
  const mac = formatMac(lease.vtepMac ?? 0)
  const dev = name(state.device)
  return (
    `ip neigh replace ${gateway} lladdr ${mac} dev ${dev}; bridge fdb replace ${mac} dev ${dev} dst ${formatIpv4(lease.publicIp)}; ` +
    `ip route replace ${to} via ${gateway} dev ${dev} onlink`
  )
}

function addDirect(k: Kernel, netns: number, state: FlannelState, lease: Lease, subject: readonly ObjectRef[]): Result<void, string> {
  const { addr, len } = lease.subnet
  const route = { netns, dst: addr, len, via: lease.publicIp, dev: state.iface.link }
  const added = addRoute(k, route, { replace: true, subject })
  return added.ok ? ok(undefined) : err(`Error adding route to ${formatCidr(lease.subnet)}: ${text(added.error)}`)
}

const text = (errno: Errno): string => ERRNO_TEXT[errno].toLowerCase()

function addTunnelled(k: Kernel, netns: number, state: FlannelState, lease: Lease, subject: readonly ObjectRef[]): Result<void, string> {
  if (lease.vtepMac === null) return err('error decoding subnet lease JSON: unexpected end of JSON input')
  const gateway = network(lease.subnet)
  const known = findNeigh(k, state.device, gateway)
  if (known?.state !== 'PERMANENT' || known.mac !== lease.vtepMac) setPermanent(k, state.device, gateway, lease.vtepMac, subject)
  const entry = k.t.fdbByTable.at(state.device).rows().find((row) => row.mac === lease.vtepMac)
  if (entry?.dst !== lease.publicIp) fdbReplaceRemote(k, state.device, lease.vtepMac, lease.publicIp, subject)
  const { addr, len } = lease.subnet
  const route = { netns, dst: addr, len, via: gateway, dev: state.device, onlink: true }
  const added = addRoute(k, route, { replace: true, subject })
  if (added.ok) return ok(undefined)
  fdbDelete(k, state.device, lease.vtepMac)
  deleteNeigh(k, state.device, gateway)
  return err(`failed to add vxlanRoute (${formatCidr(lease.subnet)} -> ${formatIpv4(gateway)}): ${text(added.error)}`)
}

/** The node has gone, or is another now. */
export function removeRemote(k: Kernel, netns: number, state: FlannelState, { lease, direct }: Programmed): void {
  const deed = { actor: state.actor, verb: 'remove lease', ref: objectRef('Node', undefined, lease.node), netns, verdict: 'delete' } as const
  asAgent(k, { ...deed, text: `ip route del ${formatCidr(lease.subnet)}` }, () => {
    const { addr: dst, len } = lease.subnet
    if (direct) return void removeRoute(k, netns, { dst, len, via: lease.publicIp })
    deleteNeigh(k, state.device, network(lease.subnet))
    if (lease.vtepMac !== null) fdbDelete(k, state.device, lease.vtepMac)
    removeRoute(k, netns, { dst, len, dev: state.device })
  })
}
