import { equal } from '../../../base/equal.ts'
import {
  type Field,
  type FieldCause,
  IMMUTABLE,
  ROOT,
  append,
  child,
  complain,
  forbidden,
  index,
  invalid,
  key,
  notSupported,
  required,
} from '../field.ts'
import { type Json, get, objectIn, objectsIn, textIn } from '../json.ts'
import type { ApiObject, ConfigMap, Event, Lease, Namespace, Node, Secret, StringMap } from '../types.ts'
import { validateSelector } from './meta.ts'
import { cidrText, configMapKey } from './names.ts'
import { validatePortNumOrName } from './probe.ts'
import { validateTaints } from './scheduling.ts'

const MEGABYTE = 1024 * 1024
const SPEC = child(ROOT, 'spec')

function validateKeys(map: StringMap | undefined, field: string): FieldCause[] {
  return Object.keys(map ?? {}).flatMap((name) => complain(key(child(ROOT, field), name), name, configMapKey(name)))
}

const sizeOf = (map: StringMap | undefined): number =>
  Object.values(map ?? {}).reduce((sum, text) => sum + text.length, 0)

const tooMuch: FieldCause = {
  field: '[]',
  path: ['data'],
  type: 'Too long',
  detail: `may not be more than ${MEGABYTE} bytes`,
  message: `Too long: may not be more than ${MEGABYTE} bytes`,
}

/** core validation.go ValidateConfigMap and ValidateConfigMapUpdate. */
export function validateConfigMap(map: ConfigMap, old?: ConfigMap): FieldCause[] {
  const out = [...validateKeys(map.data, 'data'), ...validateKeys(map.binaryData, 'binaryData')]
  for (const name of Object.keys(map.binaryData ?? {})) {
    if (Object.hasOwn(map.data ?? {}, name))
      out.push(invalid(key(child(ROOT, 'data'), name), name, 'duplicate of key present in binaryData'))
  }
  if (sizeOf(map.data) + sizeOf(map.binaryData) > MEGABYTE) out.push(tooMuch)
  return [...out, ...frozen(map, old)]
}

