import { formatCidr } from '../../base/cidr.ts'
import { equal } from '../../base/equal.ts'
import { SEC } from '../../base/time.ts'
import { objectRef } from '../../base/ref.ts'
import type { Node } from '../../api/kinds/types.ts'
import type { WatchNotice } from '../../api/store/types.ts'
import { ERRNO_TEXT } from '../../kernel/errno.ts'
import { httpEvent, httpListen, textResponse } from '../contracts/http-server.ts'
import { klog } from '../contracts/klog.ts'
import type { Program, ProgramEvent } from '../contracts/program.ts'
import type { ProgramWatch } from '../contracts/program-watch.ts'
import { configureDevice, ensureVxlanDevice } from './device.ts'
import { type Lease, leaseOf } from './lease.ts'
import { readOptions } from './options.ts'
import { addRemote, recoverHostRoutes, removeRemote } from './remotes.ts'
import { completeLease, startFlannel, writeSubnetFile } from './start.ts'
import type { FlannelCtx, FlannelEnv, FlannelState } from './state.ts'
import { ensureRules } from './traffic.ts'

const VERSION = 'v0.28.9'
/** routeCheckRetries of pkg/backend/route_network.go. */
const ROUTE_CHECK = 10 * SEC
/** How soon a device that was deleted is noticed. The real one hears of it from netlink, at once. */
const DEVICE_CHECK = 5 * SEC

/** flanneld: makes a node's pods reachable from the other nodes, with what they have published about themselves on their Node objects. */
export function flanneld(env: FlannelEnv): Program<FlannelState> {
  const watch = env.watches.program('flanneld', meaningOf)
  return {
    name: 'flanneld',
    catches: ['TERM', 'INT'],
    start: (ctx) => start(env, watch, ctx),
    on: (ctx, event) => onEvent(env, watch, ctx, event),
  }
}

const LEASE = 'lease '

/** What a change of a Node means: another lease, or nothing (its heartbeat). */
function meaningOf({ type, object, previous }: WatchNotice): string | null {
  const before = previous ? leaseOf(previous as Node) : null
  return type !== 'DELETED' && equal(before, leaseOf(object as Node)) ? null : LEASE + object.metadata.name
}

function start(env: FlannelEnv, watch: ProgramWatch, ctx: FlannelCtx): void {
  if (ctx.argv.some((arg) => /^--?version$/.test(arg))) {
    ctx.write(2, `${VERSION}\n`)
    return ctx.exit(0)
  }
  const options = readOptions(ctx)
  if (!options.ok) {
    ctx.write(2, `flag provided but not defined: -${options.error}\nUsage: ${ctx.argv[0]} [OPTION]...\n`)
    return ctx.exit(0)
  }
  if (options.value.healthzPort > 0 && !openHealthz(ctx, options.value.healthzPort)) return
  const started = startFlannel(env, ctx, options.value)
  if (!started.ok) {
    klog(ctx, 'E', started.error.source, started.error.text)
    return ctx.exit(1)
  }
  run(env, ctx, started.value)
  watch.begin(started.value.actor, ctx.pid, 'Node')
}

/** A server that cannot listen is a panic. */
function openHealthz(ctx: FlannelCtx, port: number): boolean {
  klog(ctx, 'I', 'main.go:554', `Start healthz server on 0.0.0.0:${port}`)
  const listening = httpListen(ctx, port)
  if (listening.ok) return true
  const error = `listen tcp 0.0.0.0:${port}: bind: ${ERRNO_TEXT[listening.error].toLowerCase()}`
  klog(ctx, 'E', 'main.go:587', `Start healthz server error. ${error}`)
  ctx.exit(2)
  return false
}

/** The rest of main(). Leases of other nodes come with the first notices. */
function run(env: FlannelEnv, ctx: FlannelCtx, state: FlannelState): void {
  ctx.set(state)
  klog(ctx, 'I', 'iptables.go:50', 'Starting flannel in iptables mode...')
  if (state.options.ipMasq) klog(ctx, 'I', 'iptables.go:111', 'Setting up masking rules')
  if (state.options.forwardRules) klog(ctx, 'I', 'iptables.go:212', 'Changing default FORWARD chain policy to ACCEPT')
  ensureRules(env.kernel, ctx, state, true)
  writeSubnetFile(ctx, state)
  klog(ctx, 'I', 'main.go:488', 'Running backend.')
  klog(ctx, 'I', state.vxlan ? 'vxlan_network.go:68' : 'route_network.go:56', 'watching for new subnet leases')
  completeLease(env, ctx, state)
  klog(ctx, 'I', 'main.go:509', 'Waiting for all goroutines to exit')
  ctx.setTimer(state.options.iptablesResync * SEC, 'iptables')
  if (state.vxlan) ctx.setTimer(DEVICE_CHECK, 'device')
  else ctx.setTimer(ROUTE_CHECK, 'routes')
}

