import type { Outcome } from '../contracts/work-queue.ts'
import {
  type Kubelets,
  beginOp,
  containersOf,
  livePod,
  nodeOf,
  patchContainer,
  patchPod,
  podText,
  tell,
  wakePod,
} from './context.ts'
import { goDuration } from './go-duration.ts'
import { NETWORK_NOT_READY, runPodSandbox } from './pod-network.ts'
import { writePodFiles } from './pod-files.ts'
import { killContainer } from './kill.ts'
import { isOver, isRedefined, shouldRestart } from './restart-policy.ts'
import { beginContainer, finishPull, finishStart } from './start-container.ts'
import { reportStatus } from './status.ts'
import { type ContainerRow, type PodRow, containerKey, specOf, wantedImage } from './tables.ts'
import { beginTermination, continueTermination, finishStop } from './termination.ts'
import { PULL_BACKOFF, SANDBOX, SANDBOX_STOP, SYNC_BACKOFF } from './timing.ts'
import { mountVolumes } from './volumes.ts'

/** The first failures of a kind are retried as part of what the lab waits for; then they are timers. */
const PATIENT_FAILURES = 3

/** One turn of a pod's worker (SyncPod of kuberuntime): the next thing that has to be done for it, and its status. */
export function syncPod(kl: Kubelets, uid: string): Outcome {
  const row = kl.t.pod.get(uid)
  if (!row) return 'done'
  if (row.stage === 'running') {
    const live = livePod(kl, row)
    if (!live) beginTermination(kl, row, 1)
    else if (live.metadata.deletionTimestamp !== undefined) {
      beginTermination(kl, row, live.metadata.deletionGracePeriodSeconds ?? 0)
    } else if (row.op === '') advance(kl, row)
  } else if (row.stage === 'terminating') continueTermination(kl, row)
  const after = kl.t.pod.get(uid)
  if (after) reportStatus(kl, after)
  return 'done'
}

/** Something that took time has come to its end. */
export function opDone(kl: Kubelets, args: { readonly uid: string; readonly op: string }): void {
  const row = kl.t.pod.get(args.uid)
  if (!row || row.op !== args.op) return
  const [verb, name = ''] = args.op.split(' ')
  const c = kl.t.container.get(containerKey(row.uid, name))
  if (verb === 'sandbox') makeSandbox(kl, patchPod(kl, row.uid, { op: '' }))
  else if (verb === 'stop') finishStop(kl, row)
  else if (c && verb === 'pull') finishPull(kl, row, c)
  else if (c && verb === 'start') finishStart(kl, row, c)
  if (kl.t.pod.has(args.uid)) wakePod(kl, args.uid)
}

function advance(kl: Kubelets, row: PodRow): void {
  if (!row.sandbox) return prepare(kl, row)
  const containers = containersOf(kl, row.uid)
  for (const c of containers) {
    if (isRedefined(row.pod, c)) killContainer(kl, row, c, `Container ${c.name} definition changed, will be restarted`)
    else if (c.state === 'running') markReady(kl, row, c)
  }
  if (isFinished(row, containers)) {
    patchPod(kl, row.uid, { stage: 'stopping' })
    return beginOp(kl, kl.t.pod.get(row.uid)!, 'stop', SANDBOX_STOP)
  }
  const next = nextContainer(kl, row, containers)
  if (next) beginContainer(kl, row, next)
}

/** Volumes, then the sandbox. Pods that need the pod network wait for it. */
function prepare(kl: Kubelets, row: PodRow): void {
  const wait = row.retryAt - kl.env.kernel.now
  if (wait > 0) return wakePod(kl, row.uid, wait, row.failures > PATIENT_FAILURES)
  const { networkError } = nodeOf(kl, row)
  if (networkError !== '' && !row.pod.spec.hostNetwork) {
    tell(kl, row, 'Warning', 'NetworkNotReady', `network is not ready: ${NETWORK_NOT_READY}${networkError}`)
    patchPod(kl, row.uid, { failures: PATIENT_FAILURES + 1, retryAt: kl.env.kernel.now + SYNC_BACKOFF })
    return wakePod(kl, row.uid, SYNC_BACKOFF, true)
  }
  const mounted = mountVolumes(kl, row)
  if (!mounted.ok) return failed(kl, row, 'FailedMount', mounted.error)
  beginOp(kl, { ...row, mounted: true }, 'sandbox', SANDBOX)
}

