import { SEC, type SimTime, timestamp } from '../../base/time.ts'
import type { Node, Pod } from '../../api/kinds/types.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { WatchNotice } from '../../api/store/types.ts'
import type { Table } from '../../world/table.ts'
import { Informers } from '../contracts/informer.ts'
import { isPodTerminal, withCondition } from '../contracts/pod-status.ts'
import { recordEvent } from '../contracts/record-event.ts'
import type { Outcome, WorkQueues } from '../contracts/work-queue.ts'
import { Profile } from './choose.ts'
import { fitError } from './fit-error.ts'

const ACTOR = 'kube-scheduler'
const COMPONENT = 'default-scheduler'
const QUEUE = 'scheduler'
const PROFILE = 'default-scheduler'
/** podInitialBackoffSeconds, podMaxBackoffSeconds, and how long an unschedulable pod waits without any event. */
const FIRST_BACKOFF: SimTime = SEC
const LAST_BACKOFF: SimTime = 10 * SEC
const FLUSH: SimTime = 300 * SEC

/** A pod that did not fit when it was last tried: it waits for something to change. */
interface WaitingRow {
  readonly attempts: number
  /** When its backoff ends. */
  readonly until: SimTime
}

interface Scheduler {
  readonly api: ApiServer
  readonly queues: WorkQueues
  readonly profile: Profile
  readonly waiting: Table<WaitingRow, string>
}

/** kube-scheduler: declares its tables and queue; `start` begins to watch. */
export function scheduler(api: ApiServer, queues: WorkQueues): { start(): void } {
  const it: Scheduler = {
    api,
    queues,
    profile: new Profile(api),
    waiting: api.world.define<WaitingRow, string>('unschedulable'),
  }
  const informers = new Informers(api, ACTOR)
  queues.register(QUEUE, (ref) => scheduleOne(it, ref))
  informers.on('Pod', (notice) => onPod(it, notice))
  informers.on('Node', (notice) => onNode(it, notice))
  return { start: () => informers.start() }
}

const isMine = (pod: Pod): boolean => !pod.spec.nodeName && (pod.spec.schedulerName ?? PROFILE) === PROFILE

function onPod(it: Scheduler, { type, ref, object, previous }: WatchNotice): void {
  const pod = object as Pod
  if (isMine(pod)) {
    if (type === 'DELETED') forget(it, ref)
    else if (previous === undefined || specChanged(previous as Pod, pod)) enqueue(it, ref, pod)
    return
  }
  const freed = type === 'DELETED' || (isPodTerminal(pod) && !isPodTerminal((previous as Pod | undefined) ?? pod))
  const placed = pod.spec.nodeName && (previous as Pod | undefined)?.spec.nodeName !== pod.spec.nodeName
  if (freed || placed) wakeAll(it)
}

/** Its own status changes do not make a pod schedulable. */
const specChanged = (a: Pod, b: Pod): boolean =>
  a.spec !== b.spec || a.metadata.labels !== b.metadata.labels || a.metadata.annotations !== b.metadata.annotations

/** Heartbeats do not make room; labels, taints, cordons and capacity may. */
function onNode(it: Scheduler, { type, object, previous }: WatchNotice): void {
  if (type === 'DELETED') return
  const node = object as Node
  const before = previous as Node | undefined
  const same =
    before !== undefined &&
    before.spec === node.spec &&
    before.metadata.labels === node.metadata.labels &&
    before.status?.allocatable === node.status?.allocatable
  if (!same) wakeAll(it)
}

function enqueue(it: Scheduler, ref: string, pod: Pod): void {
  const backoff = Math.max(0, (it.waiting.get(ref)?.until ?? 0) - it.api.sim.now)
  it.queues.add(QUEUE, ref, backoff + precedence(it, pod))
}

/** Of pods that are due in the same instant, those of higher priority go first: each class above costs a nanosecond. */
function precedence({ api }: Scheduler, pod: Pod): SimTime {
  const priority = pod.spec.priority ?? 0
  return api.ofKind('PriorityClass').filter((c) => Number(c['value'] ?? 0) > priority).length
}

function wakeAll(it: Scheduler): void {
  for (const ref of it.waiting.keys()) {
    const pod = it.api.peek<Pod>(ref)
    if (pod) enqueue(it, ref, pod)
  }
}

function forget(it: Scheduler, ref: string): void {
  it.queues.forget(QUEUE, ref)
  it.api.world.delete(it.waiting, ref)
}

function scheduleOne(it: Scheduler, ref: string): Outcome {
  const pod = it.api.peek<Pod>(ref)
  if (!pod || !isMine(pod) || pod.metadata.deletionTimestamp) {
    it.api.world.delete(it.waiting, ref)
    return 'done'
  }
  const choice = it.profile.choose(pod)
  return choice.node === null ? postpone(it, ref, pod, fitError(pod, choice.refusals)) : bind(it, ref, pod, choice.node)
}

function bind(it: Scheduler, ref: string, pod: Pod, node: string): Outcome {
  const bound = it.api.bind(ref, node, ACTOR)
  if (!bound.ok) return 'retry'
  it.api.world.delete(it.waiting, ref)
  const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`
  recordEvent(it.api, { about: pod, type: 'Normal', reason: 'Scheduled', message, component: COMPONENT }, ACTOR)
  return 'done'
}

/** Waits for an event that may help, at most for the flush interval; never sooner than its backoff. */
function postpone(it: Scheduler, ref: string, pod: Pod, message: string): Outcome {
  const { now } = it.api.sim
  const attempts = (it.waiting.get(ref)?.attempts ?? 0) + 1
  const backoff = Math.min(FIRST_BACKOFF * 2 ** (attempts - 1), LAST_BACKOFF)
  it.api.world.put(it.waiting, ref, { attempts, until: now + backoff })
  recordEvent(it.api, { about: pod, type: 'Warning', reason: 'FailedScheduling', message, component: COMPONENT }, ACTOR)
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const
  const conditions = withCondition(pod.status?.conditions, condition, timestamp(now))
  it.api.updateStatus<Pod>({ ...pod, status: { ...pod.status, conditions } }, ACTOR)
  return { after: FLUSH, background: true }
}
