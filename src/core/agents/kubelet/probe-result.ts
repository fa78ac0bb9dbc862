import { SEC } from '../../base/time.ts'
import { type Kubelets, patchContainer, tell, wakePod } from './context.ts'
import { killContainer } from './kill.ts'
import { probeOf, schedule, startOtherProbes, stopProbes } from './probes.ts'
import { type ContainerRow, type PodRow, type ProbeKind, probeKey, specOf } from './tables.ts'

const NAMES = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const

/** What a probe has found: counted against its thresholds, and acted on (pkg/kubelet/prober/worker.go doProbe). */
export function probeEnded(
  kl: Kubelets,
  pod: PodRow,
  c: ContainerRow,
  kind: ProbeKind,
  success: boolean,
  output: string,
): void {
  const row = kl.t.probe.get(probeKey(c.uid, c.name, kind))
  const spec = specOf(pod.pod, c)
  const probe = probeOf(spec, kind)
  if (!row || !probe || c.state !== 'running') return
  const counted = success
    ? { ...row, successes: row.successes + 1, failures: 0 }
    : { ...row, successes: 0, failures: row.failures + 1 }
  if (!success) tell(kl, pod, 'Warning', 'Unhealthy', `${NAMES[kind]} probe failed: ${output}`, c)
  const passed = counted.successes >= (probe.successThreshold ?? 1)
  const failed = counted.failures >= (probe.failureThreshold ?? 3)
  if (kind === 'startup' && passed) {
    stopProbes(kl, c)
    const started = patchContainer(kl, c, { started: true, ready: spec.readinessProbe === undefined })
    startOtherProbes(kl, started, spec)
    return wakePod(kl, pod.uid)
  }
  if (kind === 'readiness' && ((passed && !c.ready) || (failed && c.ready))) {
    patchContainer(kl, c, { ready: passed })
    wakePod(kl, pod.uid)
  }
  if (kind !== 'readiness' && failed) {
    stopProbes(kl, c)
    const message = `Container ${c.name} failed ${kind} probe, will be restarted`
    return killContainer(kl, pod, c, message)
  }
  schedule(kl, counted, (probe.periodSeconds ?? 10) * SEC)
}
