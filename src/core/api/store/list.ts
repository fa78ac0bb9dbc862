import { type Result, err, ok } from '../../base/result.ts'
import { type ApiError, badRequest } from '../kinds/errors.ts'
import { matchesSelector, parseSelector } from '../kinds/selector.ts'
import type { ApiObject, LabelSelector } from '../kinds/types.ts'
import { fieldSelectorProblem, matchesFields } from './field-selector.ts'
import type { ObjectStore } from './object-store.ts'
import type { ListOptions } from './types.ts'
import { bucket } from './watch.ts'

/** GET of a collection, in order of namespace and name. */
export function listObjects(
  store: ObjectStore,
  kind: string,
  options: ListOptions,
): Result<readonly ApiObject[], ApiError> {
  const selector = labelSelector(options.labelSelector)
  if (!selector.ok) return selector
  const labels = typeof options.labelSelector === 'string' ? options.labelSelector : ''
  const problem = fieldSelectorProblem(kind, options.fieldSelector, labels)
  if (problem !== null) return err(badRequest(problem))
  const all = bucket(store, kind, options.namespace).rows()
  const { value } = selector
  if (!value && !options.fieldSelector) return ok(all)
  return ok(
    all.filter((o) => (!value || matchesSelector(value, o.metadata.labels)) && matchesFields(options.fieldSelector, o)),
  )
}

function labelSelector(selector: string | LabelSelector | undefined): Result<LabelSelector | undefined, ApiError> {
  if (typeof selector !== 'string') return ok(selector)
  const parsed = parseSelector(selector)
  return parsed.ok ? parsed : err(badRequest(parsed.error.message))
}
