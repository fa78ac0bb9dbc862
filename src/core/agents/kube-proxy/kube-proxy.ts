import { formatIpv4 } from '../../base/ipv4.ts'
import { objectRef } from '../../base/ref.ts'
import { timestamp, type SimTime } from '../../base/time.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { EndpointSlice, Node, Service } from '../../api/kinds/types.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { restore } from '../../kernel/netfilter/store.ts'
import { readRuleset } from '../../kernel/netfilter/store.ts'
import { setSysctl, sysctl } from '../../kernel/sysctl/sysctl.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import { goFlags } from '../contracts/go-flags.ts'
import { type HttpServer, NO_CONNECTIONS, httpEvent, httpListen } from '../contracts/http-server.ts'
import { IptablesSession } from '../contracts/iptables.ts'
import { klog } from '../contracts/klog.ts'
import { CHANGED, type ProgramWatches } from '../contracts/program-watch.ts'
import type { Ctx, Program, ProgramEvent } from '../contracts/program.ts'
import { deleteStaleEntries } from './conntrack.ts'
import { healthResponse } from './health.ts'
import type { DetectLocal, ProxyConfig } from './iptables/config.ts'
import { CANARY, CANARY_TABLES } from './iptables/fixed-rules.ts'
import { type SyncState, syncProxyRules } from './iptables/sync.ts'
import { type ProxySettings, readSettings } from './settings.ts'

/** What kube-proxy works with. */
export interface ProxyEnv {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly watches: ProgramWatches
}

/** What a running kube-proxy remembers. */
export interface ProxyState {
  readonly node: string
  readonly actor: string
  readonly settings: ProxySettings
  readonly nodeIp: string
  /** Of the last sync that went through; `null`: the next one writes everything. */
  readonly last: SyncState | null
  readonly lastSync: SimTime
  /** A sync is due. */
  readonly pending: boolean
  readonly http: HttpServer
}

/** kube-proxy: turns Services and their endpoints into rules of its node, and looks after their connections. */
export const kubeProxy = (env: ProxyEnv): Program<ProxyState> => ({
  name: 'kube-proxy',
  start: (ctx) => start(env, ctx),
  on: (ctx, event) => onEvent(env, ctx, event),
})

function fail(ctx: Ctx<ProxyState>, what: string): void {
  klog(ctx, 'E', 'run.go:74', `"command failed" err=${JSON.stringify(what)}`)
  ctx.exit(1)
}

function start(env: ProxyEnv, ctx: Ctx<ProxyState>): void {
  const flags = goFlags(ctx.argv.slice(1), ['masquerade-all', 'version', 'cleanup'])
  const path = flags.text('config', '')
  const text = path === '' ? null : ctx.readFile(path)
  if (path !== '' && text === null) return fail(ctx, `failed complete: open ${path}: no such file or directory`)
  const settings = readSettings(text, flags)
  if (!settings.ok) return fail(ctx, `failed complete: ${settings.error}`)
  const { mode } = settings.value
  if (mode !== '' && mode !== 'iptables') {
    const known = ['nftables', 'ipvs'].includes(mode)
    return fail(ctx, known ? `mode ${mode} is not modelled yet: use iptables` : `failed validate: KubeProxyConfiguration.Mode: Invalid value: "${mode}": must be iptables, ipvs, nftables or blank`)
  }
  run(env, ctx, settings.value, flags.text('hostname-override', ctx.hostname))
}

