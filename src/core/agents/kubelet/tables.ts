import type { Ipv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import type { SimTime } from '../../base/time.ts'
import type { Container, ContainerStateTerminated, Pod } from '../../api/kinds/types.ts'
import type { Index, Table } from '../../world/table.ts'
import type { World } from '../../world/world.ts'
import type { MachineSpec } from '../contracts/node-env.ts'

/** A kubelet: what it knows of its own machine. Key: the node's name. */
export interface NodeRow {
  readonly node: string
  readonly netns: number
  readonly ip: Ipv4
  readonly spec: MachineSpec
  /** What is wrong with the network, in the runtime's words; '' = ready. */
  readonly networkError: string
  /** When the status was last posted. */
  readonly posted: SimTime
  /** Event id of the next look at the runtime when one is due in the foreground; 0 = none. */
  readonly check: number
}

/** The sandbox of a pod: its namespace and addresses. */
export interface Sandbox {
  readonly id: string
  readonly netns: number
  readonly netnsPath: string
  /** '' until there is one. */
  readonly ip: string
}

/** A pod that a kubelet works on. Key: its uid. */
export interface PodRow {
  readonly uid: string
  readonly node: string
  readonly ref: ObjectRef
  /** As last seen: what has to be known when the object is gone. */
  readonly pod: Pod
  /** `finished`: it has run to its end, its sandbox is gone, the object stays. */
  readonly stage: 'running' | 'terminating' | 'stopping' | 'finished'
  readonly sandbox: Sandbox | null
  /** How many sandboxes it has had. */
  readonly attempts: number
  /** Failures to make a sandbox or mount a volume in a row, and when it is tried again. */
  readonly failures: number
  readonly retryAt: SimTime
  readonly mounted: boolean
  /** What is under way: a pod worker does one thing at a time. '' = nothing. */
  readonly op: string
  readonly startTime: string
  /** Event id of the KILL at the end of the grace period; 0 = none. */
  readonly kill: number
}

export type ContainerKind = 'init' | 'sidecar' | 'app'

/** A container of a pod, over all its restarts. Key: `<uid>/<name>`. */
export interface ContainerRow {
  readonly uid: string
  readonly name: string
  readonly kind: ContainerKind
  /** Position in the spec's list. */
  readonly index: number
  readonly state: 'waiting' | 'running' | 'terminated'
  /** While waiting. */
  readonly reason: string
  readonly message: string
  readonly restarts: number
  /** The image that was tried or started last; '' before the first time. */
  readonly image: string
  readonly pull: FailedPull | null
  /** Runtime's id of the present container; '' before the first. */
  readonly id: string
  readonly pid: number
  /** Process of the one before, for `kubectl logs -p`; 0 = none. */
  readonly lastPid: number
  readonly startedAt: string
  readonly startedTime: SimTime
  readonly terminated: ContainerStateTerminated | null
  readonly last: ContainerStateTerminated | null
  readonly finishedTime: SimTime
  /** While waiting: not to be tried again before. */
  readonly retryAt: SimTime
  /** Delay before the next restart, ns; 0 = at once. */
  readonly backoff: SimTime
  readonly ready: boolean
  /** The startup probe has succeeded, or there is none. */
  readonly started: boolean
  /** Why the kubelet is killing it: '' = it is not. */
  readonly killing: string
  /** Event that ends the lab's patience with an init container; 0 = none. */
  readonly awaited: number
  /** Event that ends its grace period; 0 = none. */
  readonly killDue: number
}

/** An image that could not be pulled: not to be tried again before `until`, and then after twice as long. */
export interface FailedPull {
  readonly image: string
  readonly error: string
  readonly backoff: SimTime
  readonly until: SimTime
}

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

/** A prober worker. Key: `<uid>/<container>/<kind>`. */
export interface ProbeRow {
  readonly uid: string
  readonly container: string
  readonly kind: ProbeKind
  /** In a row. */
  readonly successes: number
  readonly failures: number
  /** All so far: the first ones keep the lab from being settled. */
  readonly tries: number
  /** Event id of the next one; 0 = one is under way. */
  readonly timer: number
}

/** A process that the kubelet started for something else than running a container. Key: its pid. */
export interface ErrandRow {
  readonly pid: number
  readonly uid: string
  readonly container: string
  readonly purpose: ProbeKind | 'preStop' | 'postStart'
}

/** An image that a node has. Key: `<node> <image>`. */
export interface ImageRow {
  readonly node: string
  readonly image: string
}

export interface KubeletTables {
  readonly node: Table<NodeRow, string>
  readonly pod: Table<PodRow, string>
  readonly podByNode: Index<PodRow, string>
  readonly podByRef: Index<PodRow, string>
  readonly container: Table<ContainerRow, string>
  readonly containerByPod: Index<ContainerRow, string>
  readonly containerByPid: Index<ContainerRow, string>
  readonly probe: Table<ProbeRow, string>
  readonly probeByPod: Index<ProbeRow, string>
  readonly errand: Table<ErrandRow, number>
  readonly errandByPod: Index<ErrandRow, number>
  readonly image: Table<ImageRow, string>
}

export function defineKubeletTables(world: World): KubeletTables {
  const pod = world.define<PodRow, string>('kubelet.pod')
  const container = world.define<ContainerRow, string>('kubelet.container')
  const probe = world.define<ProbeRow, string>('kubelet.probe')
  const errand = world.define<ErrandRow, number>('kubelet.errand')
  return {
    node: world.define<NodeRow, string>('kubelet.node'),
    pod,
    podByNode: world.index(pod, (row) => row.node),
    podByRef: world.index(pod, (row) => row.ref),
    container,
    containerByPod: world.index(container, (row) => row.uid),
    containerByPid: world.index(container, (row) => (row.pid === 0 ? undefined : row.pid)),
    probe,
    probeByPod: world.index(probe, (row) => row.uid),
    errand,
    errandByPod: world.index(errand, (row) => row.uid),
    image: world.define<ImageRow, string>('kubelet.image'),
  }
}

export const containerKey = (uid: string, name: string): string => `${uid}/${name}`
export const probeKey = (uid: string, container: string, kind: ProbeKind): string => `${uid}/${container}/${kind}`

/** The container of the spec that a row is about. */
export function specOf(pod: Pod, row: Pick<ContainerRow, 'kind' | 'index'>): Container {
  const list = row.kind === 'app' ? pod.spec.containers : (pod.spec.initContainers ?? [])
  return list[row.index]!
}

/** The image that the spec names; '' where it names none. */
export const wantedImage = (pod: Pod, row: Pick<ContainerRow, 'kind' | 'index'>): string => specOf(pod, row).image ?? ''
