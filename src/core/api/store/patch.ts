import { type ObjectRef, splitRef } from '../../base/ref.ts'
import { type Result, err } from '../../base/result.ts'
import { type ApiError, badRequest, notFoundError } from '../kinds/errors.ts'
import { isJson } from '../kinds/json.ts'
import type { ApiObject } from '../kinds/types.ts'
import { createObject, inNamespace } from './create.ts'
import { mergePatch } from './merge/merge-patch.ts'
import { strategicMerge } from './merge/strategic.ts'
import { applyThreeWay } from './merge/three-way.ts'
import { type ObjectStore, refOf } from './object-store.ts'
import { namesOf, rulesFor } from './rules.ts'
import type { Actor, PatchOptions } from './types.ts'
import { updateObject, updateStatusOf } from './update.ts'

/** PATCH: merged with what is stored, then treated as an update. An `apply` patch creates what does not exist. */
export function patchObject(
  store: ObjectStore,
  ref: ObjectRef,
  patch: unknown,
  by: Actor,
  options: PatchOptions,
): Result<ApiObject, ApiError> {
  if (!isJson(patch)) return err(badRequest('the patch must be a JSON object'))
  if (options.type === 'apply') return applyObject(store, patch as ApiObject, by, options)
  const live = store.read(ref)
  if (!live) return err(notFoundError(namesOf(splitRef(ref).kind), splitRef(ref).name))
  const merged = (options.type === 'strategic' ? strategicMerge(live, patch) : mergePatch(live, patch)) as ApiObject
  return options.subresource === 'status' ? updateStatusOf(store, merged, by) : updateObject(store, merged, by, options)
}

/** The object says itself which one it is; without a namespace it is in `default`. */
function applyObject(
  store: ObjectStore,
  sent: ApiObject,
  by: Actor,
  options: PatchOptions,
): Result<ApiObject, ApiError> {
  const rules = rulesFor(sent)
  if (!rules.ok) return rules
  const desired = inNamespace(sent, rules.value)
  const ref = refOf(desired)
  const key = `${options.fieldManager ?? by} ${ref}`
  const live = store.read(ref)
  const last = store.tables.applied.get(key)?.object
  const merged = live && (applyThreeWay(last, desired, live) as ApiObject)
  const done = merged ? write(store, merged, by, options) : createObject(store, desired, by, options)
  if (done.ok && !options.dryRun) store.world.put(store.tables.applied, key, { object: desired }, [ref])
  return done
}

const write = (store: ObjectStore, merged: ApiObject, by: Actor, options: PatchOptions): Result<ApiObject, ApiError> =>
  options.subresource === 'status' ? updateStatusOf(store, merged, by) : updateObject(store, merged, by, options)
