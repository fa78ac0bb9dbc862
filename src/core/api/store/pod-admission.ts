import { objectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { ApiObject, Container, Pod, PodSpec, PodStatus, Toleration } from '../kinds/types.ts'
import type { ObjectStore } from './object-store.ts'

/** A refusal: what follows `pods "web" is forbidden: `. */
type Admitted = Result<Pod, string>

/** The admission plugins that change every pod: ServiceAccount, Priority, DefaultTolerationSeconds. */
export function admitPod(store: ObjectStore, pod: Pod): Admitted {
  const account = withServiceAccount(store, pod.spec ?? NOTHING, pod.metadata.namespace ?? 'default')
  if (!account.ok) return account
  const priority = withPriority(store, account.value)
  if (!priority.ok) return priority
  const spec = withDefaultTolerations(priority.value)
  return ok({ ...pod, spec, status: pendingStatus(spec) })
}

/** A pod without a spec: validation says what is missing, after admission as in the API server. */
const NOTHING: PodSpec = { containers: [] }

type AdmittedSpec = Result<PodSpec, string>

/** plugin/pkg/admission/serviceaccount; the token volume is not added, no program of the lab reads it. */
function withServiceAccount(store: ObjectStore, spec: PodSpec, namespace: string): AdmittedSpec {
  const name = spec.serviceAccountName || spec.serviceAccount || 'default'
  if (!store.read(objectRef('ServiceAccount', namespace, name))) {
    return err(`error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`)
  }
  return ok({ ...spec, serviceAccountName: name, serviceAccount: name })
}

interface PriorityClass extends ApiObject {
  readonly value?: number
  readonly preemptionPolicy?: string
}

/** plugin/pkg/admission/priority, without global default classes. */
function withPriority(store: ObjectStore, spec: PodSpec): AdmittedSpec {
  const name = spec.priorityClassName
  if (!name)
    return ok({
      ...spec,
      priority: spec.priority ?? 0,
      preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority',
    })
  const known = store.read<PriorityClass>(objectRef('PriorityClass', undefined, name))
  if (!known) return err(`no PriorityClass with name ${name} was found`)
  return ok({ ...spec, priority: known.value ?? 0, preemptionPolicy: known.preemptionPolicy ?? 'PreemptLowerPriority' })
}

/** Seconds that a pod stays on a node that is lost (flag default of the plugin). */
const TOLERATION_SECONDS = 300
const LOST_NODE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** plugin/pkg/admission/defaulttolerationseconds. */
function withDefaultTolerations(spec: PodSpec): PodSpec {
  const given = spec.tolerations ?? []
  const added = LOST_NODE_TAINTS.filter((key) => !given.some((t) => toleratesNoExecute(t, key))).map(
    (key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS }),
  )
  return added.length === 0 ? spec : { ...spec, tolerations: [...given, ...added] }
}

const toleratesNoExecute = (toleration: Toleration, key: string): boolean =>
  (toleration.key === key || (!toleration.key && toleration.operator === 'Exists')) &&
  (!toleration.effect || toleration.effect === 'NoExecute')

const pendingStatus = (spec: PodSpec): PodStatus => ({ phase: 'Pending', qosClass: qosClass(spec) })

/** k8s pkg/apis/core/v1/helper/qos: by the requests and limits for cpu and memory of all containers. */
export function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const asks = (c: Container): boolean =>
    ['cpu', 'memory'].some(
      (name) => c.resources?.requests?.[name] !== undefined || c.resources?.limits?.[name] !== undefined,
    )
  const guaranteed = (c: Container): boolean =>
    ['cpu', 'memory'].every((name) => {
      const limit = c.resources?.limits?.[name]
      return limit !== undefined && String(c.resources?.requests?.[name] ?? limit) === String(limit)
    })
  if (!containers.some(asks)) return 'BestEffort'
  return containers.every(guaranteed) ? 'Guaranteed' : 'Burstable'
}
