/** A whole cluster for tests: fabric, machines, API server, controllers, scheduler, and all that lives on nodes. */
import { cidr } from '../base/cidr.ts'
import { ipv4 } from '../base/ipv4.ts'
import { MS, SEC, type SimTime } from '../base/time.ts'
import type { ApiObject, Pod } from '../api/kinds/types.ts'
import { ApiServer } from '../api/store/store.ts'
import { refOf } from '../api/kinds/ref-of.ts'
import { type ClusterFacts, type MachineSpec, hostNetns } from '../agents/contracts/node-env.ts'
import { ProgramWatches } from '../agents/contracts/program-watch.ts'
import { WorkQueues } from '../agents/contracts/work-queue.ts'
import { controllerManager } from '../agents/controller-manager/controller-manager.ts'
import { corednsImages, corednsProgram } from '../agents/coredns/index.ts'
import { serverImages, serverPrograms } from '../agents/nginx/index.ts'
import {
  NODE_CNI_PLUGINS,
  NODE_IMAGES,
  type NodeAgents,
  installNodeAgents,
  nodePrograms,
} from '../agents/node-agents.ts'
import { scheduler } from '../agents/scheduler/scheduler.ts'
import { toolboxImages, toolboxPrograms } from '../agents/toolbox/index.ts'
import { Fabric } from '../fabric/fabric.ts'
import { Files } from '../kernel/files/files.ts'
import { Kernel } from '../kernel/kernel.ts'
import { saveTable } from '../kernel/netfilter/print.ts'
import { readRuleset } from '../kernel/netfilter/store.ts'
import type { TableName } from '../kernel/netfilter/types.ts'
import { installPath } from '../kernel/path/install.ts'
import type { ProcessLayer } from '../kernel/process/layer.ts'
import { startProcess } from '../kernel/process/lifecycle.ts'
import { createProcessLayer, sessionText } from '../kernel/process/process.ts'
import { createSocketLayer } from '../kernel/socket/socket.ts'
import { Sim } from '../sim/sim.ts'
import { Trace } from '../trace/trace.ts'
import { World } from '../world/world.ts'

const FACTS: ClusterFacts = {
  version: '1.35',
  podCIDR: cidr('10.244.0.0/16'),
  serviceCIDR: cidr('10.96.0.0/12'),
  dnsDomain: 'cluster.local',
  dnsAddress: ipv4('10.96.0.10'),
}

/** One rack, 192.168.10.0/24: cp1 .10, node1 .11, node2 .12, and a laptop .99. */
export const RACK: readonly MachineSpec[] = [
  machine('cp1', 'control-plane', '192.168.10.10'),
  machine('node1', 'worker', '192.168.10.11'),
  machine('node2', 'worker', '192.168.10.12'),
  machine('laptop', 'host', '192.168.10.99'),
]

function machine(name: string, role: MachineSpec['role'], address: string): MachineSpec {
  const taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' } as const
  return {
    name,
    role,
    nics: [{ network: 'rack1', address: ipv4(address), len: 24, mtu: 1500 }],
    gateway: role === 'host' ? null : ipv4('192.168.10.1'),
    ...(role === 'control-plane' && { taints: [taint] }),
  }
}

export interface ClusterOptions {
  readonly seed?: number
  readonly machines?: readonly MachineSpec[]
  /** Applied in order: namespaces first. */
  readonly objects: readonly ApiObject[]
}

export class TestCluster {
  readonly world: World
  readonly trace: Trace
  readonly sim: Sim
  readonly kernel: Kernel
  readonly fabric: Fabric
  readonly files: Files
  readonly processes: ProcessLayer
  readonly api: ApiServer
  readonly agents: NodeAgents

