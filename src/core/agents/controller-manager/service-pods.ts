import { matchesLabels } from '../../api/kinds/selector.ts'
import type { Pod, Service } from '../../api/kinds/types.ts'
import { refOf } from '../../api/kinds/ref-of.ts'
import type { WatchNotice } from '../../api/store/types.ts'
import type { ControllerContext } from '../contracts/informer.ts'
import { isPodReady } from '../contracts/pod-status.ts'

/** Selects pods: a Service without a selector has endpoints that somebody else writes. */
export const hasSelector = (service: Service): boolean => Object.keys(service.spec.selector ?? {}).length > 0

/** The pods of a Service, in order of names. */
export const podsOfService = ({ api }: ControllerContext, service: Service): readonly Pod[] =>
  api
    .ofKind<Pod>('Pod', service.metadata.namespace)
    .filter((pod) => matchesLabels(service.spec.selector, pod.metadata.labels))

/** Calls `add` with the ref of every Service that a change of a pod may concern. */
export function servicesOfPod({ api }: ControllerContext, notice: WatchNotice, add: (service: string) => void): void {
  const pod = notice.object as Pod
  const before = notice.previous as Pod | undefined
  if (before && !endpointChanged(before, pod)) return
  for (const service of api.ofKind<Service>('Service', pod.metadata.namespace)) {
    if (!hasSelector(service)) continue
    const { selector } = service.spec
    const concerned =
      matchesLabels(selector, pod.metadata.labels) || (before && matchesLabels(selector, before.metadata.labels))
    if (concerned) add(refOf(service))
  }
}

/** Whether anything changed that an endpoint shows (endpointslice/util podEndpointsChanged). */
const endpointChanged = (a: Pod, b: Pod): boolean =>
  a.metadata.labels !== b.metadata.labels ||
  a.metadata.deletionTimestamp !== b.metadata.deletionTimestamp ||
  a.status?.podIP !== b.status?.podIP ||
  a.status?.phase !== b.status?.phase ||
  a.spec.nodeName !== b.spec.nodeName ||
  isPodReady(a) !== isPodReady(b)
