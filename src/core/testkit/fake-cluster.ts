/** A control plane with kubelets that only pretend: for the tests of the agents. */
import { cidr } from '../base/cidr.ts'
import { formatIpv4, ipv4 } from '../base/ipv4.ts'
import { MS, SEC, type SimTime, microTimestamp, timestamp } from '../base/time.ts'
import { Sim, eventKind } from '../sim/sim.ts'
import { Trace } from '../trace/trace.ts'
import { World } from '../world/world.ts'
import type { ApiError } from '../api/kinds/errors.ts'
import type { ApiObject, Condition, Deployment, Event, Lease, Node, Pod, PodSpec, Taint } from '../api/kinds/types.ts'
import { ApiServer } from '../api/store/store.ts'
import type { WatchNotice } from '../api/store/types.ts'
import { WorkQueues } from '../agents/contracts/work-queue.ts'
import { controllerManager } from '../agents/controller-manager/controller-manager.ts'

const START = eventKind<string>('fake start')
const STOP = eventKind<string>('fake stop')
const NOTICE = eventKind<WatchNotice>('fake kubelet')
const RENEW = eventKind<string>('fake renew')

export interface ClusterOptions {
  readonly seed?: number
  /** From the binding until the pod is ready. */
  readonly startTime?: SimTime
  /** From the deletion until the pod is gone. */
  readonly stopTime?: SimTime
  /** Pods of this image never become ready. */
  readonly brokenImage?: string
}

export class Cluster {
  readonly world: World
  readonly sim: Sim
  readonly trace: Trace
  readonly api: ApiServer
  readonly queues: WorkQueues
  readonly silent = new Set<string>()
  readonly #options: ClusterOptions
  readonly #manager: { start(): void }

  constructor(options: ClusterOptions = {}) {
    this.#options = options
    this.world = new World(options.seed ?? 1)
    this.trace = new Trace(this.world)
    this.sim = new Sim(this.world, this.trace)
    const config = { serviceCIDR: cidr('10.96.0.0/12'), advertiseAddress: ipv4('192.168.10.10') }
    this.api = new ApiServer(this.world, this.sim, this.trace, config)
    this.queues = new WorkQueues(this.world, this.sim)
    this.#manager = controllerManager(this.api, this.queues, { podCIDR: cidr('10.244.0.0/16') })
    this.#kubelets()
  }

  boot(nodes: readonly string[] = ['node1', 'node2']): this {
    this.api.start()
    this.#manager.start()
    this.settle()
    for (const name of nodes) this.addNode(name)
    this.api.watch('Pod', { actor: 'kubelet', event: NOTICE })
    return this.settle()
  }

  settle(limit: SimTime = 600 * SEC): this {
    const end = this.sim.runUntilSettled(this.sim.now + limit, 200_000)
    if (end !== 'settled') throw new Error(`not settled: ${end}`)
    return this
  }

  run(time: SimTime): this {
    this.sim.runUntil(this.sim.now + time)
    return this
  }

  addNode(
    name: string,
    extra: { readonly labels?: Record<string, string>; readonly taints?: readonly Taint[]; readonly cpu?: string } = {},
  ): Node {
    const now = timestamp(this.sim.now)
    const ready: Condition = { type: 'Ready', status: 'True', lastHeartbeatTime: now, lastTransitionTime: now }
    const allocatable = { cpu: extra.cpu ?? '4', memory: '8Gi', pods: '110' }
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...extra.labels } },
      spec: { ...(extra.taints && { taints: extra.taints }) },
      status: { allocatable, conditions: [ready] },
    }
    const made = must(this.api.create(node, `kubelet@${name}`))
    this.#renew(name)
    this.sim.after(10 * SEC, RENEW, name, true)
    return made
  }

  /** Puts pods on nodes one after another, where no scheduler is under test. */
  bindAll(): this {
    const nodes = this.api.ofKind<Node>('Node')
    for (const pod of this.api.ofKind<Pod>('Pod')) {
      if (pod.spec.nodeName) continue
      const name = nodes[this.world.next('bind') % nodes.length]!.metadata.name
      must(this.api.bind(`Pod/${pod.metadata.namespace}/${pod.metadata.name}`, name, 'test'))
    }
    return this
  }

  pods(prefix = ''): readonly Pod[] {
    return this.api.ofKind<Pod>('Pod').filter((pod) => pod.metadata.name.startsWith(prefix))
  }

  events(reason?: string): readonly string[] {
    return this.api
      .ofKind<Event>('Event')
      .filter((e) => reason === undefined || e.reason === reason)
      .map((e) => e.message ?? '')
  }

  #kubelets(): void {
    const { api, sim } = this
    sim.on(RENEW, (name) => {
      this.#renew(name)
      sim.after(10 * SEC, RENEW, name, true)
    })
    sim.on(NOTICE, ({ type, ref, object, previous }) => {
      const pod = object as Pod
      if (type === 'DELETED' || !pod.spec.nodeName || this.silent.has(pod.spec.nodeName)) return
      const before = previous as Pod | undefined
      if (pod.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp)
        sim.after(this.#options.stopTime ?? 50 * MS, STOP, ref)
      else if (before?.spec.nodeName === undefined || before === undefined)
        sim.after(this.#options.startTime ?? 100 * MS, START, ref)
    })
    sim.on(STOP, (ref) => void api.delete(ref, 'kubelet', { gracePeriodSeconds: 0 }))
    sim.on(START, (ref) => this.#started(ref))
  }

  #started(ref: string): void {
    const pod = this.api.peek<Pod>(ref)
    if (!pod || pod.metadata.deletionTimestamp) return
    const broken = pod.spec.containers.some((c) => c.image === this.#options.brokenImage)
    setReady(this, pod, !broken, formatIpv4(ipv4('10.244.0.0') + 1 + this.world.next('fake ip')))
  }

  #renew(name: string): void {
    if (this.silent.has(name)) return
    const ref = `Lease/kube-node-lease/${name}`
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimestamp(this.sim.now) }
    const known = this.api.peek<Lease>(ref)
    const lease: Lease = known
      ? { ...known, spec }
      : { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: 'kube-node-lease' }, spec }
    must(known ? this.api.update(lease, `kubelet@${name}`) : this.api.create(lease, `kubelet@${name}`))
  }
}

export function setReady(cluster: Cluster, pod: Pod, ready: boolean, podIP = pod.status?.podIP): Pod {
  const lastTransitionTime = timestamp(cluster.sim.now)
  const others = (pod.status?.conditions ?? []).filter((c) => c.type !== 'Ready')
  const conditions: Condition[] = [...others, { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }]
  return must(
    cluster.api.updateStatus<Pod>(
      { ...pod, status: { ...pod.status, phase: 'Running', podIP, podIPs: [{ ip: podIP ?? '' }], conditions } },
      'kubelet',
    ),
  )
}

export function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError },
): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

export const podSpec = (image = 'nginx', extra: Partial<PodSpec> = {}): PodSpec => ({
  containers: [{ name: 'c', image, ports: [{ containerPort: 80, name: 'http' }] }],
  ...extra,
})

export const deployment = (name: string, replicas: number, spec: Partial<Deployment['spec']> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: podSpec() },
    ...spec,
  },
})

export const nameOf = (object: ApiObject): string => object.metadata.name
