import { objectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type ApiError, alreadyExists, forbiddenError, invalidError, notFoundError } from '../kinds/errors.ts'
import type { ApiObject, Namespace, Pod, Service } from '../kinds/types.ts'
import { newMetadata, withGeneratedName } from './metadata.ts'
import { type ObjectStore, refOf } from './object-store.ts'
import { admitPod } from './pod-admission.ts'
import { type KindRules, prepare, rulesFor } from './rules.ts'
import { allocateService } from './service-allocation.ts'
import type { Actor, CreateOptions } from './types.ts'

/** POST: strict decoding, naming, defaults, admission, validation, allocation, in the API server's order. */
export function createObject(store: ObjectStore, sent: ApiObject, by: Actor, options: CreateOptions): Result<ApiObject, ApiError> {
  const rules = rulesFor(sent.apiVersion, sent.kind)
  if (!rules.ok) return rules
  const prepared = prepare(rules.value, inNamespace(sent, rules.value), options)
  if (!prepared.ok) return prepared
  const place = checkNamespace(store, rules.value, prepared.value)
  if (place) return err(place)
  const named = withGeneratedName(store, prepared.value)
  const admitted = named.kind === 'Pod' ? admit(store, rules.value, named as Pod) : ok(named)
  if (!admitted.ok) return admitted
  const causes = rules.value.validate(admitted.value)
  if (causes.length > 0) return err(invalidError(rules.value.names, named.metadata.name, causes))
  if (store.read(refOf(named))) return err(alreadyExists(rules.value.names, named.metadata.name))
  const allocated = allocate(store, rules.value, admitted.value)
  if (!allocated.ok) return allocated
  const metadata = newMetadata(store, allocated.value.metadata, rules.value.generation)
  const object = { ...allocated.value, metadata }
  return ok(options.dryRun ? object : store.write(object, { by, verb: 'create' }))
}

/** A namespaced object without a namespace goes to `default`; one that has no namespace loses it. */
export function inNamespace(object: ApiObject, rules: Pick<KindRules, 'namespaced'>): ApiObject {
  const { namespace, ...metadata } = object.metadata
  if (rules.namespaced) return namespace ? object : { ...object, metadata: { ...metadata, namespace: 'default' } }
  return namespace === undefined ? object : { ...object, metadata }
}

const NAMESPACES = { kind: 'Namespace', group: '', plural: 'namespaces' }

/** The NamespaceLifecycle admission plugin. */
function checkNamespace(store: ObjectStore, rules: KindRules, object: ApiObject): ApiError | null {
  const name = object.metadata.namespace
  if (name === undefined) return null
  const namespace = store.read<Namespace>(objectRef('Namespace', undefined, name))
  if (!namespace) return notFoundError(NAMESPACES, name)
  if (!namespace.metadata.deletionTimestamp) return null
  const why = `unable to create new content in namespace ${name} because it is being terminated`
  return forbiddenError(rules.names, object.metadata.name || (object.metadata.generateName ?? ''), why)
}

function admit(store: ObjectStore, rules: KindRules, pod: Pod): Result<ApiObject, ApiError> {
  const admitted = admitPod(store, pod)
  return admitted.ok ? admitted : err(forbiddenError(rules.names, pod.metadata.name, admitted.error))
}

function allocate(store: ObjectStore, rules: KindRules, object: ApiObject): Result<ApiObject, ApiError> {
  if (object.kind !== 'Service') return ok(object)
  const allocated = allocateService(store, object as Service)
  return allocated.ok ? allocated : err(invalidError(rules.names, object.metadata.name, [allocated.error]))
}
