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
  nonNegative,
  required,
  tooLong,
} from '../field.ts'
import type { ApiObject, LabelSelector, ObjectMeta, StringMap } from '../types.ts'
import { type TextCheck, dns1123Label, labelValue, qualifiedName } from './names.ts'

const META = child(ROOT, 'metadata')
const ANNOTATION_BYTES = 256 * 1024

/** `metadata` of a new object (pkg/api/validation/objectmeta.go). `name` checks the name of this kind. */
export function validateMeta(object: ApiObject, namespaced: boolean, name: TextCheck): FieldCause[] {
  const meta = object.metadata
  const out: FieldCause[] = []
  if (meta.generateName)
    append(out, complain(child(META, 'generateName'), meta.generateName, name(meta.generateName.replace(/-$/, 'a'))))
  if (!meta.name && !meta.generateName) out.push(required(child(META, 'name'), 'name or generateName is required'))
  else if (meta.name) append(out, complain(child(META, 'name'), meta.name, name(meta.name)))
  const namespace = child(META, 'namespace')
  if (!namespaced && meta.namespace) out.push(forbidden(namespace, 'not allowed on this type'))
  if (namespaced && meta.namespace) append(out, complain(namespace, meta.namespace, dns1123Label(meta.namespace)))
  append(out, nonNegative(child(META, 'generation'), meta.generation))
  return [...out, ...validateMetaMaps(meta), ...validateOwners(meta)]
}

function validateMetaMaps(meta: ObjectMeta): FieldCause[] {
  return [
    ...validateLabels(meta.labels, child(META, 'labels')),
    ...validateAnnotations(meta.annotations, child(META, 'annotations')),
    ...(meta.finalizers ?? []).flatMap((text) => complain(child(META, 'finalizers'), text, qualifiedName(text))),
  ]
}

/** What may not change in `metadata` (ValidateObjectMetaAccessorUpdate); the server fills what the writer left out. */
export function validateMetaUpdate(object: ApiObject, old: ApiObject): FieldCause[] {
  const fields: readonly (keyof ObjectMeta)[] = ['name', 'namespace', 'uid', 'creationTimestamp']
  const out = fields
    .filter((field) => object.metadata[field] !== undefined && !equal(object.metadata[field], old.metadata[field]))
    .map((field) => invalid(child(META, field), object.metadata[field], IMMUTABLE))
  return [
    ...out,
    ...validateMetaMaps(object.metadata),
    ...validateOwners(object.metadata),
    ...newFinalizers(object, old),
  ]
}

function newFinalizers(object: ApiObject, old: ApiObject): FieldCause[] {
  if (!old.metadata.deletionTimestamp) return []
  const before = old.metadata.finalizers ?? []
  const extra = (object.metadata.finalizers ?? []).filter((text) => !before.includes(text)).sort()
  if (extra.length === 0) return []
  const list = `[]string{${extra.map((text) => JSON.stringify(text)).join(', ')}}`
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
  return [forbidden(child(META, 'finalizers'), detail)]
}

/** Keys and values of labels; the map stands for the field, as in the API server's messages, and the key for the place. */
export function validateLabels(labels: StringMap | undefined, at: Field): FieldCause[] {
  return Object.entries(labels ?? {}).flatMap(([name, value]) => {
    const place: Field = { path: [...at.path, name], text: at.text }
    return [...complain(place, name, qualifiedName(name)), ...complain(place, value, labelValue(value))]
  })
}

export function validateAnnotations(annotations: StringMap | undefined, at: Field): FieldCause[] {
  const entries = Object.entries(annotations ?? {})
  const size = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  const names = entries.flatMap(([name]) =>
    complain({ path: [...at.path, name], text: at.text }, name, qualifiedName(name.toLowerCase())),
  )
  return size > ANNOTATION_BYTES ? [...names, tooLong(at, ANNOTATION_BYTES)] : names
}

function validateOwners(meta: ObjectMeta): FieldCause[] {
  const list = child(META, 'ownerReferences')
  const owners = meta.ownerReferences ?? []
  const out = owners.flatMap((owner, i) =>
    (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => !owner[field])
      .map((field) => required(child(index(list, i), field), 'must not be empty')),
  )
  const [first, second] = owners.filter((owner) => owner.controller === true)
  if (!first || !second) return out
  const detail = `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`
  return [...out, invalid(list, owners, detail)]
}

/** metav1 LabelSelector (pkg/apis/meta/v1/validation). */
export function validateSelector(selector: LabelSelector | undefined, at: Field): FieldCause[] {
  const out = validateLabels(selector?.matchLabels, child(at, 'matchLabels'))
  ;(selector?.matchExpressions ?? []).forEach((rule, i) => {
    const place = index(child(at, 'matchExpressions'), i)
    const values = rule.values ?? []
    if (rule.operator === 'In' || rule.operator === 'NotIn') {
      if (values.length === 0)
        out.push(required(child(place, 'values'), "must be specified when `operator` is 'In' or 'NotIn'"))
    } else if (rule.operator === 'Exists' || rule.operator === 'DoesNotExist') {
      if (values.length > 0)
        out.push(
          forbidden(child(place, 'values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        )
    } else out.push(invalid(child(place, 'operator'), rule.operator ?? '', 'not a valid selector operator'))
    append(out, complain(child(place, 'key'), rule.key ?? '', qualifiedName(rule.key ?? '')))
    values.forEach((value, n) => append(out, complain(index(child(place, 'values'), n), value, labelValue(value))))
  })
  return out
}
