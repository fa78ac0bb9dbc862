import type { StructName } from '../schema/schema.ts'
import { defaultDaemonSet, defaultDeployment, defaultReplicaSet } from './defaults/workloads.ts'
import { defaultBinding, defaultNamespace, defaultNode, defaultPriorityClass, defaultSecret } from './defaults/plain.ts'
import { defaultPod } from './defaults/pod.ts'
import { defaultEndpointSlice, defaultEndpoints, defaultNetworkPolicy, defaultService } from './defaults/service.ts'
import type { FieldCause } from './field.ts'
import { type Json, cloneJson, ensureObject } from './json.ts'
import type {
  ApiObject,
  ConfigMap,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Endpoints,
  Event,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
} from './types.ts'
import { validateMeta, validateMetaUpdate } from './validate/meta.ts'
import { type TextCheck, dns1035Label, dns1123Label, dns1123Subdomain, pathSegment } from './validate/names.ts'
import {
  validateBinding,
  validateConfigMap,
  validateEvent,
  validateLease,
  validateNamespace,
  validateNetworkPolicy,
  validateNode,
  validateRole,
  validateSecret,
} from './validate/plain.ts'
import { validatePod, validatePodUpdate } from './validate/pod.ts'
import { validateService, validateServiceUpdate } from './validate/service.ts'
import { validateEndpointSlice, validateEndpoints } from './validate/endpoints.ts'
import { validateDaemonSet, validateDeployment, validateReplicaSet } from './validate/workloads.ts'

/** One kind of the API: its names, its shape, and what the API server does to an object of it before storing it. */
export interface KindInfo {
  readonly kind: string
  readonly group: string
  readonly version: string
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly namespaced: boolean
  /** The struct of the schema. */
  readonly schema: StructName
  /** Part of `kubectl get all`. */
  readonly inAll: boolean
  /** The API server refuses to change `status` through the object itself, and `spec` through the status. */
  readonly hasStatus: boolean
  /** Stored and shown, but no simulated agent acts on it yet. */
  readonly enforced: boolean
  /** A defaulted copy. Allocated fields (clusterIP, nodePort, uid …) are the API server's. */
  default(object: ApiObject): ApiObject
  /** Complaints about a defaulted object, and about the change from `old` where it is an update. Empty: fine. */
  validate(object: ApiObject, old?: ApiObject): FieldCause[]
}

interface Entry {
  readonly kind: string
  readonly group?: string
  readonly plural?: string
  readonly short?: readonly string[]
  readonly cluster?: boolean
  readonly all?: boolean
  readonly status?: boolean
  readonly enforced?: boolean
  readonly name?: TextCheck
  readonly defaults?: (object: Json) => void
  readonly check?: (object: ApiObject, old?: ApiObject) => FieldCause[]
}

const RBAC = 'rbac.authorization.k8s.io'

