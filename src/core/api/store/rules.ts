import { type Result, err, ok } from '../../base/result.ts'
import { defaultBinding, defaultNamespace, defaultNode, defaultPriorityClass, defaultSecret } from '../kinds/defaults/plain.ts'
import { defaultPod } from '../kinds/defaults/pod.ts'
import { defaultEndpointSlice, defaultEndpoints, defaultNetworkPolicy, defaultService } from '../kinds/defaults/service.ts'
import { defaultDaemonSet, defaultDeployment, defaultReplicaSet } from '../kinds/defaults/workloads.ts'
import { type ApiError, type KindNames, badRequest } from '../kinds/errors.ts'
import type { FieldCause } from '../kinds/field.ts'
import { type Json, cloneJson } from '../kinds/json.ts'
import type { ApiObject } from '../kinds/types.ts'
import type { CreateOptions } from './types.ts'

/** What the store needs to know about a kind. */
export interface KindRules {
  readonly names: KindNames
  readonly namespaced: boolean
  /** `status` is a subresource: plain writes leave it alone. */
  readonly statusApart: boolean
  /** `metadata.generation` is kept. */
  readonly generation: boolean
  readonly defaults: (object: Json) => void
  readonly validate: (object: ApiObject) => readonly FieldCause[]
  readonly validateUpdate: (object: ApiObject, old: ApiObject) => readonly FieldCause[]
}

const none = (): readonly FieldCause[] => []
const rule = (
  kind: string,
  plural: string,
  group: string,
  flags: string,
  defaults: (object: Json) => void = () => {},
): KindRules => ({
  names: { kind, plural, group },
  namespaced: flags.includes('n'),
  statusApart: flags.includes('s'),
  generation: flags.includes('g'),
  defaults,
  validate: none,
  validateUpdate: none,
})

const RULES: readonly KindRules[] = [
  rule('Namespace', 'namespaces', '', 's', defaultNamespace),
  rule('Node', 'nodes', '', 's', defaultNode),
  rule('Pod', 'pods', '', 'nsg', defaultPod),
  rule('Service', 'services', '', 'ns', defaultService),
  rule('Endpoints', 'endpoints', '', 'n', defaultEndpoints),
  rule('EndpointSlice', 'endpointslices', 'discovery.k8s.io', 'ng', defaultEndpointSlice),
  rule('ConfigMap', 'configmaps', '', 'n'),
  rule('Secret', 'secrets', '', 'n', defaultSecret),
  rule('ServiceAccount', 'serviceaccounts', '', 'n'),
  rule('Event', 'events', '', 'n'),
  rule('Lease', 'leases', 'coordination.k8s.io', 'n'),
  rule('Deployment', 'deployments', 'apps', 'nsg', defaultDeployment),
  rule('ReplicaSet', 'replicasets', 'apps', 'nsg', defaultReplicaSet),
  rule('DaemonSet', 'daemonsets', 'apps', 'nsg', defaultDaemonSet),
  rule('PriorityClass', 'priorityclasses', 'scheduling.k8s.io', '', defaultPriorityClass),
  rule('NetworkPolicy', 'networkpolicies', 'networking.k8s.io', 'ng', defaultNetworkPolicy),
  rule('Role', 'roles', 'rbac.authorization.k8s.io', 'n'),
  rule('RoleBinding', 'rolebindings', 'rbac.authorization.k8s.io', 'n', defaultBinding),
  rule('ClusterRole', 'clusterroles', 'rbac.authorization.k8s.io', ''),
  rule('ClusterRoleBinding', 'clusterrolebindings', 'rbac.authorization.k8s.io', '', defaultBinding),
]

const byKind: ReadonlyMap<string, KindRules> = new Map(RULES.map((r) => [r.names.kind, r]))

export function rulesFor(apiVersion: string, kind: string): Result<KindRules, ApiError> {
  const rules = byKind.get(kind)
  return rules ? ok(rules) : err(badRequest(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`))
}

/** The names of a kind in errors, for kinds that may be unknown. */
export const namesOf = (kind: string): KindNames =>
  byKind.get(kind)?.names ?? { kind, group: '', plural: `${kind.toLowerCase()}s` }

/** A defaulted copy of what was sent. */
export function prepare(rules: KindRules, sent: ApiObject, _options: CreateOptions): Result<ApiObject, ApiError> {
  const copy: Json = cloneJson(sent)
  if (rules.statusApart && rules.names.kind !== 'Node') delete copy.status
  rules.defaults(copy)
  return ok(copy as ApiObject)
}
