import { equal } from '../../../base/equal.ts'
import { parseIpv4 } from '../../../base/ipv4.ts'
import { objectRef } from '../../../base/ref.ts'
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service, StringMap } from '../../../api/kinds/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { isPodReady } from '../../contracts/pod-status.ts'
import type { Outcome } from '../../contracts/work-queue.ts'
import { endpointPorts, isEndpoint, portsKey } from '../endpointslice/endpoint.ts'
import { HEADLESS_LABEL } from '../endpointslice/endpointslice.ts'
import { hasSelector, podsOfService, servicesOfPod } from '../service-pods.ts'

const ACTOR = 'endpoint-controller'
const QUEUE = 'endpoints'
/** Since 1.33. */
const MANAGED_BY: StringMap = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' }

/** The deprecated v1 Endpoints of every Service (k8s pkg/controller/endpoint). Unlike slices, they leave terminating pods out. */
export function endpointsController(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (ref) => sync(ctx, ref))
  ctx.informers.on('Service', (notice) => ctx.queues.add(QUEUE, notice.ref))
  ctx.informers.on('Pod', (notice) => servicesOfPod(ctx, notice, (ref) => ctx.queues.add(QUEUE, ref)))
}

function sync(ctx: ControllerContext, ref: string): Outcome {
  const service = ctx.api.peek<Service>(ref)
  const [, namespace, name] = ref.split('/')
  const known = ctx.api.peek<Endpoints>(objectRef('Endpoints', namespace, name ?? ''))
  if (!service) {
    if (known?.metadata.labels?.['endpoints.kubernetes.io/managed-by'])
      ctx.api.delete(`Endpoints/${namespace}/${name}`, ACTOR)
    return 'done'
  }
  if (service.metadata.deletionTimestamp || !hasSelector(service) || service.spec.type === 'ExternalName') return 'done'
  const subsets = subsetsOf(ctx, service)
  const labels = {
    ...service.metadata.labels,
    ...(service.spec.clusterIP === 'None' && { [HEADLESS_LABEL]: '' }),
    ...MANAGED_BY,
  }
  if (known && equal(known.subsets ?? [], subsets) && equal(known.metadata.labels, labels)) return 'done'
  const metadata = known
    ? { ...known.metadata, labels }
    : { name: service.metadata.name, namespace: service.metadata.namespace, labels }
  const next: Endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata, ...(subsets.length > 0 && { subsets }) }
  const written = known ? ctx.api.update(next, ACTOR) : ctx.api.create(next, ACTOR)
  return written.ok || written.error.reason === 'Forbidden' ? 'done' : 'retry'
}

function subsetsOf(ctx: ControllerContext, service: Service): readonly EndpointSubset[] {
  const groups = new Map<
    string,
    { ports: EndpointSubset['ports']; ready: EndpointAddress[]; notReady: EndpointAddress[] }
  >()
  for (const pod of podsOfService(ctx, service)) {
    const leaving = pod.metadata.deletionTimestamp !== undefined && !service.spec.publishNotReadyAddresses
    if (!isEndpoint(pod) || leaving) continue
    const ports = endpointPorts(pod, service)
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports: subsetPorts(ports), ready: [], notReady: [] }
    groups.set(key, group)
    const ready = isPodReady(pod) || service.spec.publishNotReadyAddresses === true
    ;(ready ? group.ready : group.notReady).push(address(pod))
  }
  return [...groups.keys()].sort().map((key) => {
    const { ports, ready, notReady } = groups.get(key)!
    return {
      ...(ready.length > 0 && { addresses: sorted(ready) }),
      ...(notReady.length > 0 && { notReadyAddresses: sorted(notReady) }),
      ...(ports && ports.length > 0 && { ports }),
    }
  })
}

const subsetPorts = (ports: ReturnType<typeof endpointPorts>): NonNullable<EndpointSubset['ports']> =>
  ports.map(({ name, port, protocol }) => ({ ...(name && { name }), port: port ?? 0, protocol }))

const address = (pod: Pod): EndpointAddress => ({
  ip: pod.status?.podIP ?? '',
  ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
  targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
})

const sorted = (addresses: readonly EndpointAddress[]): readonly EndpointAddress[] =>
  [...addresses].sort((a, b) => (parseIpv4(a.ip) ?? 0) - (parseIpv4(b.ip) ?? 0))
