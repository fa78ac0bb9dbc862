import { objectRef } from '../base/ref.ts'
import { type Result, err, ok } from '../base/result.ts'
import type { ApiObject, Pod } from '../api/kinds/types.ts'
import type { ProcessRow } from '../kernel/process/tables.ts'
import type { Lab } from './lab.ts'
import type { Place } from './spec.ts'

/** A place where a command can run: a namespace, a file system, a name. */
export interface Spot {
  readonly host: string
  readonly netns: number
  readonly hostname: string
  readonly fs: string
  readonly env: Readonly<Record<string, string>>
  /** The runtime's name of the container; `null` on a machine. */
  readonly container: string | null
  /** Image of the container; `null` on a machine, which has every tool. */
  readonly image: string | null
}

export type PlaceError =
  | { readonly code: 'no-machine'; readonly name: string }
  | { readonly code: 'no-pod'; readonly ref: string }
  | { readonly code: 'no-container'; readonly ref: string; readonly container: string }
  | { readonly code: 'not-running'; readonly ref: string }

/** Where a place is now. A workload stands for its first pod, by name, that is running, else its first. */
export function resolvePlace(lab: Lab, place: Place): Result<Spot, PlaceError> {
  switch (place.kind) {
    case 'node':
    case 'host':
    case 'router':
      return machineSpot(lab, place.name)
    case 'pod':
      return podSpot(lab, place.namespace, place.name, place.container)
    case 'workload': {
      const pod = firstPodOf(lab, objectRef(place.workload, place.namespace, place.name))
      if (!pod) return err({ code: 'no-pod', ref: objectRef(place.workload, place.namespace, place.name) })
      return podSpot(lab, place.namespace, pod.metadata.name, null)
    }
  }
}

function machineSpot(lab: Lab, name: string): Result<Spot, PlaceError> {
  const netns = lab.kernel.t.netnsByHost
    .at(name)
    .rows()
    .find((row) => row.name === 'host')
  if (!netns) return err({ code: 'no-machine', name })
  const env = { HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  return ok({ host: name, netns: netns.id, hostname: name, fs: name, env, container: null, image: null })
}

function podSpot(lab: Lab, namespace: string, name: string, container: string | null): Result<Spot, PlaceError> {
  const ref = objectRef('Pod', namespace, name)
  const pod = lab.api.peek<Pod>(ref)
  if (!pod) return err({ code: 'no-pod', ref })
  const spec = container === null ? pod.spec.containers[0] : pod.spec.containers.find((c) => c.name === container)
  if (!spec) return err({ code: 'no-container', ref, container: container ?? '' })
  const status = pod.status?.containerStatuses?.find((each) => each.name === spec.name)
  const id = status?.containerID?.replace(/^[a-z-]+:\/\//, '')
  const init = id === undefined ? undefined : initProcess(lab, id)
  if (!init) return err({ code: 'not-running', ref })
  const { host, netns, hostname, fs, env } = init
  return ok({ host, netns, hostname, fs, env, container: init.container, image: spec.image ?? '' })
}

const initProcess = (lab: Lab, container: string): ProcessRow | undefined =>
  lab.processes.t.byContainer
    .at(container)
    .rows()
    .find((row) => row.init && row.exit === null)

function firstPodOf(lab: Lab, owner: string): Pod | undefined {
  const object = lab.api.peek<ApiObject>(owner)
  if (!object?.metadata.uid) return undefined
  const pods = podsBelow(lab, object.metadata.uid)
  return pods.find((pod) => pod.status?.phase === 'Running') ?? pods[0]
}

/** The pods that an object owns, directly or through what it owns (a Deployment through its ReplicaSets), by name. */
function podsBelow(lab: Lab, uid: string): Pod[] {
  const owned = lab.api.ownedBy<ApiObject>(uid)
  return owned
    .flatMap((object) => (object.kind === 'Pod' ? [object as Pod] : podsBelow(lab, object.metadata.uid!)))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}
