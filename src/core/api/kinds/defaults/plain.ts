import { base64, utf8 } from '@scure/base'
import { type Json, ensureObject, get, objectIn, objectsIn, put, setDefault } from '../json.ts'
import { canonicalQuantity } from '../quantity.ts'

/** Namespaces carry their own name as a label, the finalizer `kubernetes` and a phase. */
export function defaultNamespace(namespace: Json): void {
  const metadata = ensureObject(namespace, 'metadata')
  const name = get(metadata, 'name')
  if (typeof name === 'string') put(ensureObject(metadata, 'labels'), 'kubernetes.io/metadata.name', name)
  const spec = ensureObject(namespace, 'spec')
  if (get(spec, 'finalizers') === undefined) put(spec, 'finalizers', ['kubernetes'])
  setDefault(ensureObject(namespace, 'status'), 'phase', 'Active')
}

/** A text as a value of Secret.data: UTF-8 in base64. */
export const encodeSecret = (text: string): string => base64.encode(utf8.decode(text))

/** A Secret's `stringData` moves, encoded, to `data`; the type is Opaque unless it says otherwise. */
export function defaultSecret(secret: Json): void {
  setDefault(secret, 'type', 'Opaque')
  const plain = objectIn(secret, 'stringData')
  if (plain) {
    const data = ensureObject(secret, 'data')
    for (const key of Object.keys(plain)) put(data, key, encodeSecret(String(plain[key])))
  }
  delete secret.stringData
}

/** What a kubelet reports as capacity is allocatable, unless it says less. */
export function defaultNode(node: Json): void {
  ensureObject(node, 'spec')
  const status = objectIn(node, 'status')
  if (!status) return
  for (const list of ['capacity', 'allocatable']) {
    const resources = objectIn(status, list)
    for (const name of Object.keys(resources ?? {})) {
      const value = resources![name]
      if (typeof value === 'string' || typeof value === 'number') put(resources!, name, canonicalQuantity(value))
    }
  }
  const capacity = objectIn(status, 'capacity')
  if (capacity && get(status, 'allocatable') === undefined) put(status, 'allocatable', { ...capacity })
}

/** A binding's subjects and role belong to the RBAC group; a ServiceAccount subject to the core group. */
export function defaultBinding(binding: Json): void {
  const role = objectIn(binding, 'roleRef')
  if (role) setDefault(role, 'apiGroup', 'rbac.authorization.k8s.io')
  for (const subject of objectsIn(binding, 'subjects')) {
    if (get(subject, 'kind') !== 'ServiceAccount') setDefault(subject, 'apiGroup', 'rbac.authorization.k8s.io')
  }
}

export function defaultPriorityClass(priority: Json): void {
  setDefault(priority, 'preemptionPolicy', 'PreemptLowerPriority')
}
