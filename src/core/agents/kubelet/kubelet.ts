import { timestamp } from '../../base/time.ts'
import type { ApiObject, Pod, Volume } from '../../api/kinds/types.ts'
import type { WatchNotice } from '../../api/store/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { MachineSpec, NodeEnv } from '../contracts/node-env.ts'
import { conditionStatus } from '../contracts/pod-status.ts'
import { GRACE_OVER, type Kubelets, OP_DONE, SYNC_QUEUE, actorOf, patchPod, podRef, wakePod } from './context.ts'
import { processExited } from './exits.ts'
import { KILL_DUE, SLEEP_OVER, killDue, sleepOver } from './kill.ts'
import { LEASE_DUE, RUNTIME_CHECK, checkRuntime, registerNode, renewLease } from './node-agent.ts'
import { INIT_WAITED } from './patience.ts'
import { networkProblem } from './pod-network.ts'
import { opDone, syncPod } from './pod-worker.ts'
import { probeEnded } from './probe-result.ts'
import { PROBE_DUE, sendProbe } from './probes.ts'
import { MIRROR_ANNOTATION, STATIC_PODS_DUE, ensureStaticPods } from './static-pods.ts'
import {
  type ContainerKind,
  type ContainerRow,
  type NodeRow,
  type PodRow,
  containerKey,
  defineKubeletTables,
} from './tables.ts'
import { finishStop, graceOver, shortenGrace } from './termination.ts'
import { KUBELET_START, VOLUME_REFRESH } from './timing.ts'
import { refreshVolumes } from './volumes.ts'

const START: EventKind<{ readonly node: string }> = eventKind('kubelet.start')
const POD_NOTICE: EventKind<WatchNotice> = eventKind('watch kubelet')
const DATA_NOTICE: EventKind<WatchNotice> = eventKind('watch kubelet volumes')
const VOLUMES_DUE: EventKind<{ readonly uid: string }> = eventKind('kubelet.volumes')

/** Who watches what is mounted: one reflector for the kubelets of all nodes, where each has its own. */
const DATA_ACTOR = 'kubelets'

/** Declares the kubelets' tables and handlers. Once per lab. */
export function createKubelets(env: NodeEnv): Kubelets {
  const { sim, world } = env.kernel
  const kl: Kubelets = { env, t: defineKubeletTables(world) }
  env.queues.register(SYNC_QUEUE, (uid) => syncPod(kl, uid))
  env.processes.exited = (process) => processExited(kl, process)
  sim.on(START, ({ node }) => start(kl, node))
  sim.on(POD_NOTICE, (notice) => podNotice(kl, notice))
  sim.on(DATA_NOTICE, (notice) => dataNotice(kl, notice))
  sim.on(OP_DONE, (args) => opDone(kl, args))
  sim.on(GRACE_OVER, (args) => graceOver(kl, args))
  sim.on(KILL_DUE, (args) => killDue(kl, args))
  sim.on(SLEEP_OVER, (args) => sleepOver(kl, args))
  sim.on(LEASE_DUE, ({ node }) => renewLease(kl, node))
  sim.on(RUNTIME_CHECK, (args) => checkRuntime(kl, args))
  sim.on(STATIC_PODS_DUE, ({ node }) => ensureStaticPods(kl, node))
  sim.on(INIT_WAITED, () => {})
  sim.on(VOLUMES_DUE, ({ uid }) => {
    const row = kl.t.pod.get(uid)
    if (row?.sandbox) refreshVolumes(kl, row)
  })
  sim.on(PROBE_DUE, (args) => {
    const problem = sendProbe(kl, args)
    const pod = kl.t.pod.get(args.uid)
    const container = kl.t.container.get(containerKey(args.uid, args.container))
    if (problem !== null && pod && container) probeEnded(kl, pod, container, args.kind, false, problem)
  })
  return kl
}

/** The machine has booted: its kubelet starts a moment later. */
export function startKubelet(kl: Kubelets, spec: MachineSpec, netns: number): void {
  const { kernel } = kl.env
  const row: NodeRow = {
    node: spec.name,
    netns,
    ip: spec.nics[0]?.address ?? 0,
    spec,
    networkError: networkProblem(kl, spec.name),
    posted: kernel.now,
    check: 0,
  }
  kernel.world.put(kl.t.node, spec.name, row, [`Node/${spec.name}`])
  kernel.sim.after(KUBELET_START, START, { node: spec.name })
}

function start(kl: Kubelets, node: string): void {
  const { api } = kl.env
  registerNode(kl, kl.t.node.get(node)!)
  api.watch('Pod', { actor: actorOf(node), event: POD_NOTICE }, { fieldSelector: `spec.nodeName=${node}` })
  const first = kl.t.node.keys()[0] === node
  if (first) api.watch(['ConfigMap', 'Secret'], { actor: DATA_ACTOR, event: DATA_NOTICE }, { sendInitial: false })
  ensureStaticPods(kl, node)
}

