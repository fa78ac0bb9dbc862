import { timestamp } from '../../base/time.ts'
import type { ProcessRow } from '../../kernel/process/tables.ts'
import { type Kubelets, patchContainer, wakePod } from './context.ts'
import { takeErrand } from './errands.ts'
import { postStartFailed, preStopEnded } from './kill.ts'
import { expectNetwork } from './node-agent.ts'
import { initEnded } from './patience.ts'
import { probeEnded } from './probe-result.ts'
import { isRedefined } from './restart-policy.ts'
import { stopProbes } from './probes.ts'
import { type ContainerRow, type PodRow, containerKey } from './tables.ts'
import { BACKOFF_RESET, CRASH_BACKOFF, MAX_CRASH_BACKOFF } from './timing.ts'

/** A process that was started from outside has ended: a container, or an errand of a kubelet. Others are nobody's business here. */
export function processExited(kl: Kubelets, process: ProcessRow): void {
  if (kl.t.errand.has(process.pid)) return errandEnded(kl, process)
  const c = kl.t.containerByPid.at(process.pid).first()
  const pod = c && kl.t.pod.get(c.uid)
  if (!c || !pod || c.state !== 'running') return
  const exitCode = process.exit?.code ?? 0
  recordExit(kl, pod, c, { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' })
}

function errandEnded(kl: Kubelets, process: ProcessRow): void {
  const { errand, output } = takeErrand(kl, process.pid)!
  const pod = kl.t.pod.get(errand.uid)
  const c = kl.t.container.get(containerKey(errand.uid, errand.container))
  if (!pod || !c) return
  const good = process.exit?.code === 0
  if (errand.purpose === 'preStop') preStopEnded(kl, c)
  else if (errand.purpose !== 'postStart') probeEnded(kl, pod, c, errand.purpose, good, output)
  else if (!good) postStartFailed(kl, pod, c)
}

export interface ExitCause {
  readonly exitCode: number
  readonly reason: string
  readonly message?: string
}

/** Notes the end of a container and how long its next start has to wait: not at all, then 10 s, doubling. */
export function recordExit(kl: Kubelets, pod: PodRow, c: ContainerRow, exit: ExitCause): void {
  const { now } = kl.env.kernel
  stopProbes(kl, c)
  initEnded(kl, c)
  // Nobody waits for the end of a grace period that nothing is left to be killed at.
  if (c.killDue !== 0) kl.env.kernel.sim.cancel(c.killDue)
  const ranLong = now - c.startedTime >= BACKOFF_RESET
  const next = c.backoff === 0 ? CRASH_BACKOFF : Math.min(c.backoff * 2, MAX_CRASH_BACKOFF)
  patchContainer(kl, c, {
    state: 'terminated',
    reason: '',
    message: '',
    terminated: {
      ...exit,
      startedAt: c.startedAt,
      finishedAt: timestamp(now),
      containerID: `containerd://${c.id}`,
    },
    finishedTime: now,
    backoff: c.backoff < 0 || ranLong || isRedefined(pod.pod, c) ? 0 : next,
    ready: false,
    started: false,
    awaited: 0,
    killDue: 0,
  })
  expectNetwork(kl, pod.node)
  wakePod(kl, pod.uid)
}
