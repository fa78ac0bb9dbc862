import { type ObjectRef, splitRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type ApiError, badRequest, notFoundError, unprocessable } from '../kinds/errors.ts'
import { isJson } from '../kinds/json.ts'
import type { ApiObject } from '../kinds/types.ts'
import { createObject, inNamespace } from './create.ts'
import { jsonPatch } from './merge/json-patch.ts'
import { mergePatch } from './merge/merge-patch.ts'
import { strategicMerge } from './merge/strategic.ts'
import { applyThreeWay } from './merge/three-way.ts'
import type { ObjectStore } from './object-store.ts'
import { refOf } from '../kinds/ref-of.ts'
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
  if (options.type !== 'json' && !isJson(patch)) return err(badRequest('the patch must be a JSON object'))
  if (options.type === 'apply') return applyObject(store, patch as ApiObject, by, options)
  const live = store.read(ref)
  if (!live) return err(notFoundError(namesOf(splitRef(ref).kind), splitRef(ref).name))
  const patched = patchedObject(live, patch, options.type)
  if (!patched.ok) return patched
  const merged = patched.value as ApiObject
  return options.subresource === 'status' ? updateStatusOf(store, merged, by) : updateObject(store, merged, by, options)
}

function patchedObject(live: ApiObject, patch: unknown, type: PatchOptions['type']): Result<unknown, ApiError> {
  if (type === 'strategic') return ok(strategicMerge(live, patch))
  if (type !== 'json') return ok(mergePatch(live, patch))
  const patched = jsonPatch(live, patch)
  if (patched.ok && isJson(patched.value)) return patched
  return err(
    !patched.ok && patched.error === 'not a list'
      ? badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
      : unprocessable('the server rejected our request due to an error in our request'),
  )
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