function run(env: ProxyEnv, ctx: Ctx<ProxyState>, settings: ProxySettings, nodeName: string): void {
  const k = env.kernel
  const node = env.api.peek<Node>(objectRef('Node', undefined, nodeName))
  const nodeIp = node?.status?.addresses?.find((address) => address.type === 'InternalIP')?.address ?? '127.0.0.1'
  if (node) klog(ctx, 'I', 'server.go:234', `"Successfully retrieved node IP(s)" IPs=["${nodeIp}"]`)
  else klog(ctx, 'W', 'server.go:238', `"Can't determine this node's IP, assuming loopback; if this is incorrect, please set the --bind-address flag"`)
  const actor = `kube-proxy@${nodeName}`
  const state: ProxyState = { node: nodeName, actor, settings, nodeIp, last: null, lastSync: -settings.minSyncPeriod, pending: false, http: NO_CONNECTIONS }
  const ref = objectRef('Node', undefined, nodeName)
  asAgent(k, { actor, verb: 'start', ref, netns: ctx.netns, verdict: 'start', text: 'kube-proxy --proxy-mode=iptables' }, () => {
    tuneConntrack(env, ctx, settings, node)
    if (settings.localhostNodePorts) setSysctl(k, ctx.netns, 'net.ipv4.conf.all.route_localnet', '1')
  })
  klog(ctx, 'I', 'server_linux.go:103', '"Using iptables Proxier"')
  const listening = httpListen(ctx, settings.healthzPort)
  if (!listening.ok) klog(ctx, 'E', 'proxy_health.go:131', `"Failed to start proxier healthz on 0.0.0.0:${settings.healthzPort}" err="${listening.error}"`)
  for (const what of ['service', 'endpoint slice', 'node']) klog(ctx, 'I', 'config.go:105', `"Starting ${what} config controller"`)
  ctx.set(state)
  ctx.setTimer(settings.syncPeriod, 'resync')
  env.watches.watch(actor, ctx.pid, ['EndpointSlice', 'Node', 'Service'])
}

/** Writes of setupConntrack (cmd/kube-proxy/app/server_linux.go). */
function tuneConntrack(env: ProxyEnv, ctx: Ctx<ProxyState>, settings: ProxySettings, node: Node | undefined): void {
  const cores = Number(node?.status?.capacity?.['cpu'] ?? 4) || 1
  const max = Math.max(settings.conntrackMaxPerCore * cores, settings.conntrackMin)
  const set = (name: string, value: number): void => setSysctl(env.kernel, ctx.netns, `net.netfilter.${name}`, String(value))
  set('nf_conntrack_max', max)
  set('nf_conntrack_tcp_timeout_established', settings.tcpEstablishedTimeout / 1e9)
  set('nf_conntrack_tcp_timeout_close_wait', settings.tcpCloseWaitTimeout / 1e9)
}

function onEvent(env: ProxyEnv, ctx: Ctx<ProxyState>, event: ProgramEvent): void {
  const { state } = ctx
  if (event.type !== 'timer') {
    const http = httpEvent(ctx, state.http, event, ({ path }) => healthResponse(path, timestamp(ctx.now), timestamp(state.lastSync)))
    if (http !== state.http) ctx.set({ ...state, http })
    return
  }
  if (event.tag === CHANGED) {
    env.watches.seen(state.actor)
    request(env, ctx, state)
  } else if (event.tag === 'sync') {
    sync(env, ctx, { ...state, pending: false })
  } else if (event.tag === 'resync') {
    checkCanary(env, ctx, state)
    ctx.setTimer(state.settings.syncPeriod, 'resync')
  }
}

/** BoundedFrequencyRunner: a sync at once if the last one is long enough ago, else as soon as it is. */
function request(env: ProxyEnv, ctx: Ctx<ProxyState>, state: ProxyState): void {
  const wait = state.lastSync + state.settings.minSyncPeriod - ctx.now
  if (wait <= 0) return sync(env, ctx, state)
  if (state.pending) return
  ctx.set({ ...state, pending: true })
  env.watches.wakeAfter(ctx.pid, wait, 'sync')
}

/** The monitor: a canary that is gone means that somebody flushed the rules, and everything is written again. */
function checkCanary(env: ProxyEnv, ctx: Ctx<ProxyState>, state: ProxyState): void {
  const session = new IptablesSession(env.kernel, ctx.netns)
  const alive = CANARY_TABLES.every((table) => session.hasChain(table, CANARY))
  sync(env, ctx, alive ? state : { ...state, last: null })
}