/** core validation.go ValidateSecret: keys, size, what a type demands; the type never changes. */
export function validateSecret(secret: Secret, old?: Secret): FieldCause[] {
  const out = validateKeys(secret.data, 'data')
  if (sizeOf(secret.data) > MEGABYTE) out.push({ ...tooMuch, field: 'data' })
  const needed: Readonly<Record<string, readonly string[]>> = {
    'kubernetes.io/tls': ['tls.crt', 'tls.key'],
    'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
    'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  }
  for (const name of needed[secret.type ?? ''] ?? []) {
    if (!Object.hasOwn(secret.data ?? {}, name)) out.push(required(key(child(ROOT, 'data'), name)))
  }
  if (old && secret.type !== old.type) out.push(invalid(child(ROOT, 'type'), secret.type, IMMUTABLE))
  return [...out, ...frozen(secret, old)]
}

/** `immutable: true` stays, and so does the data. */
function frozen(object: ConfigMap | Secret, old: ConfigMap | Secret | undefined): FieldCause[] {
  if (!old?.immutable) return []
  const message = 'field is immutable when `immutable` is set'
  const fields = ['data', 'binaryData'] as const
  const out = object.immutable ? [] : [forbidden(child(ROOT, 'immutable'), message)]
  return [...out, ...fields.filter((f) => !equal(object[f], old[f])).map((f) => forbidden(child(ROOT, f), message))]
}

export function validateNode(node: Node, old?: Node): FieldCause[] {
  const spec = node.spec ?? {}
  const out = validateTaints(spec.taints ?? [], child(SPEC, 'taints'))
  ;(spec.podCIDRs ?? []).forEach((cidr, i) =>
    append(out, complain(index(child(SPEC, 'podCIDRs'), i), cidr, cidrText(cidr))),
  )
  if (!old?.spec?.podCIDR || equal(old.spec.podCIDR, spec.podCIDR)) return out
  return [...out, forbidden(child(SPEC, 'podCIDRs'), 'node updates may not change podCIDR except from "" to valid')]
}

export const validateNamespace = (_namespace: Namespace): FieldCause[] => []

export function validateLease(lease: Lease): FieldCause[] {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = lease.spec ?? {}
  const out: FieldCause[] = []
  if (seconds !== undefined && seconds <= 0)
    out.push(invalid(child(SPEC, 'leaseDurationSeconds'), seconds, 'must be greater than 0'))
  if (transitions !== undefined && transitions < 0) {
    out.push(invalid(child(SPEC, 'leaseTransitions'), transitions, 'must be greater than or equal to 0'))
  }
  return out
}

/** Events live in the namespace of their object; those of cluster objects in `default`. */
export function validateEvent(event: Event): FieldCause[] {
  const at = child(ROOT, 'involvedObject', 'namespace')
  const involved = event.involvedObject?.namespace ?? ''
  const own = event.metadata.namespace ?? 'default'
  if (involved === '' && (own === 'default' || own === 'kube-system')) return []
  return involved === own ? [] : [invalid(at, involved, 'does not match event.namespace')]
}

type Loose = ApiObject & Json

/** rbac validation.go: every rule has verbs, and either resources in groups or URLs. */
export function validateRole(role: Loose): FieldCause[] {
  const namespaced = role.kind === 'Role'
  return objectsIn(role, 'rules').flatMap((rule, i) => {
    const at = index(child(ROOT, 'rules'), i)
    const empty = (field: string): boolean =>
      !Array.isArray(get(rule, field)) || (get(rule, field) as unknown[]).length === 0
    if (empty('verbs')) return [required(child(at, 'verbs'), 'verbs must contain at least one value')]
    if (!empty('nonResourceURLs')) {
      if (namespaced)
        return [
          invalid(
            child(at, 'nonResourceURLs'),
            get(rule, 'nonResourceURLs'),
            'namespaced rules cannot apply to non-resource URLs',
          ),
        ]
      if (!empty('apiGroups') || !empty('resources') || !empty('resourceNames')) {
        return [
          invalid(
            child(at, 'nonResourceURLs'),
            get(rule, 'nonResourceURLs'),
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        ]
      }
      return []
    }
    const out: FieldCause[] = []
    if (empty('apiGroups'))
      out.push(required(child(at, 'apiGroups'), 'resource rules must supply at least one api group'))
    if (empty('resources'))
      out.push(required(child(at, 'resources'), 'resource rules must supply at least one resource'))
    return out
  })
}

const RBAC_GROUP = 'rbac.authorization.k8s.io'
const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group']

/** rbac validation.go: the role that is bound never changes. */
export function validateBinding(binding: Loose, old?: Loose): FieldCause[] {
  const at = child(ROOT, 'roleRef')
  const role = objectIn(binding, 'roleRef') ?? {}
  const kinds = binding.kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole']
  const out: FieldCause[] = []
  if (get(role, 'apiGroup') !== RBAC_GROUP)
    out.push(notSupported(child(at, 'apiGroup'), get(role, 'apiGroup') ?? '', [RBAC_GROUP]))
  if (!kinds.includes(String(get(role, 'kind'))))
    out.push(notSupported(child(at, 'kind'), get(role, 'kind') ?? '', kinds))
  if (!get(role, 'name')) out.push(required(child(at, 'name')))
  objectsIn(binding, 'subjects').forEach((subject, i) =>
    append(out, validateSubject(subject, index(child(ROOT, 'subjects'), i))),
  )
  if (old && !equal(role, objectIn(old, 'roleRef'))) out.push(invalid(at, role, 'cannot change roleRef'))
  return out
}

function validateSubject(subject: Json, at: Field): FieldCause[] {
  const kind = textIn(subject, 'kind')
  const out: FieldCause[] = []
  if (!get(subject, 'name')) out.push(required(child(at, 'name')))
  if (!SUBJECT_KINDS.includes(kind)) out.push(notSupported(child(at, 'kind'), kind, SUBJECT_KINDS))
  if (kind === 'ServiceAccount' && !get(subject, 'namespace')) out.push(required(child(at, 'namespace')))
  return out
}

/** networking validation.go, the parts that a manifest usually gets wrong. The lab stores the policy and does not enforce it yet. */
export function validateNetworkPolicy(policy: Loose): FieldCause[] {
  const spec = objectIn(policy, 'spec') ?? {}
  const out = validateSelector(objectIn(spec, 'podSelector'), child(SPEC, 'podSelector'))
  const types = get(spec, 'policyTypes')
  if (Array.isArray(types)) {
    types.forEach((type, i) => {
      if (type !== 'Ingress' && type !== 'Egress')
        out.push(notSupported(index(child(SPEC, 'policyTypes'), i), type, ['Egress', 'Ingress']))
    })
  }
  for (const [list, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    objectsIn(spec, list).forEach((rule, r) => {
      const at = index(child(SPEC, list), r)
      objectsIn(rule, peers).forEach((peer, p) => append(out, validatePeer(peer, index(child(at, peers), p))))
      objectsIn(rule, 'ports').forEach((port, p) => {
        const value = get(port, 'port')
        const place = child(index(child(at, 'ports'), p), 'port')
        if (typeof value === 'string' || typeof value === 'number') append(out, validatePortNumOrName(value, place))
      })
    })
  }
  return out
}

function validatePeer(peer: Json, at: Field): FieldCause[] {
  const selectors = ['podSelector', 'namespaceSelector'].filter((field) => objectIn(peer, field))
  const out = selectors.flatMap((field) => validateSelector(objectIn(peer, field), child(at, field)))
  const block = objectIn(peer, 'ipBlock')
  if (!block && selectors.length === 0) return [required(at, 'must specify a peer')]
  if (!block) return out
  if (selectors.length > 0) return [...out, forbidden(at, 'may not specify both ipBlock and another peer')]
  const cidr = textIn(block, 'cidr')
  return [
    ...out,
    ...(cidr === ''
      ? [required(child(at, 'ipBlock', 'cidr'))]
      : complain(child(at, 'ipBlock', 'cidr'), cidr, cidrText(cidr))),
  ]
}