function makeSandbox(kl: Kubelets, row: PodRow): void {
  const made = runPodSandbox(kl, row)
  if (!made.ok) return failed(kl, { ...row, attempts: row.attempts + 1 }, 'FailedCreatePodSandBox', made.error)
  writePodFiles(kl, row, made.value.ip)
  patchPod(kl, row.uid, { sandbox: made.value, attempts: row.attempts + 1, failures: 0 })
}

function failed(kl: Kubelets, row: PodRow, reason: string, message: string): void {
  tell(kl, row, 'Warning', reason, message)
  const failures = row.failures + 1
  kl.env.kernel.world.put(kl.t.pod, row.uid, { ...row, failures, retryAt: kl.env.kernel.now + SYNC_BACKOFF })
  wakePod(kl, row.uid, SYNC_BACKOFF, failures > PATIENT_FAILURES)
}

/** Without a readiness probe a running container is ready; with one, its prober says so. */
function markReady(kl: Kubelets, row: PodRow, c: ContainerRow): void {
  if (!c.ready && c.started && specOf(row.pod, c).readinessProbe === undefined) patchContainer(kl, c, { ready: true })
}

function isFinished(row: PodRow, containers: readonly ContainerRow[]): boolean {
  if (containers.some((c) => c.kind === 'init' && isOver(row.pod, c) && c.terminated?.exitCode !== 0)) return true
  return containers.filter((c) => c.kind === 'app').every((c) => isOver(row.pod, c))
}

/** Init containers one after another, sidecars until they have started, then the others without waiting for one another. */
function nextContainer(kl: Kubelets, row: PodRow, containers: readonly ContainerRow[]): ContainerRow | null {
  for (const c of containers) {
    if (c.kind === 'init') {
      if (c.state === 'terminated' && c.terminated?.exitCode === 0) continue
      return mayStart(kl, row, c) ? c : null
    }
    if (c.state === 'running') {
      if (c.kind === 'sidecar' && !c.started) return null
      continue
    }
    if (mayStart(kl, row, c)) return c
    if (c.kind === 'sidecar' && c.state === 'waiting') return null
  }
  return null
}

/** Whether it is to be started now; a container that crashed waits for its backoff. */
function mayStart(kl: Kubelets, row: PodRow, c: ContainerRow): boolean {
  if (c.state === 'waiting' || c.pull) {
    const rest = c.image === wantedImage(row.pod, c) ? c.retryAt - kl.env.kernel.now : 0
    // That the first pull has failed is part of what the lab waits for.
    if (rest > 0) wakePod(kl, row.uid, rest, c.reason !== 'ErrImagePull' || c.pull?.backoff !== PULL_BACKOFF)
    return rest <= 0
  }
  if (c.state === 'running' || !shouldRestart(row.pod, c)) return false
  const wait = c.finishedTime + c.backoff - kl.env.kernel.now
  if (wait <= 0) return true
  if (c.reason !== 'CrashLoopBackOff') {
    const what = `restarting failed container=${c.name} pod=${podText(row)}`
    patchContainer(kl, c, { reason: 'CrashLoopBackOff', message: `back-off ${goDuration(c.backoff)} ${what}` })
    tell(kl, row, 'Warning', 'BackOff', `Back-off restarting failed container ${c.name} in pod ${podText(row)}`, c)
  }
  wakePod(kl, row.uid, wait, true)
  return false
}
