import type { ApiError } from '../../core/api/kinds/errors.ts'
import { matchesSelector } from '../../core/api/kinds/selector.ts'
import type { ApiObject, ContainerStatus, LabelSelector, Pod } from '../../core/api/kinds/types.ts'
import { compareKeys } from '../../core/base/order.ts'
import type { Result } from '../../core/base/result.ts'
import { type Kubectl, complain } from './context.ts'
import { kindNamed, refFor } from './resources.ts'

/** What `x`, `pod/x`, `deploy/web` or `svc/web` on a command line is. */
export function podOrOwner(k: Kubectl, word: string): Result<ApiObject, ApiError> {
  const slash = word.indexOf('/')
  const info = kindNamed(slash < 0 ? 'pods' : word.slice(0, slash))
  return k.api.get(refFor(k, info, word.slice(slash + 1)))
}

/** The pods of a workload or Service, at least one, in the order in which kubectl prefers them. `doing`: `attach to`. */
export function podsOf(
  k: Kubectl,
  owner: ApiObject,
  doing: string,
  prefer: (a: Pod, b: Pod) => number,
): readonly Pod[] {
  if (owner.kind === 'Pod') return [owner as Pod]
  const selector = selectorOf(owner)
  if (typeof selector === 'string') return complain(`cannot ${doing} ${goType(owner)}: ${selector}`)
  const pods = k.api.ofKind<Pod>('Pod', k.namespace).filter((pod) => matchesSelector(selector, pod.metadata.labels))
  return pods.length > 0 ? [...pods].sort(prefer) : complain('timed out waiting for the condition')
}

/** A workload's own selector, or why there is none. */
function selectorOf(owner: ApiObject): LabelSelector | string {
  const { selector } = (owner['spec'] ?? {}) as { selector?: LabelSelector | Readonly<Record<string, string>> }
  switch (owner.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return selector as LabelSelector
    case 'Service':
      return Object.keys(selector ?? {}).length > 0
        ? { matchLabels: selector as Readonly<Record<string, string>> }
        : `invalid service '${owner.metadata.name}': Service is defined without a selector`
    default:
      return `selector for ${goType(owner)} not implemented`
  }
}

/** `*v1.ConfigMap`: how Go prints the type of a decoded object. */
const goType = ({ apiVersion, kind }: ApiObject): string => `*${apiVersion.split('/').at(-1)!}.${kind}`

/** Which pod's logs kubectl prefers: one that runs or ran, and was ready for long (`podutils.ByLogging`). */
export const byLogging = (a: Pod, b: Pod): number =>
  Number(!a.spec.nodeName) - Number(!b.spec.nodeName) ||
  LOGGING_RANK[phase(a)] - LOGGING_RANK[phase(b)] ||
  Number(!readySince(a)) - Number(!readySince(b)) ||
  byAge(readySince(a), readySince(b)) ||
  restarts(b) - restarts(a) ||
  byAge(a.metadata.creationTimestamp, b.metadata.creationTimestamp)

/** Which pod kubectl enters: the most alive one (`podutils.ActivePods`, reversed). */
export const byLiveliness = (a: Pod, b: Pod): number =>
  Number(!a.spec.nodeName) - Number(!b.spec.nodeName) ||
  LIVELY_RANK[phase(a)] - LIVELY_RANK[phase(b)] ||
  Number(!readySince(a)) - Number(!readySince(b)) ||
  Number(!!a.metadata.deletionTimestamp) - Number(!!b.metadata.deletionTimestamp) ||
  byAge(readySince(a), readySince(b)) ||
  restarts(a) - restarts(b) ||
  byAge(a.metadata.creationTimestamp, b.metadata.creationTimestamp)

type Phase = NonNullable<NonNullable<Pod['status']>['phase']>
const LOGGING_RANK: Readonly<Record<Phase, number>> = { Running: 0, Succeeded: 0, Failed: 0, Unknown: 1, Pending: 2 }
const LIVELY_RANK: Readonly<Record<Phase, number>> = { Running: 0, Unknown: 1, Pending: 2, Succeeded: 2, Failed: 2 }
const phase = (pod: Pod): Phase => pod.status?.phase ?? 'Pending'

/** Since when it is ready; nothing when it is not. */
const readySince = (pod: Pod): string | undefined => {
  const ready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True')
  return ready && (ready.lastTransitionTime ?? 'always')
}

const restarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount))

/** Older timestamps first; RFC 3339 sorts as text. */
const byAge = (a = '', b = ''): number => compareKeys(a, b)

/** `web, proxy, setup (init)`. */
const containerNames = (pod: Pod): string =>
  [
    ...pod.spec.containers.map(({ name }) => name),
    ...(pod.spec.initContainers ?? []).map(({ name }) => `${name} (init)`),
  ].join(', ')

export const hasContainer = (pod: Pod, name: string): boolean =>
  [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some((each) => each.name === name)

export const notValidFor = (pod: Pod, container: string): string =>
  `container ${container} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`

/** The container that kubectl takes when none was asked for, and what it says about that. */
export function defaultContainer(pod: Pod): { readonly name: string; readonly said: string } {
  const preferred = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (preferred) return { name: preferred, said: '' }
  const first = pod.spec.containers[0]!.name
  const alone = pod.spec.containers.length + (pod.spec.initContainers ?? []).length === 1
  return {
    name: first,
    said: alone ? '' : `Defaulted container ${JSON.stringify(first)} out of: ${containerNames(pod)}\n`,
  }
}

export const statusOf = (pod: Pod, container: string): ContainerStatus | undefined =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (status) => status.name === container,
  )
