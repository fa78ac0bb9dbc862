import type { SimTime } from '../../base/time.ts'
import type { Container, ContainerStatus, Pod } from '../kinds/types.ts'
import { ageOf, simTimeOf, humanDuration } from './age.ts'
import type { KindColumns } from './columns.ts'

/** What the STATUS column says, why, and how often containers restarted (printers.go printPod). */
export interface PodSummary {
  readonly status: string
  readonly ready: number
  readonly total: number
  readonly restarts: number
  /** When the latest restarted container had ended; `null` where that is not known. */
  readonly lastRestart: SimTime | null
}

interface Count {
  readonly restarts: number
  readonly lastRestart: SimTime | null
}

const NOTHING: Count = { restarts: 0, lastRestart: null }

function countRestarts(sum: Count, status: ContainerStatus): Count {
  const ended = status.lastState?.terminated?.finishedAt
  const at = ended ? simTimeOf(ended) : null
  const latest = at !== null && (sum.lastRestart === null || at > sum.lastRestart) ? at : sum.lastRestart
  return { restarts: sum.restarts + status.restartCount, lastRestart: latest }
}

const isSidecar = (pod: Pod, name: string): boolean =>
  (pod.spec.initContainers ?? []).some((c: Container) => c.name === name && c.restartPolicy === 'Always')

const condition = (pod: Pod, type: string): string | undefined =>
  (pod.status?.conditions ?? []).find((c) => c.type === type)?.status

/** The pod as one line of `kubectl get` sums it up. */
export function summarizePod(pod: Pod): PodSummary {
  const inits = pod.status?.initContainerStatuses ?? []
  const statuses = pod.status?.containerStatuses ?? []
  const sidecars = inits.filter((s) => isSidecar(pod, s.name))
  const initReason = initStatus(pod, inits)
  const initialized = initReason === null || condition(pod, 'Initialized') === 'True'
  const counted = initialized ? [...sidecars, ...statuses] : inits
  const restarts = counted.reduce(countRestarts, NOTHING)
  const total =
    pod.spec.containers.length + (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').length
  const ready = [
    ...sidecars.filter((s) => s.started && s.ready),
    ...(initialized ? statuses.filter((s) => s.ready && s.state?.running) : []),
  ].length
  return { status: finalStatus(pod, initReason, initialized, statuses), ready, total, ...restarts }
}

function finalStatus(
  pod: Pod,
  initReason: string | null,
  initialized: boolean,
  statuses: readonly ContainerStatus[],
): string {
  const base = pod.status?.reason || pod.status?.phase || 'Unknown'
  const gated = (pod.status?.conditions ?? []).some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')
  const reason = initialized ? containersReason(pod, statuses, gated ? 'SchedulingGated' : base) : initReason!
  if (!pod.metadata.deletionTimestamp) return reason
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  return over ? reason : 'Terminating'
}

/** `Init:0/2` and its kin for the first init container that has not done its part; `null` when all have. */
function initStatus(pod: Pod, inits: readonly ContainerStatus[]): string | null {
  for (const [i, status] of inits.entries()) {
    const { terminated, waiting } = status.state ?? {}
    if (terminated?.exitCode === 0) continue
    if (isSidecar(pod, status.name) && status.started) continue
    if (terminated) {
      if (terminated.reason) return `Init:${terminated.reason}`
      return terminated.signal ? `Init:Signal:${terminated.signal}` : `Init:ExitCode:${terminated.exitCode}`
    }
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    return `Init:${i}/${(pod.spec.initContainers ?? []).length}`
  }
  return null
}

function containersReason(pod: Pod, statuses: readonly ContainerStatus[], base: string): string {
  let reason = base
  let running = false
  for (const status of statuses.toReversed()) {
    const { waiting, terminated } = status.state ?? {}
    if (waiting?.reason) reason = waiting.reason
    else if (terminated?.reason) reason = terminated.reason
    else if (terminated) reason = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`
    else if (status.ready && status.state?.running) running = true
  }
  if (reason === 'Completed' && running) return condition(pod, 'Ready') === 'True' ? 'Running' : 'NotReady'
  return reason
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  const passed = gates.filter((gate) => condition(pod, gate.conditionType) === 'True').length
  return `${passed}/${gates.length}`
}

export const podColumns: KindColumns = {
  columns: [
    ...['Name', 'Ready', 'Status', 'Restarts', 'Age'].map((name) => ({ name })),
    ...['IP', 'Node', 'Nominated Node', 'Readiness Gates'].map((name) => ({ name, wide: true })),
  ],
  cells(object, now) {
    const pod = object as Pod
    const summary = summarizePod(pod)
    const since = summary.lastRestart === null ? '' : ` (${humanDuration(Math.max(0, now - summary.lastRestart))} ago)`
    const restarts = summary.restarts > 0 ? `${summary.restarts}${since}` : summary.restarts
    return [
      pod.metadata.name,
      `${summary.ready}/${summary.total}`,
      summary.status,
      restarts,
      ageOf(pod.metadata.creationTimestamp, now),
      pod.status?.podIP || '<none>',
      pod.spec.nodeName || '<none>',
      pod.status?.nominatedNodeName || '<none>',
      readinessGates(pod),
    ]
  },
}
