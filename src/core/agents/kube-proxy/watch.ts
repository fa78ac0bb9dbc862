import { equal } from '../../base/equal.ts'
import { objectRef } from '../../base/ref.ts'
import type { EndpointSlice, Node, Service } from '../../api/kinds/types.ts'
import type { WatchNotice } from '../../api/store/types.ts'
import type { ProgramWatch } from '../contracts/program-watch.ts'
import { isProxied, isProxiedSlice } from './sync-rules.ts'

/** Timer tags by which the program hears of changes. */
export const RULES_CHANGED = 'rules changed'
export const TOPOLOGY_CHANGED = 'topology changed'

/** Services and EndpointSlices, and the process's own Node. What exists is read by the first sync, so that nothing is sent for it. */
export function beginWatch(watch: ProgramWatch, actor: string, pid: number, node: string): void {
  watch.begin(actor, pid, ['Service', 'EndpointSlice'], { sendInitial: false })
  watch.begin(actor, pid, 'Node', { sendInitial: false, fieldSelector: `metadata.name=${node}` })
}

/** What a change means to the rules; `null`: nothing (heartbeats, annotations, headless Services …). */
export function meaningOf({
  object,
  previous,
  type,
}: WatchNotice): typeof RULES_CHANGED | typeof TOPOLOGY_CHANGED | null {
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
