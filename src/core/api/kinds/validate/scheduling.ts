import {
  type Field,
  type FieldCause,
  append,
  child,
  complain,
  duplicate,
  forbidden,
  inRange,
  index,
  invalid,
  notSupported,
  required,
} from '../field.ts'
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Taint,
  Toleration,
} from '../types.ts'
import { validateSelector } from './meta.ts'
import { labelValue, qualifiedName } from './names.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** core validation.go ValidateTolerations. */
export function validateTolerations(tolerations: readonly Toleration[], at: Field): FieldCause[] {
  return tolerations.flatMap((toleration, i) => {
    const place = index(at, i)
    const out: FieldCause[] = []
    const operator = toleration.operator ?? 'Equal'
    if (toleration.key) append(out, complain(child(place, 'key'), toleration.key, qualifiedName(toleration.key)))
    else if (operator !== 'Exists') {
      out.push(
        invalid(
          child(place, 'operator'),
          toleration.operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      )
    }
    if (toleration.tolerationSeconds !== undefined && toleration.effect !== 'NoExecute') {
      out.push(
        invalid(
          child(place, 'effect'),
          toleration.effect ?? '',
          "effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
      )
    }
    if (operator === 'Equal')
      append(out, complain(child(place, 'operator'), toleration.value ?? '', labelValue(toleration.value ?? '')))
    else if (operator === 'Exists') {
      if (toleration.value)
        out.push(invalid(child(place, 'operator'), toleration, "value must be empty when `operator` is 'Exists'"))
    } else out.push(notSupported(child(place, 'operator'), operator, ['Equal', 'Exists']))
    if (toleration.effect && !EFFECTS.includes(toleration.effect))
      out.push(notSupported(child(place, 'effect'), toleration.effect, EFFECTS))
    return out
  })
}

/** core validation.go validateNodeTaints: one taint per key and effect. */
export function validateTaints(taints: readonly Taint[], at: Field): FieldCause[] {
  const seen = new Set<string>()
  return taints.flatMap((taint, i) => {
    const place = index(at, i)
    const out = complain(child(place, 'key'), taint.key ?? '', qualifiedName(taint.key ?? ''))
    if (taint.value) append(out, complain(child(place, 'value'), taint.value, labelValue(taint.value)))
    if (!taint.effect) out.push(required(child(place, 'effect')))
    else if (!EFFECTS.includes(taint.effect)) out.push(notSupported(child(place, 'effect'), taint.effect, EFFECTS))
    const identity = `${taint.effect}/${taint.key}`
    if (seen.has(identity)) {
      const cause = duplicate(place, taint)
      const detail = 'taints must be unique by key and effect pair'
      out.push({ ...cause, detail, message: `${cause.message}: ${detail}` })
    }
    seen.add(identity)
    return out
  })
}

export function validateAffinity(affinity: Affinity | undefined, at: Field): FieldCause[] {
  if (!affinity) return []
  const node = child(at, 'nodeAffinity')
  const requiredTerms = affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const out: FieldCause[] = []
  if (requiredTerms) {
    const place = child(node, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms')
    const terms = requiredTerms.nodeSelectorTerms ?? []
    if (terms.length === 0) out.push(required(place, 'must have at least one node selector term'))
    terms.forEach((term, i) => append(out, validateTerm(term, index(place, i))))
  }
  ;(affinity.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term, i) => {
    const place = index(child(node, 'preferredDuringSchedulingIgnoredDuringExecution'), i)
    append(out, validateWeight(term.weight, place), validateTerm(term.preference ?? {}, child(place, 'preference')))
  })
  return [
    ...out,
    ...validatePodAffinity(affinity.podAffinity, child(at, 'podAffinity')),
    ...validatePodAffinity(affinity.podAntiAffinity, child(at, 'podAntiAffinity')),
  ]
}

const validateWeight = (weight: number, at: Field): FieldCause[] =>
  inRange(at, weight ?? 0, 1, 100).length === 0
    ? []
    : [invalid(child(at, 'weight'), weight ?? 0, 'must be in the range 1-100')]

function validateTerm(term: NodeSelectorTerm, at: Field): FieldCause[] {
  return (term.matchExpressions ?? []).flatMap((rule, i) =>
    validateRequirement(rule, index(child(at, 'matchExpressions'), i)),
  )
}

function validateRequirement(rule: NodeSelectorRequirement, at: Field): FieldCause[] {
  const values = rule.values ?? []
  const out: FieldCause[] = []
  switch (rule.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        out.push(required(child(at, 'values'), "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        out.push(forbidden(child(at, 'values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        out.push(required(child(at, 'values'), "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      break
    default:
      out.push(invalid(child(at, 'operator'), rule.operator ?? '', 'not a valid selector operator'))
  }
  return [...out, ...complain(child(at, 'key'), rule.key ?? '', qualifiedName(rule.key ?? ''))]
}

function validatePodAffinity(affinity: PodAffinity | undefined, at: Field): FieldCause[] {
  const terms = (affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, i) =>
    validatePodTerm(term, index(child(at, 'requiredDuringSchedulingIgnoredDuringExecution'), i)),
  )
  const preferred = (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((weighted, i) => {
    const place = index(child(at, 'preferredDuringSchedulingIgnoredDuringExecution'), i)
    return [
      ...validateWeight(weighted.weight, place),
      ...validatePodTerm(weighted.podAffinityTerm, child(place, 'podAffinityTerm')),
    ]
  })
  return [...terms, ...preferred]
}

function validatePodTerm(term: PodAffinityTerm | undefined, at: Field): FieldCause[] {
  const out = validateSelector(term?.labelSelector, child(at, 'labelSelector'))
  const topology = term?.topologyKey ?? ''
  if (topology === '') out.push(required(child(at, 'topologyKey'), 'can not be empty'))
  return [...out, ...complain(child(at, 'topologyKey'), topology, qualifiedName(topology))]
}
