import { MS, SEC } from '../../base/time.ts'
import type { Node } from '../../api/kinds/types.ts'
import { NO_CONNECTIONS, httpEvent } from '../contracts/http-server.ts'
import { klog } from '../contracts/klog.ts'
import type { Program, ProgramEvent } from '../contracts/program.ts'
import type { ProgramWatch } from '../contracts/program-watch.ts'
import { recordEvent } from '../contracts/record-event.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { answer, openServers, syncHealthChecks } from './health.ts'
import { nodeIp, setSysctls } from './node-setup.ts'
import { canaryGone, syncRules } from './sync-rules.ts'
import type { KubeProxyCtx, KubeProxyEnv, KubeProxyState } from './state.ts'
import { RULES_CHANGED, TOPOLOGY_CHANGED, beginWatch, meaningOf, nodeRef } from './watch.ts'

/** Until the informers have listed: they look every 100 ms (client-go WaitForCacheSync). */
const LISTED = 100 * MS
/** proxyutil.FullSyncPeriod */
const FULL_SYNC_PERIOD = 3600 * SEC

/** kube-proxy in iptables mode. One call per lab. */
export function kubeProxyProgram(env: KubeProxyEnv): Program<KubeProxyState> {
  const watch = env.watches.program('kube-proxy', meaningOf)
  return {
    name: 'kube-proxy',
    // A Go program that is PID 1 and gets a signal it does not handle ends itself with status 2.
    catches: ['TERM', 'INT'],
    start: (ctx) => start(env, watch, ctx),
    on: (ctx, event) => onEvent(env, watch, ctx, event),
  }
}

/** `kube-proxy` says why on its last line, and that is the end of it. */
function fail(ctx: KubeProxyCtx, why: string): void {
  klog(ctx, 'E', 'run.go:72', `"command failed" err=${JSON.stringify(why)}`)
  ctx.exit(1)
}

function start(env: KubeProxyEnv, watch: ProgramWatch, ctx: KubeProxyCtx): void {
  const read = readConfiguration(ctx)
  if (!read.ok) return fail(ctx, read.error)
  const configuration = read.value
  if (configuration.mode === '') klog(ctx, 'I', 'server_linux.go:66', '"Using iptables proxy"')
  else if (configuration.mode !== 'iptables')
    return fail(ctx, `not modelled yet by Hopscope: mode ${configuration.mode}`)
  const node = (configuration.hostnameOverride || ctx.hostname).trim().toLowerCase()
  const actor = `kube-proxy@${node}`
  const object = env.api.peek<Node>(nodeRef(node))
  const problem = lookAtNode(ctx, configuration, node, object)
  if (problem !== null) return fail(ctx, problem)
  setSysctls(env, ctx, actor, node, configuration)
  klog(ctx, 'I', 'server_linux.go:132', '"Using iptables Proxier"')
  openServers(ctx, configuration)
  ctx.set({
    actor,
    node,
    configuration,
    previous: null,
    due: true,
    lastSync: 0,
    failingSince: -1,
    http: NO_CONNECTIONS,
    checks: [],
  })
  if (object) {
    recordEvent(
      env.api,
      { about: object, type: 'Normal', reason: 'Starting', message: '', component: 'kube-proxy', host: node },
      actor,
    )
  }
  for (const config of ['service', 'endpoint slice', 'node'])
    klog(ctx, 'I', 'config.go:105', `"Starting ${config} config controller"`)
  beginWatch(watch, actor, ctx.pid, node)
  env.watches.wakeAfter(ctx.pid, LISTED, 'sync')
  ctx.setTimer(configuration.syncPeriod, 'monitor')
  ctx.setTimer(FULL_SYNC_PERIOD, 'full')
}

function lookAtNode(ctx: KubeProxyCtx, c: Configuration, name: string, node: Node | undefined): string | null {
  const ip = nodeIp(node)
  if (ip !== undefined) klog(ctx, 'I', 'server.go:160', `"Successfully retrieved NodeIPs" NodeIPs=["${ip}"]`)
  else {
    const why =
      "Can't determine this node's IP, assuming loopback; if this is incorrect, please set the --bind-address flag"
    klog(ctx, 'I', 'server.go:720', JSON.stringify(why))
  }
  if (c.detectLocalMode === 'NodeCIDR' && !node?.spec?.podCIDR) {
    return `timeout waiting for PodCIDR allocation to configure detect-local-mode NodeCIDR: ${name}`
  }
  if (c.detectLocalMode === 'ClusterCIDR' && c.clusterCIDR === '') {
    klog(
      ctx,
      'I',
      'server_linux.go:420',
      '"Detect-local-mode set to ClusterCIDR, but no cluster CIDR specified for primary IP family" ipFamily="IPv4" clusterCIDRs=[]',
    )
  }
  return null
}

function onEvent(env: KubeProxyEnv, watch: ProgramWatch, ctx: KubeProxyCtx, event: ProgramEvent): void {
  const { state } = ctx
  if (event.type === 'signal') {
    if (state) watch.end(state.actor, ctx.pid)
    return ctx.exit(2)
  }
  if (!state) return
  if (event.type === 'timer') return onTimer(env, ctx, state, event.tag)
  const http = httpEvent(ctx, state.http, event, (exchange) => answer(env, ctx, state, exchange))
  if (http !== state.http) ctx.set({ ...state, http })
}

function onTimer(env: KubeProxyEnv, ctx: KubeProxyCtx, state: KubeProxyState, tag: string): void {
  switch (tag) {
    case RULES_CHANGED:
      return schedule(env, ctx, state)
    case TOPOLOGY_CHANGED:
      return schedule(env, ctx, { ...state, previous: null })
    case 'sync':
    case 'retry':
      return sync(env, ctx, state)
    case 'full':
      ctx.setTimer(FULL_SYNC_PERIOD, 'full')
      return sync(env, ctx, { ...state, previous: null })
    case 'monitor':
      return monitor(env, ctx, state)
  }
}

/** At most one sync in every minSyncPeriod; what changes until then is part of it. */
function schedule(env: KubeProxyEnv, ctx: KubeProxyCtx, state: KubeProxyState): void {
  ctx.set({ ...state, due: true })
  if (state.due) return
  const wait = state.lastSync + state.configuration.minSyncPeriod - ctx.now
  env.watches.wakeAfter(ctx.pid, Math.max(0, wait), 'sync')
}

function sync(env: KubeProxyEnv, ctx: KubeProxyCtx, before: KubeProxyState): void {
  const done = syncRules(env, ctx, before)
  ctx.set({ ...syncHealthChecks(ctx, done.state, done.healthChecks), due: false })
  if (!done.ok) ctx.setTimer(before.configuration.syncPeriod, 'retry')
}

/** iptables.Monitor: a canary chain that is gone tells that somebody flushed a table. Then everything is written anew. */
function monitor(env: KubeProxyEnv, ctx: KubeProxyCtx, state: KubeProxyState): void {
  ctx.setTimer(state.configuration.syncPeriod, 'monitor')
  if (!canaryGone(env.kernel, ctx.netns)) return
  klog(ctx, 'I', 'iptables.go:565', '"Reloading after iptables flush" canary="KUBE-PROXY-CANARY"')
  sync(env, ctx, { ...state, previous: null })
}
