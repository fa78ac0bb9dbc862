import { SEC } from '../../base/time.ts'
import { reapProcess } from '../../kernel/process/lifecycle.ts'
import { GRACE_OVER, type Kubelets, SYNC_QUEUE, actorOf, beginOp, containersOf, livePod, patchPod } from './context.ts'
import { killContainer, killDue } from './kill.ts'
import { removePodSandbox } from './pod-network.ts'
import { podFs } from './pod-files.ts'
import { stopProbes } from './probes.ts'
import { reportStatus } from './status.ts'
import { type ContainerRow, type PodRow, containerKey } from './tables.ts'
import { SANDBOX_STOP } from './timing.ts'

/** The pod is to go: preStop, TERM, and KILL when `grace` seconds are over. Sidecars outlive the others. */
export function beginTermination(kl: Kubelets, row: PodRow, grace: number): void {
  const { sim } = kl.env.kernel
  const kill = grace > 0 ? sim.after(grace * SEC, GRACE_OVER, { uid: row.uid }) : 0
  const next = patchPod(kl, row.uid, { stage: 'terminating', op: '', kill })
  for (const c of containersOf(kl, row.uid)) {
    stopProbes(kl, c)
    if (c.kind !== 'sidecar') stop(kl, next, c, grace)
  }
  continueTermination(kl, next)
}

const stop = (kl: Kubelets, row: PodRow, c: ContainerRow, grace: number): void =>
  killContainer(kl, row, c, `Stopping container ${c.name}`, grace)

/** A later request has shortened the grace period. */
export function shortenGrace(kl: Kubelets, row: PodRow, grace: number): void {
  const { sim } = kl.env.kernel
  if (row.kill !== 0) sim.cancel(row.kill)
  if (grace === 0) return graceOver(kl, { uid: row.uid })
  patchPod(kl, row.uid, { kill: sim.after(grace * SEC, GRACE_OVER, { uid: row.uid }) })
}

export function graceOver(kl: Kubelets, args: { readonly uid: string }): void {
  for (const c of containersOf(kl, args.uid)) killDue(kl, { uid: c.uid, container: c.name, id: c.id })
}

/** When the others have ended the sidecars follow, in reverse order; when nothing runs any more, the sandbox goes. */
export function continueTermination(kl: Kubelets, row: PodRow): void {
  const running = containersOf(kl, row.uid).filter((c) => c.state === 'running')
  if (running.some((c) => c.kind !== 'sidecar')) return
  const last = running.at(-1)
  if (last) return stop(kl, row, last, row.kill === 0 ? 0 : 30)
  if (row.kill !== 0) kl.env.kernel.sim.cancel(row.kill)
  beginOp(kl, { ...row, stage: 'stopping', kill: 0 }, 'stop', SANDBOX_STOP)
}

/** StopPodSandbox is done: the network is torn down. A pod that was deleted leaves the API, one that has run to its end stays. */
export function finishStop(kl: Kubelets, row: PodRow): void {
  removePodSandbox(kl, row)
  const live = livePod(kl, row)
  if (live && live.metadata.deletionTimestamp === undefined) {
    const finished = patchPod(kl, row.uid, { stage: 'finished', op: '' })
    return reportStatus(kl, finished)
  }
  if (live) {
    reportStatus(kl, patchPod(kl, row.uid, { op: '' }))
    kl.env.api.delete(row.ref, actorOf(row.node), { gracePeriodSeconds: 0, preconditions: { uid: row.uid } })
  }
  forgetPod(kl, row)
}

/** Removes everything that the node keeps of a pod. */
export function forgetPod(kl: Kubelets, row: PodRow): void {
  const { world } = kl.env.kernel
  const { files, processes, queues } = kl.env
  for (const c of containersOf(kl, row.uid)) {
    stopProbes(kl, c)
    for (const pid of [c.pid, c.lastPid]) if (pid !== 0) reapProcess(processes, pid)
    if (c.id !== '') files.removeAll(c.id)
    world.delete(kl.t.container, containerKey(c.uid, c.name))
  }
  files.removeAll(podFs(row.uid))
  for (const pid of [...kl.t.errandByPod.at(row.uid).keys()]) world.delete(kl.t.errand, pid)
  world.delete(kl.t.pod, row.uid)
  queues.forget(SYNC_QUEUE, row.uid)
}
