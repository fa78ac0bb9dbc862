import { SEC } from '../../base/time.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { signalProcess } from '../../kernel/process/lifecycle.ts'
import { type Kubelets, patchContainer, tell } from './context.ts'
import { runErrand } from './errands.ts'
import { type ContainerRow, type PodRow, containerKey, specOf } from './tables.ts'

/** The grace period of one container is over, or its preStop sleep. */
export const KILL_DUE: EventKind<{ readonly uid: string; readonly container: string; readonly id: string }> =
  eventKind('kubelet.kill')
export const SLEEP_OVER: EventKind<{ readonly uid: string; readonly container: string; readonly id: string }> =
  eventKind('kubelet.prestop-sleep')

/** killContainer of kuberuntime: the preStop hook, TERM, and KILL when the grace period is over. */
export function killContainer(kl: Kubelets, pod: PodRow, c: ContainerRow, message: string, grace?: number): void {
  if (c.state !== 'running' || c.killing !== '') return
  tell(kl, pod, 'Normal', 'Killing', message, c)
  const seconds = grace ?? pod.pod.spec.terminationGracePeriodSeconds ?? 30
  const { sim } = kl.env.kernel
  const args = { uid: c.uid, container: c.name, id: c.id }
  if (seconds === 0) {
    patchContainer(kl, c, { killing: 'KILL' })
    signalProcess(kl.env.processes, c.pid, 'KILL')
    return
  }
  const killDue = sim.after(seconds * SEC, KILL_DUE, args)
  const hook = specOf(pod.pod, c).lifecycle?.preStop
  const killing = patchContainer(kl, c, { killing: hook ? 'preStop' : 'TERM', killDue })
  if (hook?.sleep) sim.after(hook.sleep.seconds * SEC, SLEEP_OVER, args)
  else if (!hook?.exec?.command || !runErrand(kl, pod, killing, 'preStop', hook.exec.command)) terminate(kl, killing)
}

/** A container whose postStart hook fails is killed; what the hook said stays secret. */
export function postStartFailed(kl: Kubelets, pod: PodRow, c: ContainerRow): void {
  tell(kl, pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', c)
  killContainer(kl, pod, c, 'FailedPostStartHook')
}

/** The hook has ended, one way or another. */
export function preStopEnded(kl: Kubelets, c: ContainerRow): void {
  if (c.state === 'running' && c.killing === 'preStop') terminate(kl, c)
}

function terminate(kl: Kubelets, c: ContainerRow): void {
  patchContainer(kl, c, { killing: 'TERM' })
  signalProcess(kl.env.processes, c.pid, 'TERM')
}

export function killDue(
  kl: Kubelets,
  args: { readonly uid: string; readonly container: string; readonly id: string },
): void {
  const c = kl.t.container.get(containerKey(args.uid, args.container))
  if (c && c.state === 'running' && c.id === args.id) signalProcess(kl.env.processes, c.pid, 'KILL')
}

export function sleepOver(
  kl: Kubelets,
  args: { readonly uid: string; readonly container: string; readonly id: string },
): void {
  const c = kl.t.container.get(containerKey(args.uid, args.container))
  if (c && c.id === args.id) preStopEnded(kl, c)
}