  constructor(options: ClusterOptions) {
    this.world = new World(options.seed ?? 1)
    this.trace = new Trace(this.world)
    this.sim = new Sim(this.world, this.trace)
    this.kernel = new Kernel(this.world, this.sim, this.trace)
    this.fabric = new Fabric(this.kernel)
    this.files = new Files(this.world)
    installPath(this.kernel)
    const { kernel, files } = this
    this.api = new ApiServer(this.world, this.sim, this.trace, {
      serviceCIDR: FACTS.serviceCIDR,
      advertiseAddress: ipv4('192.168.10.10'),
    })
    const { api } = this
    const queues = new WorkQueues(this.world, this.sim)
    const watches = new ProgramWatches(api)
    const reader = {
      services: () => api.ofKind<never>('Service'),
      endpointSlices: () => api.ofKind<never>('EndpointSlice'),
      pods: () => api.ofKind<never>('Pod'),
      namespaces: () => api.ofKind<never>('Namespace'),
    }
    const programs = [
      ...serverPrograms,
      ...toolboxPrograms,
      corednsProgram(reader),
      ...nodePrograms({ kernel, api, watches }),
    ]
    this.processes = createProcessLayer(kernel, createSocketLayer(kernel), files, programs)
    const manager = controllerManager(api, queues, { podCIDR: FACTS.podCIDR })
    const schedule = scheduler(api, queues)
    this.agents = installNodeAgents(
      {
        kernel,
        files,
        wiring: this.fabric,
        api,
        queues,
        processes: this.processes,
        cluster: FACTS,
        images: [...serverImages, ...toolboxImages, ...corednsImages, ...NODE_IMAGES],
        cniPlugins: NODE_CNI_PLUGINS,
      },
      watches,
    )
    this.fabric.addNetwork('rack1', cidr('192.168.10.0/24'), 1500)
    api.start()
    manager.start()
    schedule.start()
    for (const spec of options.machines ?? RACK) this.agents.boot(spec)
    for (const object of options.objects) if (object.kind === 'Namespace') this.apply(object)
    this.sim.runUntil(50 * MS)
    for (const object of options.objects) if (object.kind !== 'Namespace') this.apply(object)
  }

  /** `kubectl apply` of one object. */
  apply(object: ApiObject): void {
    const done = this.api.patch(refOf(object), object, 'you', { type: 'apply', fieldManager: 'you' })
    if (!done.ok) throw new Error(`${refOf(object)}: ${done.error.message}`)
  }

  settle(limit: SimTime = 600 * SEC): this {
    const end = this.sim.runUntilSettled(this.sim.now + limit, 1_000_000)
    if (end !== 'settled') throw new Error(`not settled: ${end} at ${this.sim.now / SEC} s`)
    return this
  }

  run(time: SimTime): this {
    this.sim.runUntil(this.sim.now + time)
    return this
  }

  netns(machineName: string): number {
    return hostNetns(this.kernel, machineName)
  }

  /** The rules of a machine, as iptables-save prints them, without chain lines. */
  rules(machineName: string, table: TableName): string[] {
    return saveTable(readRuleset(this.kernel, this.netns(machineName)), table).filter((line) => line.startsWith('-A'))
  }

  pods(selector = ''): readonly Pod[] {
    const list = this.api.list<Pod>('Pod', { labelSelector: selector })
    return list.ok ? list.value : []
  }

  /** What a container of a pod has printed. */
  logs(ref: string, name?: string): string {
    const row = this.agents.kubelets.t.podByRef.at(ref).first()
    const containers = row ? this.agents.kubelets.t.containerByPod.at(row.uid).rows() : []
    const c = containers.find((candidate) => candidate.name === name) ?? containers[0]
    return c ? sessionText(this.processes, c.pid).both : ''
  }

  /** Runs a command in the first container of a pod, to its end. */
  exec(
    ref: string,
    argv: readonly string[],
  ): { readonly code: number; readonly stdout: string; readonly stderr: string } {
    const pod = this.agents.kubelets.t.podByRef.at(ref).first()
    const c =
      pod &&
      this.agents.kubelets.t.containerByPod
        .at(pod.uid)
        .rows()
        .find((row) => row.kind === 'app' && row.index === 0)
    const init = c && this.processes.t.process.get(c.pid)
    if (!init) throw new Error(`no container in ${ref}`)
    const { host, netns, hostname, fs, env, container } = init
    const started = startProcess(this.processes, { host, netns, hostname, fs, env, container, argv })
    if (!started.ok) throw new Error(started.error)
    while (this.processes.t.process.get(started.value)?.exit === null && this.sim.step());
    const { stdout, stderr } = sessionText(this.processes, started.value)
    return { code: this.processes.t.process.get(started.value)?.exit?.code ?? -1, stdout, stderr }
  }
}
