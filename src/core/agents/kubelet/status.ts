import { equal } from '../../base/equal.ts'
import { timestamp } from '../../base/time.ts'
import type { Condition, ContainerState, ContainerStatus, Pod, PodPhase, PodStatus } from '../../api/kinds/types.ts'
import { withCondition } from '../contracts/pod-status.ts'
import { type Kubelets, actorOf, containersOf, livePod } from './context.ts'
import { fullImageName, imageId } from './identity.ts'
import { hostIpText } from './pod-files.ts'
import { isOver } from './restart-policy.ts'
import { type ContainerRow, type PodRow, wantedImage } from './tables.ts'

/** Writes the pod's status as the kubelet sees it, if it differs from what the API server has. */
export function reportStatus(kl: Kubelets, row: PodRow): void {
  const live = livePod(kl, row)
  if (!live) return
  const status = podStatus(kl, row, live)
  if (!equal(status, live.status)) kl.env.api.updateStatus<Pod>({ ...live, status }, actorOf(row.node))
}

function podStatus(kl: Kubelets, row: PodRow, live: Pod): PodStatus {
  const containers = containersOf(kl, row.uid)
  const phase = phaseOf(row, containers)
  const hostIP = hostIpText(kl, row)
  const { sandbox } = row
  const hasInit = containers.some((c) => c.kind !== 'app')
  const over = row.stage === 'finished' || row.stage === 'stopping'
  const render = (c: ContainerRow): ContainerStatus => containerStatus(row, c, containers)
  const conditions = conditionsOf(row, live, containers, phase, timestamp(kl.env.kernel.now), over)
  return {
    ...live.status,
    phase,
    conditions,
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(sandbox && sandbox.ip !== '' && { podIP: sandbox.ip, podIPs: [{ ip: sandbox.ip }] }),
    startTime: row.startTime,
    ...(hasInit && { initContainerStatuses: containers.filter((c) => c.kind !== 'app').map(render) }),
    containerStatuses: containers.filter((c) => c.kind === 'app').map(render),
  }
}

/** Whether all init containers have done their work: the plain ones ended well, the sidecars started. */
export const isInitialized = (containers: readonly ContainerRow[]): boolean =>
  containers.every((c) => {
    if (c.kind === 'app') return true
    if (c.kind === 'sidecar') return c.started || c.state === 'terminated'
    return c.state === 'terminated' && c.terminated?.exitCode === 0
  })

