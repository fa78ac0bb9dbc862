import { equal } from '../../base/equal.ts'
import { objectRef } from '../../base/ref.ts'
import type { EndpointSlice, Node, Service } from '../../api/kinds/types.ts'
import type { WatchNotice } from '../../api/store/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { isProxied, isProxiedSlice } from './sync-rules.ts'
import type { KubeProxyEnv } from './state.ts'

const NOTICE: EventKind<WatchNotice> = eventKind('watch kube-proxy')

/** Timer tags by which the program hears of changes. */
export const RULES_CHANGED = 'rules changed'
export const TOPOLOGY_CHANGED = 'topology changed'

/** The subscriber's name says which process to wake: `kube-proxy@node1[12]`, as syslog writes programs. */
const subscriber = (actor: string, pid: number): string => `${actor}[${pid}]`
const pidOf = (name: string): number => Number(/\[(\d+)\]$/.exec(name)?.[1] ?? 0)

/** To be called once: from here on notices wake the processes they are for. A process that has ended is unsubscribed. */
export function serveWatches(env: KubeProxyEnv): void {
  env.api.sim.on(NOTICE, (notice) => {
    const tag = meaningOf(notice)
    if (tag !== null && !env.watches.deliver(pidOf(notice.actor), tag)) env.api.unwatch(notice.actor)
  })
}

/** Services and EndpointSlices, and the process's own Node. What exists is read by the first sync, so that nothing is sent for it. */
export function beginWatch(env: KubeProxyEnv, actor: string, pid: number, node: string): void {
  const who = { actor: subscriber(actor, pid), event: NOTICE }
  env.api.watch(['Service', 'EndpointSlice'], who, { sendInitial: false })
  env.api.watch('Node', who, { sendInitial: false, fieldSelector: `metadata.name=${node}` })
}

export const endWatch = (env: KubeProxyEnv, actor: string, pid: number): void => env.api.unwatch(subscriber(actor, pid))

/** What a change means to the rules; `null`: nothing (heartbeats, annotations, headless Services …). */
function meaningOf({ object, previous, type }: WatchNotice): typeof RULES_CHANGED | typeof TOPOLOGY_CHANGED | null {
  const before = type === 'MODIFIED' ? previous : undefined
  switch (object.kind) {
    case 'Service':
      return serviceChanged(object as Service, before as Service | undefined) ? RULES_CHANGED : null
    case 'EndpointSlice':
      return sliceChanged(object as EndpointSlice, before as EndpointSlice | undefined) ? RULES_CHANGED : null
    case 'Node':
      return before && !equal(topologyOf(before as Node), topologyOf(object as Node)) ? TOPOLOGY_CHANGED : null
    default:
      return null
  }
}

const serviceChanged = (now: Service, before: Service | undefined): boolean =>
  before
    ? (isProxied(now) || isProxied(before)) &&
      !(isProxied(now) === isProxied(before) && equal(now.spec, before.spec) && equal(now.status, before.status))
    : isProxied(now)

const sliceChanged = (now: EndpointSlice, before: EndpointSlice | undefined): boolean =>
  before ? isProxiedSlice(now) && !equal(contentOf(now), contentOf(before)) : isProxiedSlice(now)

const contentOf = ({ endpoints, ports, addressType, metadata }: EndpointSlice): unknown => [
  endpoints,
  ports,
  addressType,
  metadata.labels?.['kubernetes.io/service-name'],
]

/** What the rules read of a Node: the labels that topology hints speak of, its range, its address. */
const topologyOf = ({ metadata, spec, status }: Node): unknown => [
  metadata.labels?.['topology.kubernetes.io/zone'],
  spec?.podCIDR,
  status?.addresses,
]

export const nodeRef = (node: string): string => objectRef('Node', undefined, node)
