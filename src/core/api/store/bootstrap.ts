import { formatIpv4 } from '../../base/ipv4.ts'
import { type ObjectRef, objectRef } from '../../base/ref.ts'
import { invariant } from '../../base/result.ts'
import { SEC, type SimTime } from '../../base/time.ts'
import type { ApiObject, EndpointSlice, Endpoints, Namespace, Service } from '../kinds/types.ts'
import { addressRange } from './cluster-ip.ts'
import { createObject } from './create.ts'
import type { ObjectStore } from './object-store.ts'
import type { Actor } from './types.ts'

const ACTOR: Actor = 'kube-apiserver'
export const SYSTEM_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const
const DEFAULT_SECURE_PORT = 6443

/** What the API server creates when it starts: the system namespaces, the two system priorities, and itself as a Service. */
export function bootstrap(store: ObjectStore): void {
  for (const name of SYSTEM_NAMESPACES) create(store, namespace(name))
  create(store, priorityClass('system-node-critical', 2000001000))
  create(store, priorityClass('system-cluster-critical', 2000000000))
  create(store, kubernetesService(store))
  create(store, kubernetesSlice(store))
  create(store, kubernetesEndpoints(store))
}

/** How often the API server looks whether it still has its own Service (kubernetesservice controller, EndpointInterval). */
export const SELF_CHECK: SimTime = 10 * SEC

/** The API server's own Service and endpoints: they come back when somebody has deleted them. */
export const isOwn = (ref: ObjectRef): boolean =>
  ['Service', 'EndpointSlice', 'Endpoints'].some((kind) => ref === objectRef(kind, META.namespace, META.name))

export function restoreOwn(store: ObjectStore): void {
  for (const object of [kubernetesService(store), kubernetesSlice(store), kubernetesEndpoints(store)])
    createObject(store, object, ACTOR, {})
}

function create(store: ObjectStore, object: ApiObject): void {
  const created = createObject(store, object, ACTOR, {})
  invariant(created.ok || created.error.reason === 'AlreadyExists', 'a bootstrap object was refused')
}

const namespace = (name: string): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

const priorityClass = (name: string, value: number): ApiObject => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description: 'Used for system critical pods.',
})

const META = { name: 'kubernetes', namespace: 'default' }

const securePort = (store: ObjectStore): number => store.config.securePort ?? DEFAULT_SECURE_PORT

function kubernetesService(store: ObjectStore): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...META, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP: formatIpv4(addressRange(store.config.serviceCIDR).first),
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: securePort(store) }],
    },
  }
}

const kubernetesSlice = (store: ObjectStore): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...META, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [formatIpv4(store.config.advertiseAddress)], conditions: { ready: true } }],
  ports: [{ name: 'https', port: securePort(store), protocol: 'TCP' }],
})

const kubernetesEndpoints = (store: ObjectStore): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { ...META, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  subsets: [
    {
      addresses: [{ ip: formatIpv4(store.config.advertiseAddress) }],
      ports: [{ name: 'https', port: securePort(store), protocol: 'TCP' }],
    },
  ],
})