/** syncProxyRules: what is wanted, as one iptables-restore. The subjects of a rule are the objects it is for. */
function sync(env: ProxyEnv, ctx: Ctx<ProxyState>, state: ProxyState): void {
  const { kernel: k, api } = env
  const services = api.ofKind<Service>('Service')
  const endpointSlices = api.ofKind<EndpointSlice>('EndpointSlice')
  const out = syncProxyRules({
    services,
    endpointSlices,
    config: proxyConfig(env, ctx, state),
    ...(state.last && { previous: state.last }),
    natChains: readRuleset(k, ctx.netns).nat?.chains.map((chain) => chain.name) ?? [],
  })
  const ref = objectRef('Node', undefined, state.node)
  const quiet = state.last !== null && out.stats.written === 0 && out.staleChains.length === 0
  const text = `iptables-restore --noflush --counters (${out.stats.natRules} nat, ${out.stats.filterRules} filter)`
  const deed = { actor: state.actor, verb: 'sync', ref, netns: ctx.netns, ...(!quiet && { text }) } as const
  const done = asAgent(k, deed, () => {
    ensureFixed(k, ctx.netns, out.ensureJumps)
    const restored = restore(k, ctx.netns, out.lines, { noflush: true, counters: true })
    deleteStaleEntries(k, ctx.netns, services, endpointSlices, state.node)
    return restored
  })
  if (!done.ok) klog(ctx, 'E', 'proxier.go:1546', `"Failed to execute iptables-restore" err=${JSON.stringify(done.error.stderr)}`)
  ctx.set({ ...state, last: done.ok ? out.state : null, lastSync: ctx.now })
}

function ensureFixed(k: Kernel, netns: number, jumps: ReturnType<typeof syncProxyRules>['ensureJumps']): void {
  if (jumps.length === 0) return
  const session = new IptablesSession(k, netns)
  for (const table of CANARY_TABLES) session.ensureChain(table, CANARY)
  for (const jump of jumps) {
    session.ensureChain(jump.table, jump.to)
    session.ensureRule(jump.table, jump.chain, jump.args, 'prepend')
  }
  session.commit()
}

function proxyConfig(env: ProxyEnv, ctx: Ctx<ProxyState>, state: ProxyState): ProxyConfig {
  const { kernel: k, api } = env
  const { settings } = state
  const node = api.peek<Node>(objectRef('Node', undefined, state.node))
  return {
    family: 'IPv4',
    nodeName: state.node,
    nodeLabels: node?.metadata.labels ?? {},
    nodeIp: state.nodeIp,
    nodeIps: k.t.addressByNetns.at(ctx.netns).rows().map((row) => formatIpv4(row.addr)),
    detectLocal: detectLocal(settings, node),
    masqueradeAll: settings.masqueradeAll,
    masqueradeBit: settings.masqueradeBit,
    markFormat: 'daemon',
    nodePortAddresses: settings.nodePortAddresses,
    localhostNodePorts: settings.localhostNodePorts,
    // The kernel module nfnetlink_acct is not modelled.
    nfacct: { invalidDropped: false, localhostNodePorts: false },
    randomFully: true,
    beLiberal: (sysctl(k, ctx.netns, 'net.netfilter.nf_conntrack_tcp_be_liberal') ?? '0') !== '0',
  }
}

function detectLocal(settings: ProxySettings, node: Node | undefined): DetectLocal {
  const { detectLocalMode: mode } = settings
  if (mode === 'NodeCIDR' && node?.spec?.podCIDR) return { mode, cidr: node.spec.podCIDR }
  if (mode === 'BridgeInterface' && settings.bridgeInterface) return { mode, name: settings.bridgeInterface }
  if (mode === 'InterfaceNamePrefix' && settings.interfaceNamePrefix) return { mode, prefix: settings.interfaceNamePrefix }
  const cidr = settings.clusterCidr.split(',').find((prefix) => !prefix.includes(':'))
  return (mode === '' || mode === 'ClusterCIDR') && cidr ? { mode: 'ClusterCIDR', cidr } : { mode: 'None' }
}