function onEvent(env: FlannelEnv, watch: ProgramWatch, ctx: FlannelCtx, event: ProgramEvent): void {
  const { state } = ctx
  if (event.type === 'signal') {
    if (state) watch.end(state.actor, ctx.pid)
    return terminate(ctx)
  }
  if (!state) return
  if (event.type === 'timer') return onTimer(env, ctx, state, event.tag)
  const http = httpEvent(ctx, state.http, event, ({ path }) => {
    if (path === '/healthz') return textResponse(200, 'flanneld is running')
    return path === '/readyz' ? textResponse(200, 'flanneld is ready') : textResponse(404, '404 page not found\n')
  })
  if (http !== state.http) ctx.set({ ...state, http })
}

/** What it has written stays: the packets of pods do not need flanneld. */
function terminate(ctx: FlannelCtx): void {
  klog(ctx, 'I', 'main.go:524', 'shutdownHandler sent cancel signal...')
  klog(ctx, 'I', 'main.go:512', 'Exiting cleanly...')
  ctx.exit(0)
}

function onTimer(env: FlannelEnv, ctx: FlannelCtx, state: FlannelState, tag: string): void {
  if (tag.startsWith(LEASE)) return syncLease(env, ctx, state, tag.slice(LEASE.length))
  switch (tag) {
    case 'iptables':
      ctx.setTimer(state.options.iptablesResync * SEC, 'iptables')
      return ensureRules(env.kernel, ctx, state, false)
    case 'routes':
      ctx.setTimer(ROUTE_CHECK, 'routes')
      return recoverHostRoutes(env.kernel, ctx, state)
    case 'device':
      ctx.setTimer(DEVICE_CHECK, 'device')
      return checkDevice(env, ctx, state)
  }
}

/**
 * A node has a lease, another one, or has gone. A node whose annotations are taken away keeps its lease until the Node itself goes, as in
 * flannel (handleUpdateLeaseEvent).
 */
function syncLease(env: FlannelEnv, ctx: FlannelCtx, state: FlannelState, name: string): void {
  const node = env.api.peek<Node>(objectRef('Node', undefined, name))
  const known = state.leases[name]
  if (!node && known) {
    removeRemote(env.kernel, ctx, state, known)
    const { [name]: _, ...leases } = state.leases
    return ctx.set({ ...state, leases })
  }
  const lease = node ? leaseOf(node) : null
  if (!lease || isOwn(state, lease) || (known && equal(known.lease, lease))) return
  if (lease.backend !== state.backend) {
    const source = state.vxlan ? 'vxlan_network.go:272' : 'route_network.go:88'
    return klog(
      ctx,
      'W',
      source,
      `ignoring non-${state.backend} v4Subnet(${formatCidr(lease.subnet)}): type=${lease.backend}`,
    )
  }
  const done = addRemote(env.kernel, ctx, state, lease)
  ctx.set({ ...state, leases: { ...state.leases, [name]: done } })
}

/** A lease is one's own by its range: two nodes with the same podCIDR do not see each other. */
const isOwn = ({ subnet }: FlannelState, lease: Lease): boolean => equal(subnet, lease.subnet)

/** reCreateVxlan: the device comes back with its MAC and address. Entries and routes for other nodes do not, before those change. */
function checkDevice(env: FlannelEnv, ctx: FlannelCtx, state: FlannelState): void {
  const { vxlan } = state
  if (!vxlan || env.kernel.t.link.has(state.device)) return
  klog(ctx, 'I', 'vxlan_network.go:143', `Interface flannel.${vxlan.vni} deleted`)
  klog(ctx, 'I', 'vxlan_network.go:102', 'vxlan device missing, attempting to recreate...')
  const made = ensureVxlanDevice(env, ctx, { ...state, vxlan })
  if (!made.ok) return klog(ctx, 'E', 'vxlan_network.go:224', `failed to create vxlan device: ${made.error}`)
  const next = { ...state, device: made.value }
  configureDevice(env.kernel, ctx, next)
  klog(ctx, 'I', 'vxlan_network.go:238', `VXLAN device flannel.${vxlan.vni} recreated successfully`)
  ctx.set(next)
}