/** getPhase of pkg/kubelet/kubelet_pods.go. */
export function phaseOf(row: PodRow, containers: readonly ContainerRow[]): PodPhase {
  const policy = row.pod.spec.restartPolicy ?? 'Always'
  const ending = row.stage !== 'running'
  const apps = containers.filter((c) => c.kind === 'app')
  const initFailed = containers.some(
    (c) => c.kind === 'init' && c.state === 'terminated' && c.terminated?.exitCode !== 0,
  )
  if (initFailed && policy === 'Never') return 'Failed'
  if (!isInitialized(containers) && !ending) return 'Pending'
  const waiting = apps.filter((c) => c.state === 'waiting' && c.last === null)
  if (waiting.length > 0 && !ending) return 'Pending'
  if (apps.some((c) => c.state === 'running')) return 'Running'
  if (ending && row.stage === 'terminating') return apps.some((c) => c.state === 'terminated') ? 'Running' : 'Pending'
  if (!ending && !apps.every((c) => isOver(row.pod, c))) return 'Running'
  return apps.length > waiting.length && apps.every((c) => c.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed'
}

function containerStatus(row: PodRow, c: ContainerRow, all: readonly ContainerRow[]): ContainerStatus {
  const image = c.image || wantedImage(row.pod, c)
  const ran = c.id !== ''
  const backingOff = c.state === 'terminated' && c.reason !== ''
  const last = backingOff ? c.terminated : c.last
  return {
    name: c.name,
    state: stateOf(row, c, all, backingOff),
    lastState: last ? { terminated: last } : {},
    ready: c.kind === 'init' ? c.state === 'terminated' && c.terminated?.exitCode === 0 : c.ready,
    restartCount: c.restarts,
    image: ran ? fullImageName(image) : image,
    imageID: ran ? imageId(image) : '',
    ...(ran && { containerID: `containerd://${c.id}` }),
    started: c.started,
  }
}

function stateOf(row: PodRow, c: ContainerRow, all: readonly ContainerRow[], backingOff: boolean): ContainerState {
  if (c.state === 'running') return { running: { startedAt: c.startedAt } }
  if (c.state === 'terminated' && !backingOff) return { terminated: c.terminated! }
  const initializing =
    c.kind === 'app'
      ? !isInitialized(all)
      : row.sandbox !== null && all.some((o) => o.kind !== 'app' && o.index < c.index)
  const reason = c.reason || (initializing && row.sandbox !== null ? 'PodInitializing' : defaultReason(all))
  return { waiting: { reason, ...(c.message !== '' && { message: c.message }) } }
}

/** With init containers, all wait for the pod to initialise. */
const defaultReason = (all: readonly ContainerRow[]): string =>
  all.some((c) => c.kind !== 'app') ? 'PodInitializing' : 'ContainerCreating'

function conditionsOf(
  row: PodRow,
  live: Pod,
  containers: readonly ContainerRow[],
  phase: PodPhase,
  now: string,
  over: boolean,
): readonly Condition[] {
  const apps = containers.filter((c) => c.kind !== 'init')
  const unready = apps.filter((c) => !c.ready).map((c) => c.name)
  const uninitialized = containers.filter((c) => c.kind !== 'app' && !isInitialized([c])).map((c) => c.name)
  const done = phase === 'Succeeded' || phase === 'Failed'
  const containersReady: Verdict = done
    ? refused(phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed')
    : unready.length > 0
      ? refused('ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`)
      : HOLDS
  const initialized: Verdict =
    uninitialized.length === 0
      ? HOLDS
      : refused('ContainersNotInitialized', `containers with incomplete status: [${uninitialized.join(' ')}]`)
  const list: readonly Condition[] = [
    { type: 'PodReadyToStartContainers', ...(row.sandbox !== null && !over ? HOLDS : refused()) },
    { type: 'Initialized', ...(phase === 'Succeeded' ? { ...HOLDS, reason: 'PodCompleted' } : initialized) },
    { type: 'Ready', ...gated(row.pod, live, containersReady) },
    { type: 'ContainersReady', ...containersReady },
  ]
  const given = live.status?.conditions ?? []
  const own = list.map((condition) => withCondition(given, condition, now).find((c) => c.type === condition.type)!)
  const others = given.filter((c) => !list.some((mine) => mine.type === c.type))
  const scheduled = others.some((c) => c.type === 'PodScheduled')
    ? []
    : [{ type: 'PodScheduled', status: 'True', lastTransitionTime: row.startTime } as const]
  return [...own, ...others, ...scheduled]
}

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>
const HOLDS: Verdict = { status: 'True' }
const refused = (reason?: string, message?: string): Verdict => ({
  status: 'False',
  ...(reason !== undefined && { reason }),
  ...(message !== undefined && { message }),
})

/** Readiness gates: conditions that somebody else must set. */
function gated(pod: Pod, live: Pod, verdict: Verdict): Verdict {
  if (verdict.status !== 'True') return verdict
  const unmet = (pod.spec.readinessGates ?? []).filter(
    (gate) => live.status?.conditions?.find((c) => c.type === gate.conditionType)?.status !== 'True',
  )
  if (unmet.length === 0) return verdict
  const name = unmet[0]!.conditionType
  return refused('ReadinessGatesNotReady', `corresponding condition of pod readiness gate "${name}" does not exist.`)
}
