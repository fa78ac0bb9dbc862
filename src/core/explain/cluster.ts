import { refOf } from '../api/kinds/ref-of.ts'
import { summarizePod } from '../api/print/columns-pod.ts'
import type {
  ApiObject,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Node,
  Pod,
  ReplicaSet,
  Service,
} from '../api/kinds/types.ts'
import { type ObjectRef, objectRef } from '../base/ref.ts'
import type { ExplainEnv } from './env.ts'
import type { HostView, PodView, ServiceView, WorkloadView } from './views.ts'

const ofKind = <T extends ApiObject>(env: ExplainEnv, kind: string): readonly T[] => env.api?.ofKind<T>(kind) ?? []

/** The machine as a cluster node: role and condition Ready. `null`: it is none (yet). */
export function nodeOf(
  env: ExplainEnv,
  host: string,
): { readonly role: HostView['role']; readonly ready: boolean } | null {
  const node = env.api?.peek<Node>(`Node/${host}`)
  if (!node) return null
  const control =
    node.metadata.labels !== undefined && Object.hasOwn(node.metadata.labels, 'node-role.kubernetes.io/control-plane')
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status === 'True'
  return { role: control ? 'control-plane' : 'worker', ready }
}

export function podView(pod: Pod): PodView {
  const { name, namespace = '', ownerReferences } = pod.metadata
  const owner = ownerReferences?.find((each) => each.controller)
  const summary = summarizePod(pod)
  return {
    ref: refOf(pod),
    name,
    namespace,
    status: summary.status,
    ready: summary.total > 0 && summary.ready === summary.total,
    ip: pod.status?.podIP || null,
    node: pod.spec.nodeName || null,
    owner: owner ? objectRef(owner.kind, namespace, owner.name) : null,
    place: `pod/${namespace}/${name}`,
  }
}

export const clusterPods = (env: ExplainEnv): PodView[] => ofKind<Pod>(env, 'Pod').map(podView)

export const namespacesOf = (env: ExplainEnv): string[] => ofKind(env, 'Namespace').map((o) => o.metadata.name)

export const servicesOf = (env: ExplainEnv): ServiceView[] =>
  ofKind<Service>(env, 'Service').map((service) => serviceView(env, service))

export function serviceView(env: ExplainEnv, service: Service): ServiceView {
  const { name, namespace = '' } = service.metadata
  const ports = (service.spec.ports ?? []).map(
    (p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol ?? 'TCP'}`,
  )
  return {
    ref: refOf(service),
    name,
    namespace,
    type: service.spec.type ?? 'ClusterIP',
    clusterIP: service.spec.clusterIP ?? '',
    ports,
    endpoints: endpointsOf(env, namespace, name),
  }
}

function endpointsOf(env: ExplainEnv, namespace: string, name: string): ServiceView['endpoints'] {
  const slices = env.api?.tables.slicesByService.at(`${namespace}/${name}`).rows() ?? []
  const all = (slices as readonly EndpointSlice[]).flatMap((slice) =>
    slice.endpoints.flatMap((endpoint) =>
      endpoint.addresses.map((address) => ({
        pod:
          endpoint.targetRef?.kind === 'Pod'
            ? objectRef('Pod', endpoint.targetRef.namespace, endpoint.targetRef.name ?? '')
            : null,
        address,
        ready: endpoint.conditions?.ready ?? true,
      })),
    ),
  )
  return [...all.filter((endpoint) => endpoint.ready), ...all.filter((endpoint) => !endpoint.ready)]
}

/** What people scale and roll out: workloads that no other workload owns. */
export function workloadsOf(env: ExplainEnv): WorkloadView[] {
  const deployments = ofKind<Deployment>(env, 'Deployment').map((o) =>
    workload(o, o.status?.readyReplicas ?? 0, o.spec.replicas ?? 1),
  )
  const daemons = ofKind<DaemonSet>(env, 'DaemonSet').map((o) =>
    workload(o, o.status?.numberReady ?? 0, o.status?.desiredNumberScheduled ?? 0),
  )
  const sets = ofKind<ReplicaSet>(env, 'ReplicaSet')
    .filter((o) => !o.metadata.ownerReferences?.some((owner) => owner.controller))
    .map((o) => workload(o, o.status?.readyReplicas ?? 0, o.spec.replicas ?? 1))
  return [...deployments, ...daemons, ...sets]
}

const workload = (o: ApiObject, ready: number, desired: number): WorkloadView => ({
  ref: refOf(o),
  kind: o.kind,
  name: o.metadata.name,
  namespace: o.metadata.namespace ?? '',
  ready,
  desired,
})

/** The object and those that exist because of it: what it owns, a Service's EndpointSlices, and theirs. */
export function familyOf(env: ExplainEnv, ref: ObjectRef): ReadonlySet<ObjectRef> {
  const family = new Set<ObjectRef>()
  const pending = [ref]
  while (pending.length > 0) {
    const next = pending.pop()!
    if (family.has(next)) continue
    family.add(next)
    const object = env.api?.peek(next)
    if (!object || !env.api) continue
    if (object.metadata.uid) for (const owned of env.api.ownedBy(object.metadata.uid)) pending.push(refOf(owned))
    if (object.kind === 'Service') {
      for (const slice of env.api.tables.slicesByService
        .at(`${object.metadata.namespace}/${object.metadata.name}`)
        .rows())
        pending.push(refOf(slice))
    }
  }
  return family
}
