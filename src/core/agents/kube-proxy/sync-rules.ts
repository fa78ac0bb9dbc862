import { objectRef } from '../../base/ref.ts'
import type { EndpointSlice, Service } from '../../api/kinds/types.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { readRuleset, restore } from '../../kernel/netfilter/store.ts'
import { type Deed, asAgent } from '../contracts/agent-trace.ts'
import { IptablesSession } from '../contracts/iptables.ts'
import { klog } from '../contracts/klog.ts'
import { CANARY, CANARY_TABLES, type Jump } from './iptables/fixed-rules.ts'
import { type HealthCheck, type SyncOutput, syncProxyRules } from './iptables/sync.ts'
import { proxyConfig } from './node-setup.ts'
import { cleanStaleConntrack } from './stale-conntrack.ts'
import type { KubeProxyCtx, KubeProxyEnv, KubeProxyState } from './state.ts'

const PROXY_NAME = 'service.kubernetes.io/service-proxy-name'
const HEADLESS = 'service.kubernetes.io/headless'

/** The Services that are kube-proxy's: not headless, and not some other proxy's. */
export const isProxied = (service: Service): boolean =>
  service.spec.clusterIP !== 'None' && service.metadata.labels?.[PROXY_NAME] === undefined

export const isProxiedSlice = (slice: EndpointSlice): boolean =>
  slice.metadata.labels?.[HEADLESS] === undefined && slice.metadata.labels?.[PROXY_NAME] === undefined

export interface Synced {
  readonly state: KubeProxyState
  readonly ok: boolean
  /** What the servers of healthCheckNodePorts are to answer. */
  readonly healthChecks: readonly HealthCheck[]
}

/**
 * One sync: what the Services and endpoints of now ask for is handed to iptables-restore. Without `previous` it is a full one, which
 * also ensures the jumps from the built-in chains and the canaries. If it fails, the next one is a full one.
 */
export function syncRules(env: KubeProxyEnv, ctx: KubeProxyCtx, state: KubeProxyState): Synced {
  const { kernel: k, api } = env
  const services = api.ofKind<Service>('Service').filter(isProxied)
  const endpointSlices = api.ofKind<EndpointSlice>('EndpointSlice').filter(isProxiedSlice)
  const natChains = readRuleset(k, ctx.netns).nat?.chains.map((chain) => chain.name) ?? []
  const config = proxyConfig(env, ctx.netns, state)
  const output = syncProxyRules({
    services,
    endpointSlices,
    config,
    natChains,
    ...(state.previous && { previous: state.previous }),
  })
  const deed: Deed = {
    actor: state.actor,
    verb: 'sync',
    ref: objectRef('Node', undefined, state.node),
    netns: ctx.netns,
  }
  const failure = asAgent(k, { ...deed, text: logLine(output) }, () => {
    if (output.stats.fullSync) ensureChains(k, ctx.netns, output.ensureJumps)
    const done = restore(k, ctx.netns, output.lines, { noflush: true, counters: true })
    if (done.ok) cleanStaleConntrack(k, deed, services, endpointSlices)
    return done.ok ? null : done.error
  })
  const { healthChecks } = output
  if (failure === null) {
    return { ok: true, healthChecks, state: { ...state, previous: output.state, lastSync: ctx.now, failingSince: -1 } }
  }
  const error = JSON.stringify(`exit status ${failure.exit}: ${failure.stderr}`)
  klog(ctx, 'E', 'proxier.go:1494', `"Failed to execute iptables-restore" err=${error} ipFamily="IPv4"`)
  klog(
    ctx,
    'I',
    'proxier.go:805',
    `"Sync failed" ipFamily="IPv4" retryingTime="${state.configuration.syncPeriod / 1e9}s"`,
  )
  const failingSince = state.failingSince < 0 ? ctx.now : state.failingSince
  return { ok: false, healthChecks, state: { ...state, previous: null, lastSync: ctx.now, failingSince } }
}

/** What kube-proxy logs of a sync at verbosity 2. */
function logLine({ lines, stats }: SyncOutput): string {
  const nat = lines.findIndex(({ text }) => text === '*nat')
  const chains = (from: number, to: number): number =>
    lines.slice(from, to).filter(({ text }) => text.startsWith(':')).length
  return (
    `"Reloading service iptables data" numServices=${stats.services} numEndpoints=${stats.endpoints} ` +
    `numFilterChains=${chains(0, nat)} numFilterRules=${stats.filterRules} ` +
    `numNATChains=${chains(nat, lines.length)} numNATRules=${stats.natRules}`
  )
}

function ensureChains(k: Kernel, netns: number, jumps: readonly Jump[]): void {
  const session = new IptablesSession(k, netns)
  for (const { table, chain, to, args } of jumps) {
    session.ensureChain(table, to)
    session.ensureRule(table, chain, args, 'prepend')
  }
  for (const table of CANARY_TABLES) session.ensureChain(table, CANARY)
  session.commit()
}

/** Whether somebody has taken a table down: then its canary chain is gone with the rest. */
export function canaryGone(k: Kernel, netns: number): boolean {
  const ruleset = readRuleset(k, netns)
  return CANARY_TABLES.some((table) => !ruleset[table]?.chains.some((chain) => chain.name === CANARY))
}
