import { objectRef } from '../../../base/ref.ts'
import type {
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  EndpointSubset,
  Endpoints,
  Service,
  StringMap,
} from '../../../api/kinds/types.ts'
import { refOf } from '../../../api/kinds/ref-of.ts'
import { SERVICE_NAME_LABEL } from '../../../api/store/tables.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import type { Outcome } from '../../contracts/work-queue.ts'
import { controllerRef } from '../../contracts/pod-status.ts'
import { portsKey } from '../endpointslice/endpoint.ts'
import { MANAGED_BY_LABEL } from '../endpointslice/endpointslice.ts'
import { type PortGroup, planSlices } from '../endpointslice/reconcile.ts'
import { hasSelector } from '../service-pods.ts'

const ACTOR = 'endpointslicemirroring-controller'
const QUEUE = 'endpointslice-mirroring'
const MANAGER = 'endpointslicemirroring-controller.k8s.io'
const SKIP_LABEL = 'endpointslice.kubernetes.io/skip-mirror'

/** Endpoints that a person wrote for a Service without a selector become slices (k8s pkg/controller/endpointslicemirroring). */
export function endpointSliceMirroringController(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (name) => sync(ctx, name))
  ctx.informers.on(['Endpoints', 'Service'], ({ object }) => {
    ctx.queues.add(QUEUE, `${object.metadata.namespace}/${object.metadata.name}`)
  })
}

function sync(ctx: ControllerContext, key: string): Outcome {
  const [namespace, name = ''] = key.split('/')
  const service = ctx.api.peek<Service>(objectRef('Service', namespace, name))
  const endpoints = ctx.api.peek<Endpoints>(objectRef('Endpoints', namespace, name))
  const existing = (ctx.api.tables.slicesByService.at(key).rows() as readonly EndpointSlice[]).filter(
    (slice) => slice.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER,
  )
  if (!service || !endpoints || hasSelector(service) || endpoints.metadata.labels?.[SKIP_LABEL] === 'true') {
    for (const slice of existing) ctx.api.delete(refOf(slice), ACTOR)
    return 'done'
  }
  const groups = groupsOf(endpoints.subsets ?? [])
  const plan = planSlices(existing, groups)
  const created = groups.length === 0 ? [] : plan.create
  const results = [
    ...created.map((group) => ctx.api.create(newSlice(endpoints, group), ACTOR)),
    ...plan.update.map((slice) => ctx.api.update(slice, ACTOR)),
    ...plan.remove.map((slice) => ctx.api.delete(refOf(slice), ACTOR)),
  ]
  return results.every((result) => result.ok) ? 'done' : 'retry'
}

function groupsOf(subsets: readonly EndpointSubset[]): readonly PortGroup[] {
  const groups = new Map<string, PortGroup>()
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map((p) => ({
      name: p.name ?? '',
      port: p.port,
      protocol: p.protocol ?? ('TCP' as const),
    }))
    const key = portsKey(ports)
    const endpoints = [
      ...(subset.addresses ?? []).map((address) => toEndpoint(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address) => toEndpoint(address, false)),
    ]
    groups.set(key, { ports, endpoints: [...(groups.get(key)?.endpoints ?? []), ...endpoints] })
  }
  return [...groups.keys()].sort().map((key) => groups.get(key)!)
}

const toEndpoint = (address: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [address.ip],
  conditions: { ready },
  ...(address.hostname && { hostname: address.hostname }),
  ...(address.nodeName && { nodeName: address.nodeName }),
  ...(address.targetRef && { targetRef: address.targetRef }),
})

function newSlice(endpoints: Endpoints, group: PortGroup): EndpointSlice {
  const { name, namespace, labels } = endpoints.metadata
  const added: StringMap = { [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MANAGER }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${name}-`,
      ...(namespace !== undefined && { namespace }),
      labels: { ...labels, ...added },
      ownerReferences: [controllerRef(endpoints)],
    },
    addressType: 'IPv4',
    endpoints: group.endpoints,
    ports: group.ports,
  }
}
