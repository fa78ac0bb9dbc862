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
  invalid,
  nonNegative,
  notSupported,
  required,
} from '../field.ts'
import { parsePercent } from '../int-or-string.ts'
import { isEmptySelector, matchesSelector } from '../selector.ts'
import type { DaemonSet, Deployment, IntOrString, LabelSelector, PodTemplateSpec, ReplicaSet } from '../types.ts'
import { validateSelector } from './meta.ts'
import { percent } from './names.ts'
import { validatePodTemplate } from './pod.ts'

const SPEC = child(ROOT, 'spec')

/** apps validation.go ValidateDeploymentSpec; `spec.selector` never changes. */
export function validateDeployment(deployment: Deployment, old?: Deployment): FieldCause[] {
  const spec = deployment.spec
  const out = nonNegative(child(SPEC, 'replicas'), spec.replicas)
  append(out, validateOwnSelector(spec.selector, 'deployment'))
  append(out, validateTemplate(spec.selector, spec.template, 'Deployment'))
  append(out, validateStrategy(deployment))
  append(out, nonNegative(child(SPEC, 'minReadySeconds'), spec.minReadySeconds))
  append(out, nonNegative(child(SPEC, 'revisionHistoryLimit'), spec.revisionHistoryLimit))
  const deadline = spec.progressDeadlineSeconds
  append(out, nonNegative(child(SPEC, 'progressDeadlineSeconds'), deadline))
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) {
    out.push(invalid(child(SPEC, 'progressDeadlineSeconds'), deadline, 'must be greater than minReadySeconds'))
  }
  return [...out, ...sameSelector(spec.selector, old?.spec.selector)]
}

export function validateReplicaSet(set: ReplicaSet, old?: ReplicaSet): FieldCause[] {
  const out = nonNegative(child(SPEC, 'replicas'), set.spec.replicas)
  append(out, nonNegative(child(SPEC, 'minReadySeconds'), set.spec.minReadySeconds))
  append(out, validateOwnSelector(set.spec.selector, 'replicaset'))
  append(out, validateTemplate(set.spec.selector, set.spec.template, 'ReplicaSet'))
  return [...out, ...sameSelector(set.spec.selector, old?.spec.selector)]
}

export function validateDaemonSet(set: DaemonSet, old?: DaemonSet): FieldCause[] {
  const out = validateOwnSelector(set.spec.selector, 'daemonset')
  append(out, validateTemplate(set.spec.selector, set.spec.template, 'DaemonSet'))
  append(out, nonNegative(child(SPEC, 'minReadySeconds'), set.spec.minReadySeconds))
  const strategy = set.spec.updateStrategy
  const place = child(SPEC, 'updateStrategy')
  if (strategy?.type && !['RollingUpdate', 'OnDelete'].includes(strategy.type)) {
    out.push(notSupported(child(place, 'type'), strategy.type, ['RollingUpdate', 'OnDelete']))
  }
  if (strategy?.type === 'RollingUpdate' && strategy.rollingUpdate) {
    const { maxUnavailable, maxSurge } = strategy.rollingUpdate
    const rolling = child(place, 'rollingUpdate')
    append(out, validateShare(maxUnavailable, child(rolling, 'maxUnavailable')))
    append(out, validateShare(maxSurge, child(rolling, 'maxSurge')))
    if (isZero(maxUnavailable) && isZero(maxSurge))
      out.push(required(child(rolling, 'maxUnavailable'), 'cannot be 0 when maxSurge is 0'))
  }
  append(out, nonNegative(child(SPEC, 'revisionHistoryLimit'), set.spec.revisionHistoryLimit))
  return [...out, ...sameSelector(set.spec.selector, old?.spec.selector)]
}

function validateOwnSelector(selector: LabelSelector | undefined, kind: string): FieldCause[] {
  const at = child(SPEC, 'selector')
  if (!selector) return [required(at)]
  const out = validateSelector(selector, at)
  if (isEmptySelector(selector)) out.push(invalid(at, selector, `empty selector is invalid for ${kind}`))
  return out
}

/** The template's labels must match, and its pods must always restart. */
function validateTemplate(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  kind: string,
): FieldCause[] {
  const at = child(SPEC, 'template')
  if (!template) return [required(at)]
  const out: FieldCause[] = []
  const labels = template.metadata?.labels
  // No selector selects nothing; an empty one, everything.
  if (!selector || (!isEmptySelector(selector) && !matchesSelector(selector, labels))) {
    out.push(invalid(child(at, 'metadata', 'labels'), labels ?? null, '`selector` does not match template `labels`'))
  }
  append(out, validatePodTemplate(template, at))
  const restart = template.spec?.restartPolicy
  if (restart && restart !== 'Always') out.push(notSupported(child(at, 'spec', 'restartPolicy'), restart, ['Always']))
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    out.push(forbidden(child(at, 'spec', 'activeDeadlineSeconds'), `activeDeadlineSeconds in ${kind} is not Supported`))
  }
  return out
}

function validateStrategy(deployment: Deployment): FieldCause[] {
  const strategy = deployment.spec.strategy
  const at = child(SPEC, 'strategy')
  if (!strategy) return []
  if (strategy.type === 'Recreate') {
    if (!strategy.rollingUpdate) return []
    return [forbidden(child(at, 'rollingUpdate'), "may not be specified when strategy `type` is 'Recreate'")]
  }
  if (strategy.type !== 'RollingUpdate') return [notSupported(at, strategy.type ?? '', ['Recreate', 'RollingUpdate'])]
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate ?? {}
  const rolling = child(at, 'rollingUpdate')
  const out = [
    ...validateShare(maxUnavailable, child(rolling, 'maxUnavailable')),
    ...validateShare(maxSurge, child(rolling, 'maxSurge')),
  ]
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    out.push(invalid(child(rolling, 'maxUnavailable'), maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  }
  if ((typeof maxUnavailable === 'string' ? (parsePercent(maxUnavailable) ?? 0) : 0) > 100) {
    out.push(invalid(child(rolling, 'maxUnavailable'), maxUnavailable, 'must not be greater than 100%'))
  }
  return out
}

/** A whole number that is not negative, or a percentage. */
function validateShare(value: IntOrString | undefined, at: Field): FieldCause[] {
  if (value === undefined) return []
  return typeof value === 'string' ? complain(at, value, percent(value)) : nonNegative(at, value)
}

const isZero = (value: IntOrString | undefined): boolean => value === undefined || value === 0 || value === '0%'

function sameSelector(selector: LabelSelector | undefined, old: LabelSelector | undefined): FieldCause[] {
  return !old || equal(selector, old) ? [] : [invalid(child(SPEC, 'selector'), selector, IMMUTABLE)]
}
