import { equal } from '../../base/equal.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type ApiError, conflictError, invalidError, notFoundError } from '../kinds/errors.ts'
import type { KindInfo } from '../kinds/registry.ts'
import type { ApiObject, Service } from '../kinds/types.ts'
import { inNamespace } from './create.ts'
import { isFinal } from './delete.ts'
import { updatedMetadata } from './metadata.ts'
import type { ObjectStore } from './object-store.ts'
import { refOf } from '../kinds/ref-of.ts'
import { prepare, rulesFor, tracksGeneration } from './rules.ts'
import { allocateService, releaseService, withAllocatedValues } from './service-allocation.ts'
import { adaptService } from './service-update.ts'
import type { Actor, CreateOptions } from './types.ts'

/** PUT of the object: everything but `status`, where the kind keeps that apart. */
export function updateObject(
  store: ObjectStore,
  sent: ApiObject,
  by: Actor,
  options: CreateOptions,
): Result<ApiObject, ApiError> {
  const found = find(store, sent)
  if (!found.ok) return found
  const { rules, existing, named } = found.value
  const same = named['spec'] !== undefined && named['spec'] === existing['spec']
  const prepared = same ? ok(named) : prepare(rules, named, options)
  if (!prepared.ok) return prepared
  const merged = keepAllocated(withFixedParts(rules, prepared.value, existing), existing)
  const causes = rules.validate(merged, existing)
  if (causes.length > 0) return err(invalidError(rules, existing.metadata.name, causes))
  const allocated = allocate(store, rules, merged, existing, options)
  if (!allocated.ok) return allocated
  const next = withGeneration(rules, allocated.value, existing)
  if (equal(next, existing)) return ok(existing)
  if (options.dryRun) return ok(next)
  if (isFinal(next)) return ok(finish(store, next, by))
  return ok(store.write(next, { by, verb: 'update' }))
}

/** PUT of the status subresource: nothing but `status` is taken from what was sent. */
export function updateStatusOf(store: ObjectStore, sent: ApiObject, by: Actor): Result<ApiObject, ApiError> {
  const found = find(store, sent)
  if (!found.ok) return found
  const { existing, rules } = found.value
  // Of the statuses that people write by hand, only a load balancer's has defaults.
  const status =
    existing.kind === 'Service' ? rules.default({ ...existing, status: sent['status'] })['status'] : sent['status']
  if (equal(status, existing['status'])) return ok(existing)
  return ok(store.write({ ...existing, status }, { by, verb: 'update', subresource: 'status' }))
}

interface Found {
  readonly rules: KindInfo
  readonly existing: ApiObject
  readonly named: ApiObject
}

function find(store: ObjectStore, sent: ApiObject): Result<Found, ApiError> {
  const rules = rulesFor(sent)
  if (!rules.ok) return rules
  const named = inNamespace(sent, rules.value)
  const existing = store.read(refOf(named))
  if (!existing) return err(notFoundError(rules.value, sent.metadata.name))
  const problem = staleness(rules.value, named, existing)
  return problem ? err(problem) : ok({ rules: rules.value, existing, named })
}

/** Optimistic concurrency: who sends a resourceVersion must have read the latest; a uid must be the object's. */
function staleness(rules: KindInfo, sent: ApiObject, existing: ApiObject): ApiError | null {
  const { uid, resourceVersion, name } = sent.metadata
  if (uid && uid !== existing.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${existing.metadata.uid}`
    return conflictError(rules, name, why)
  }
  if (resourceVersion && resourceVersion !== existing.metadata.resourceVersion) return conflictError(rules, name)
  return null
}

function withFixedParts(rules: KindInfo, sent: ApiObject, existing: ApiObject): ApiObject {
  const metadata = updatedMetadata(sent.metadata, existing.metadata)
  if (!rules.hasStatus) return { ...sent, metadata }
  const { status: _status, ...rest } = sent
  const status = existing['status']
  return status === undefined ? { ...rest, metadata } : { ...rest, metadata, status }
}

const keepAllocated = (next: ApiObject, existing: ApiObject): ApiObject =>
  next.kind === 'Service'
    ? withAllocatedValues(adaptService(next as Service, existing as Service), existing as Service)
    : next

function allocate(
  store: ObjectStore,
  rules: KindInfo,
  next: ApiObject,
  existing: ApiObject,
  options: CreateOptions,
): Result<ApiObject, ApiError> {
  if (next.kind !== 'Service' || options.dryRun) return ok(next)
  const allocated = allocateService(store, next as Service, existing as Service)
  return allocated.ok ? allocated : err(invalidError(rules, next.metadata.name, [allocated.error]))
}

/** `metadata.generation` counts the changes of what somebody wants: everything but metadata and status. */
function withGeneration(rules: KindInfo, next: ApiObject, existing: ApiObject): ApiObject {
  if (!tracksGeneration(rules)) return next
  for (const field of new Set([...Object.keys(next), ...Object.keys(existing)])) {
    if (field === 'metadata' || field === 'status' || equal(next[field], existing[field])) continue
    return { ...next, metadata: { ...next.metadata, generation: (existing.metadata.generation ?? 0) + 1 } }
  }
  return next
}

/** The last finalizer of an object that was waiting for deletion is gone: so is the object. */
function finish(store: ObjectStore, object: ApiObject, by: Actor): ApiObject {
  if (object.kind === 'Service') releaseService(store, object as Service)
  return store.remove(object, by)
}