const ENTRIES: readonly Entry[] = [
  {
    kind: 'Namespace',
    short: ['ns'],
    cluster: true,
    status: true,
    name: dns1123Label,
    defaults: defaultNamespace,
    check: (o) => validateNamespace(o as Namespace),
  },
  {
    kind: 'Node',
    short: ['no'],
    cluster: true,
    status: true,
    defaults: defaultNode,
    check: (o, old) => validateNode(o as Node, old as Node | undefined),
  },
  {
    kind: 'Pod',
    short: ['po'],
    all: true,
    status: true,
    defaults: defaultPod,
    check: (o, old) => [...validatePod(o as Pod), ...(old ? validatePodUpdate(o as Pod, old as Pod) : [])],
  },
  {
    kind: 'Service',
    short: ['svc'],
    all: true,
    status: true,
    name: dns1035Label,
    defaults: defaultService,
    check: (o, old) => [
      ...(old ? validateServiceUpdate(o as Service, old as Service) : []),
      ...validateService(o as Service),
    ],
  },
  {
    kind: 'Endpoints',
    plural: 'endpoints',
    short: ['ep'],
    defaults: defaultEndpoints,
    check: (o) => validateEndpoints(o as Endpoints),
  },
  {
    kind: 'ConfigMap',
    short: ['cm'],
    check: (o, old) => validateConfigMap(o as ConfigMap, old as ConfigMap | undefined),
  },
  {
    kind: 'Secret',
    defaults: defaultSecret,
    check: (o, old) => validateSecret(o as Secret, old as Secret | undefined),
  },
  { kind: 'ServiceAccount', short: ['sa'] },
  { kind: 'Event', short: ['ev'], check: (o) => validateEvent(o as Event) },
  {
    kind: 'DaemonSet',
    group: 'apps',
    short: ['ds'],
    all: true,
    status: true,
    defaults: defaultDaemonSet,
    check: (o, old) => validateDaemonSet(o as DaemonSet, old as DaemonSet | undefined),
  },
  {
    kind: 'Deployment',
    group: 'apps',
    short: ['deploy'],
    all: true,
    status: true,
    defaults: defaultDeployment,
    check: (o, old) => validateDeployment(o as Deployment, old as Deployment | undefined),
  },
  {
    kind: 'ReplicaSet',
    group: 'apps',
    short: ['rs'],
    all: true,
    status: true,
    defaults: defaultReplicaSet,
    check: (o, old) => validateReplicaSet(o as ReplicaSet, old as ReplicaSet | undefined),
  },
  { kind: 'Lease', group: 'coordination.k8s.io', check: (o) => validateLease(o as Lease) },
  {
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    defaults: defaultEndpointSlice,
    check: (o, old) => validateEndpointSlice(o as EndpointSlice, old as EndpointSlice | undefined),
  },
  { kind: 'ClusterRole', group: RBAC, cluster: true, name: pathSegment, enforced: false, check: validateRole },
  {
    kind: 'ClusterRoleBinding',
    group: RBAC,
    cluster: true,
    name: pathSegment,
    enforced: false,
    defaults: defaultBinding,
    check: validateBinding,
  },
  { kind: 'Role', group: RBAC, name: pathSegment, enforced: false, check: validateRole },
  {
    kind: 'RoleBinding',
    group: RBAC,
    name: pathSegment,
    enforced: false,
    defaults: defaultBinding,
    check: validateBinding,
  },
  {
    kind: 'CustomResourceDefinition',
    group: 'apiextensions.k8s.io',
    short: ['crd', 'crds'],
    cluster: true,
    status: true,
    enforced: false,
  },
  {
    kind: 'PriorityClass',
    group: 'scheduling.k8s.io',
    plural: 'priorityclasses',
    short: ['pc'],
    cluster: true,
    enforced: false,
    defaults: defaultPriorityClass,
  },
  {
    kind: 'NetworkPolicy',
    group: 'networking.k8s.io',
    plural: 'networkpolicies',
    short: ['netpol'],
    enforced: false,
    defaults: defaultNetworkPolicy,
    check: validateNetworkPolicy,
  },
]

function build(entry: Entry): KindInfo {
  const group = entry.group ?? ''
  const singular = entry.kind.toLowerCase()
  const namespaced = !entry.cluster
  const name = entry.name ?? dns1123Subdomain
  return {
    kind: entry.kind,
    group,
    version: 'v1',
    apiVersion: group ? `${group}/v1` : 'v1',
    plural: entry.plural ?? `${singular}s`,
    singular,
    shortNames: entry.short ?? [],
    namespaced,
    schema: entry.kind,
    inAll: entry.all ?? false,
    hasStatus: entry.status ?? false,
    enforced: entry.enforced ?? true,
    default(object) {
      const copy = cloneJson(object)
      const json = copy as Json
      ensureObject(json, 'metadata')
      entry.defaults?.(json)
      return copy
    },
    validate(object, old) {
      const meta = old ? validateMetaUpdate(object, old) : validateMeta(object, namespaced, name)
      return [...meta, ...(entry.check?.(object, old) ?? [])]
    },
  }
}

/** Every kind the API server knows, in the order in which a cluster's objects are usually created. */
export const KINDS: readonly KindInfo[] = ENTRIES.map(build)

const byIdentity = new Map(KINDS.map((info) => [`${info.apiVersion}/${info.kind}`, info]))
const byKind = new Map(KINDS.map((info) => [info.kind, info]))

/** The kind that a manifest names. */
export const findKind = (apiVersion: string, kind: string): KindInfo | undefined =>
  byIdentity.get(`${apiVersion}/${kind}`)

/** The kind by its bare name, for code that knows what it asks for: throws on a name that does not exist. */
export function kindInfo(kind: string): KindInfo {
  const info = byKind.get(kind)
  if (!info) throw new Error(`no such kind: ${kind}`)
  return info
}

/** What kubectl accepts on its command line: `pods`, `pod`, `po`, `Pod`, `deployments.apps`, `deploy.v1.apps`. */
export function findResource(word: string): KindInfo | undefined {
  const [name = '', ...rest] = word.toLowerCase().split('.')
  const group = rest[0] === 'v1' ? rest.slice(1).join('.') : rest.join('.')
  return KINDS.find((info) => {
    const named = info.plural === name || info.singular === name || info.shortNames.includes(name)
    return named && (rest.length === 0 || info.group === group || info.group.startsWith(`${group}.`))
  })
}
