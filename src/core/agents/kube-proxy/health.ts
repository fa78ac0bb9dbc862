import { parseIpv4 } from '../../base/ipv4.ts'
import { objectRef, splitRef } from '../../base/ref.ts'
import { EPOCH_MS, MS, type SimTime } from '../../base/time.ts'
import type { Node } from '../../api/kinds/types.ts'
import { ERRNO_TEXT } from '../../kernel/errno.ts'
import type { HttpHeader, HttpResponse } from '../../wire/http.ts'
import { type HttpExchange, httpListen, textResponse } from '../contracts/http-server.ts'
import { klog } from '../contracts/klog.ts'
import type { HealthCheck } from './iptables/sync.ts'
import type { HealthCheckServer, KubeProxyCtx, KubeProxyEnv, KubeProxyState } from './state.ts'

const JSON_HEADERS: readonly HttpHeader[] = [
  ['Content-Type', 'application/json'],
  ['X-Content-Type-Options', 'nosniff'],
]

const portOf = (bindAddress: string): number => Number(bindAddress.split(':').at(-1)) || 0

/** Opens the servers of healthz and metrics. One that cannot be opened is logged; kube-proxy goes on without. */
export function openServers(
  ctx: KubeProxyCtx,
  { healthzBindAddress, metricsBindAddress }: KubeProxyState['configuration'],
): void {
  const open = (what: string, bindAddress: string): void => {
    const done = httpListen(ctx, portOf(bindAddress), parseIpv4(bindAddress.split(':')[0] ?? '') ?? 0)
    if (done.ok) return
    const error = `failed to start ${what} on ${bindAddress}: listen tcp ${bindAddress}: bind: ${ERRNO_TEXT[done.error].toLowerCase()}`
    klog(ctx, 'E', 'server.go:447', `"Healthz server failed" err=${JSON.stringify(error)}`)
  }
  open('proxy healthz', healthzBindAddress)
  open('metrics server', metricsBindAddress)
}

/** Makes the servers of healthCheckNodePorts those that the Services ask for. */
export function syncHealthChecks(
  ctx: KubeProxyCtx,
  state: KubeProxyState,
  wanted: readonly HealthCheck[],
): KubeProxyState {
  if (wanted.length === 0 && state.checks.length === 0) return state
  const checks: HealthCheckServer[] = []
  for (const server of state.checks) {
    const same = wanted.find(({ service, port }) => service === server.service && port === server.port)
    if (same) checks.push({ ...server, localEndpoints: same.localEndpoints })
    else ctx.close(server.fd)
  }
  for (const { service, port, localEndpoints } of wanted) {
    if (checks.some((server) => server.service === service)) continue
    const done = httpListen(ctx, port)
    if (done.ok) checks.push({ service, port, fd: done.value, localEndpoints })
    else
      klog(
        ctx,
        'E',
        'service_health.go:145',
        `"Failed to start healthcheck" err="${ERRNO_TEXT[done.error].toLowerCase()}" node="${state.node}" port=${port}`,
      )
  }
  return { ...state, checks }
}

/** Healthy, unless syncs have been failing for two sync periods. */
const isHealthy = (state: KubeProxyState, now: SimTime): boolean =>
  state.failingSince < 0 || now - state.failingSince < 2 * state.configuration.syncPeriod

/** Whether load balancers may send traffic here: the node stays. */
function nodeEligible(env: KubeProxyEnv, name: string): boolean {
  const node = env.api.peek<Node>(objectRef('Node', undefined, name))
  if (!node) return true
  const leaving = node.spec?.taints?.some((taint) => taint.key === 'ToBeDeletedByClusterAutoscaler') ?? false
  return node.metadata.deletionTimestamp === undefined && !leaving
}

/** Answers of :10256 (healthz), 127.0.0.1:10249 (metrics) and of the healthCheckNodePorts. */
export function answer(
  env: KubeProxyEnv,
  ctx: KubeProxyCtx,
  state: KubeProxyState,
  { path, local }: HttpExchange,
): HttpResponse {
  const { configuration } = state
  const healthy = isHealthy(state, ctx.now)
  const check = state.checks.find(({ port }) => port === local.port)
  if (check) return serviceHealth(check, healthy)
  if (local.port === portOf(configuration.healthzBindAddress)) {
    if (path === '/livez') return proxyHealth(ctx, healthy, state, '')
    if (path === '/healthz') {
      const eligible = nodeEligible(env, state.node)
      return proxyHealth(ctx, healthy && eligible, state, `, "nodeEligible": ${eligible}`)
    }
  } else {
    const plain: readonly HttpHeader[] = [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['X-Content-Type-Options', 'nosniff'],
    ]
    if (path === '/proxyMode') return textResponse(200, 'iptables', plain)
    if (path === '/healthz') return textResponse(200, 'ok', plain)
  }
  return textResponse(404, '404 page not found\n', [['Content-Type', 'text/plain; charset=utf-8']])
}

function proxyHealth(ctx: KubeProxyCtx, healthy: boolean, state: KubeProxyState, more: string): HttpResponse {
  const now = goTime(ctx.now)
  const updated = healthy ? now : goTime(state.lastSync)
  return textResponse(healthy ? 200 : 503, `{"lastUpdated": "${updated}","currentTime": "${now}"${more}}`, JSON_HEADERS)
}

function serviceHealth({ service, localEndpoints }: HealthCheckServer, healthy: boolean): HttpResponse {
  const { namespace, name } = splitRef(service)
  const text =
    `{\n\t"service": {\n\t\t"namespace": "${namespace}",\n\t\t"name": "${name}"\n\t},\n` +
    `\t"localEndpoints": ${localEndpoints},\n\t"serviceProxyHealthy": ${healthy}\n}`
  const weight: HttpHeader = ['X-Load-Balancing-Endpoint-Weight', String(localEndpoints)]
  return textResponse(localEndpoints > 0 && healthy ? 200 : 503, text, [...JSON_HEADERS, weight])
}

/** time.Time.String() of Go: `2026-01-01 00:00:05.123456789 +0000 UTC`. */
function goTime(now: SimTime): string {
  const [date, clock] = new Date(EPOCH_MS + Math.floor(now / MS)).toISOString().slice(0, 19).split('T')
  const fraction = String(now % (1000 * MS))
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${date} ${clock}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`
}