function podNotice(kl: Kubelets, notice: WatchNotice): void {
  const pod = notice.object as Pod
  const uid = pod.metadata.uid ?? ''
  const row = kl.t.pod.get(uid)
  if (notice.type === 'DELETED') return podDeleted(kl, pod, row)
  if (!row) return addPod(kl, pod)
  const changed =
    pod.spec !== row.pod.spec ||
    pod.metadata.labels !== row.pod.metadata.labels ||
    pod.metadata.annotations !== row.pod.metadata.annotations
  if (changed) patchPod(kl, uid, { pod: { ...pod, status: row.pod.status } })
  if (pod.metadata.deletionTimestamp === undefined) {
    if (changed || isContradicted(pod)) wakePod(kl, uid)
    return
  }
  if (row.stage === 'running') wakePod(kl, uid)
  else if (row.stage === 'terminating') shorten(kl, row, notice)
  else if (row.stage === 'finished') finishStop(kl, row)
}

/** Somebody else has said that it is not ready, although its containers are (the node controller, of a node that was silent). */
const isContradicted = ({ status }: Pod): boolean =>
  conditionStatus(status?.conditions, 'Ready') === 'False' &&
  conditionStatus(status?.conditions, 'ContainersReady') === 'True'

function shorten(kl: Kubelets, row: PodRow, notice: WatchNotice): void {
  const grace = notice.object.metadata.deletionGracePeriodSeconds ?? 0
  const before = notice.previous?.metadata.deletionGracePeriodSeconds
  if (before !== undefined && grace < before) shortenGrace(kl, row, grace)
}

/** A pod that vanished without being asked to terminate was removed by force: its containers still have to be stopped. */
function podDeleted(kl: Kubelets, pod: Pod, row: PodRow | undefined): void {
  if (row?.stage === 'finished') finishStop(kl, row)
  else if (row) wakePod(kl, row.uid)
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) ensureStaticPods(kl, pod.spec.nodeName ?? '')
}

function addPod(kl: Kubelets, pod: Pod): void {
  const { kernel } = kl.env
  const uid = pod.metadata.uid ?? ''
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return
  const ref = podRef(pod)
  const row: PodRow = {
    uid,
    node: pod.spec.nodeName ?? '',
    ref,
    pod,
    stage: 'running',
    sandbox: null,
    attempts: 0,
    failures: 0,
    retryAt: 0,
    mounted: false,
    op: '',
    startTime: timestamp(kernel.now),
    kill: 0,
  }
  kernel.world.put(kl.t.pod, uid, row, [ref])
  pod.spec.initContainers?.forEach((c, i) =>
    addContainer(kl, uid, c.name, c.restartPolicy === 'Always' ? 'sidecar' : 'init', i, ref),
  )
  pod.spec.containers.forEach((c, i) => addContainer(kl, uid, c.name, 'app', i, ref))
  wakePod(kl, uid)
}

function addContainer(kl: Kubelets, uid: string, name: string, kind: ContainerKind, index: number, ref: string): void {
  const row: ContainerRow = {
    uid,
    name,
    kind,
    index,
    state: 'waiting',
    reason: '',
    message: '',
    restarts: 0,
    image: '',
    pull: null,
    id: '',
    pid: 0,
    lastPid: 0,
    startedAt: '',
    startedTime: 0,
    terminated: null,
    last: null,
    finishedTime: 0,
    retryAt: 0,
    backoff: -1,
    ready: false,
    started: false,
    killing: '',
    awaited: 0,
    killDue: 0,
  }
  kl.env.kernel.world.put(kl.t.container, containerKey(uid, name), row, [ref])
}

/** A ConfigMap or Secret has changed: pods that wait for it look again at once, those that have it mounted within a minute. */
function dataNotice(kl: Kubelets, notice: WatchNotice): void {
  for (const row of kl.t.pod.rows()) {
    if (row.pod.metadata.namespace !== notice.object.metadata.namespace) continue
    if (!uses(row.pod.spec.volumes ?? [], notice.object)) continue
    if (!row.mounted) retryNow(kl, row.uid)
    else kl.env.kernel.sim.after(VOLUME_REFRESH, VOLUMES_DUE, { uid: row.uid })
  }
}

function retryNow(kl: Kubelets, uid: string): void {
  patchPod(kl, uid, { retryAt: 0 })
  wakePod(kl, uid)
}

function uses(volumes: readonly Volume[], { kind, metadata: { name } }: ApiObject): boolean {
  if (kind === 'ConfigMap')
    return volumes.some((volume) => volume.configMap?.name === name || inSources(volume, 'configMap', name))
  return volumes.some((volume) => volume.secret?.secretName === name || inSources(volume, 'secret', name))
}

const inSources = (volume: Volume, kind: 'configMap' | 'secret', name: string): boolean =>
  (
    (volume.projected?.sources ?? []) as readonly { readonly [kind: string]: { readonly name?: string } | undefined }[]
  ).some((source) => source[kind]?.name === name)
