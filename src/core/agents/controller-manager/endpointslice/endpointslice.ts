import { equal } from '../../../base/equal.ts'
import { objectRef } from '../../../base/ref.ts'
import type { EndpointSlice, Node, Service, StringMap } from '../../../api/kinds/types.ts'
import { refOf } from '../../../api/kinds/ref-of.ts'
import { SERVICE_NAME_LABEL } from '../../../api/store/tables.ts'
import type { WatchNotice } from '../../../api/store/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { controllerRef } from '../../contracts/pod-status.ts'
import type { Outcome } from '../../contracts/work-queue.ts'
import { hasSelector, podsOfService, servicesOfPod } from '../service-pods.ts'
import { endpointPorts, isEndpoint, podEndpoint, portsKey } from './endpoint.ts'
import { type PortGroup, planSlices } from './reconcile.ts'

const ACTOR = 'endpointslice-controller'
const QUEUE = 'endpointslice'
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by'
const MANAGER = 'endpointslice-controller.k8s.io'
export const HEADLESS_LABEL = 'service.kubernetes.io/headless'

/** Writes the pods of every Service into EndpointSlices (k8s staging/src/k8s.io/endpointslice). */
export function endpointSliceController(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (ref) => sync(ctx, ref))
  ctx.informers.on('Service', (notice) => ctx.queues.add(QUEUE, notice.ref))
  ctx.informers.on('Pod', (notice) => servicesOfPod(ctx, notice, (ref) => ctx.queues.add(QUEUE, ref)))
  ctx.informers.on('EndpointSlice', (notice) => onSlice(ctx, notice))
}

/** Somebody else's change to one of our slices is undone. */
function onSlice(ctx: ControllerContext, { object, type }: WatchNotice): void {
  const { labels, namespace } = object.metadata
  const service = labels?.[SERVICE_NAME_LABEL]
  if (type !== 'ADDED' && service && labels?.[MANAGED_BY_LABEL] === MANAGER) {
    ctx.queues.add(QUEUE, objectRef('Service', namespace, service))
  }
}

function sync(ctx: ControllerContext, ref: string): Outcome {
  const service = ctx.api.peek<Service>(ref)
  if (!service || service.metadata.deletionTimestamp) return 'done'
  if (!hasSelector(service) || service.spec.type === 'ExternalName') return 'done'
  const existing = slicesOf(ctx, service)
  const plan = planSlices(existing, groupsOf(ctx, service))
  const labels = labelsOf(service)
  const updated = new Set(plan.update.map(refOf))
  let refused = false
  const check = (result: { readonly ok: boolean }): void => {
    if (!result.ok) refused = true
  }
  for (const group of plan.create) check(ctx.api.create(newSlice(service, group, labels), ACTOR))
  for (const slice of plan.update) check(ctx.api.update(relabelled(slice, labels), ACTOR))
  for (const slice of plan.remove) check(ctx.api.delete(refOf(slice), ACTOR))
  for (const slice of existing) {
    if (!updated.has(refOf(slice)) && !plan.remove.includes(slice) && !equal(slice.metadata.labels, labels)) {
      check(ctx.api.update(relabelled(slice, labels), ACTOR))
    }
  }
  return refused ? 'retry' : 'done'
}

const slicesOf = ({ api }: ControllerContext, service: Service): readonly EndpointSlice[] =>
  (
    api.tables.slicesByService
      .at(`${service.metadata.namespace}/${service.metadata.name}`)
      .rows() as readonly EndpointSlice[]
  ).filter((slice) => slice.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER && !slice.metadata.deletionTimestamp)

function groupsOf(ctx: ControllerContext, service: Service): readonly PortGroup[] {
  const groups = new Map<string, { ports: PortGroup['ports']; endpoints: PortGroup['endpoints'][number][] }>()
  for (const pod of podsOfService(ctx, service)) {
    if (!isEndpoint(pod)) continue
    const node = pod.spec.nodeName ? ctx.api.peek<Node>(objectRef('Node', undefined, pod.spec.nodeName)) : undefined
    const ports = endpointPorts(pod, service)
    const key = portsKey(ports)
    const endpoint = podEndpoint(pod, service, node)
    const group = groups.get(key)
    if (group) group.endpoints.push(endpoint)
    else groups.set(key, { ports, endpoints: [endpoint] })
  }
  return [...groups.keys()].sort().map((key) => groups.get(key)!)
}

/** The Service's own labels and those that make the slice findable (utils.go setEndpointSliceLabels). */
function labelsOf(service: Service): StringMap {
  return {
    ...service.metadata.labels,
    ...(service.spec.clusterIP === 'None' && { [HEADLESS_LABEL]: '' }),
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: MANAGER,
  }
}

const relabelled = (slice: EndpointSlice, labels: StringMap): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, labels },
})

const newSlice = (service: Service, group: PortGroup, labels: StringMap): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: '',
    generateName: `${service.metadata.name}-`,
    ...(service.metadata.namespace !== undefined && { namespace: service.metadata.namespace }),
    labels,
    ownerReferences: [controllerRef(service)],
  },
  addressType: 'IPv4',
  endpoints: group.endpoints,
  ports: group.ports,
})
