import { refOf } from '../api/kinds/ref-of.ts'
import type { ApiError } from '../api/kinds/errors.ts'
import type { ApiObject } from '../api/kinds/types.ts'
import { ApiServer } from '../api/store/store.ts'
import { WorkQueues } from '../agents/contracts/work-queue.ts'
import { type NodeEnv, type MachineSpec, hostNetns, isNode } from '../agents/contracts/node-env.ts'
import { controllerManager } from '../agents/controller-manager/controller-manager.ts'
import { scheduler } from '../agents/scheduler/scheduler.ts'
import { CNI_PLUGINS } from '../agents/cni/plugins.ts'
import { ProgramWatches } from '../agents/contracts/program-watch.ts'
import type { Kubelets } from '../agents/kubelet/context.ts'
import { createKubelets, startKubelet } from '../agents/kubelet/kubelet.ts'
import { cidr, maskOf } from '../base/cidr.ts'
import type { ObjectRef } from '../base/ref.ts'
import type { Result } from '../base/result.ts'
import { SEC, type SimTime } from '../base/time.ts'
import { Fabric } from '../fabric/fabric.ts'
import { Files } from '../kernel/files/files.ts'
import { Kernel } from '../kernel/kernel.ts'
import { installPath } from '../kernel/path/install.ts'
import { type ExternalCommands, NO_COMMANDS, type ProcessLayer } from '../kernel/process/layer.ts'
import { hasEndless, pollEndless } from '../kernel/process/external.ts'
import { createProcessLayer } from '../kernel/process/process.ts'
import { createSocketLayer } from '../kernel/socket/socket.ts'
import { Sim } from '../sim/sim.ts'
import { Trace } from '../trace/trace.ts'
import type { Table } from '../world/table.ts'
import { World } from '../world/world.ts'
import { API_READY, APPLY, BOOT, apiReady, applyObjects, powerOn } from './boot.ts'
import { IMAGES, programsOf } from './programs.ts'
import { SCRIPT_DUE, type ScriptRow, lastDue, nextSettledEntry, startEntry } from './script.ts'
import type { SessionRow } from './session.ts'
import type { ClusterSpec, LabSpec, Place } from './spec.ts'

export interface LabInput {
  readonly spec: LabSpec
  /** What is applied once the API server is up: add-ons first, then the document's own. */
  readonly objects: readonly ApiObject[]
  /** Commands that are no programs (`ip`, `kubectl` …): the caller's, since they stand above the lab. */
  readonly commands?: (lab: Lab) => ExternalCommands
  /** How a place is written, for cause chains. */
  readonly placeText: (place: Place) => string
}

/** How far `run` goes. */
export interface RunLimits {
  /** Virtual time at which to stop at the latest. Default: ten minutes from now. */
  readonly until?: SimTime
  /** Events to run at the most, so that a caller keeps the floor. Default: no limit. */
  readonly events?: number
}

/** A person's own field manager: what they applied and later left out is taken back. */
export const PERSON = 'you'
const PATIENCE = 600 * SEC

/**
 * A lab: the fabric, the machines, the cluster, their history. The only door to the simulator: it wires everything together, runs it,
 * takes inputs, and goes to any moment of the past. All its state is rows of `world`.
 */
export class Lab {
  readonly spec: LabSpec
  readonly objects: readonly ApiObject[]
  readonly world: World
  readonly trace: Trace
  readonly sim: Sim
  readonly kernel: Kernel
  readonly fabric: Fabric
  readonly files: Files
  readonly processes: ProcessLayer
  readonly api: ApiServer
  readonly nodeEnv: NodeEnv
  readonly placeText: (place: Place) => string
  readonly sessions: Table<SessionRow, number>
  readonly script: Table<ScriptRow, number>
  /** Objects that the API server refused, with its words. */
  readonly refusals: Table<{ readonly ref: ObjectRef; readonly message: string }, string>
  readonly #controllers: { start(): void }
  readonly #scheduler: { start(): void }
  readonly #kubelets: Kubelets

  constructor(input: LabInput) {
    this.spec = input.spec
    this.objects = input.objects
    this.placeText = input.placeText
    this.world = new World(input.spec.seed)
    this.trace = new Trace(this.world)
    this.sim = new Sim(this.world, this.trace)
    this.kernel = new Kernel(this.world, this.sim, this.trace)
    this.fabric = new Fabric(this.kernel)
    this.files = new Files(this.world)
    installPath(this.kernel)
    const sockets = createSocketLayer(this.kernel)
    const commands = lazily(() => input.commands?.(this) ?? NO_COMMANDS)
    const cluster = input.spec.cluster ?? NO_CLUSTER
    const queues = new WorkQueues(this.world, this.sim)
    this.api = new ApiServer(this.world, this.sim, this.trace, {
      serviceCIDR: cluster.serviceCIDR,
      advertiseAddress: controlPlaneAddress(input.spec),
    })
    const watches = new ProgramWatches(this.api)
    const programs = programsOf({ kernel: this.kernel, api: this.api, watches })
    this.processes = createProcessLayer(this.kernel, sockets, this.files, programs, commands)
    watches.connect(this.processes)
    this.nodeEnv = {
      kernel: this.kernel,
      files: this.files,
      wiring: this.fabric,
      api: this.api,
      queues,
      processes: this.processes,
      cluster: { ...cluster, dnsAddress: dnsAddress(cluster) },
      images: IMAGES,
      cniPlugins: CNI_PLUGINS,
    }
    this.#controllers = controllerManager(this.api, queues, { podCIDR: cluster.podCIDR })
    this.#scheduler = scheduler(this.api, queues)
    this.#kubelets = createKubelets(this.nodeEnv)
    this.sessions = this.world.define<SessionRow, number>('session')
    this.script = this.world.define<ScriptRow, number>('script')
    this.refusals = this.world.define<{ ref: ObjectRef; message: string }, string>('refusal')
    this.sim.on(BOOT, () => powerOn(this))
    this.sim.on(API_READY, () => apiReady(this))
    this.sim.on(APPLY, ({ namespaces }) => applyObjects(this, namespaces))
    this.sim.on(SCRIPT_DUE, ({ index }) => startEntry(this, index))
    this.sim.transact(
      'power',
      this.world.causeId({ parent: 0, actor: PERSON, verb: 'open', ref: `Lab/${this.spec.name}` }),
      () => this.sim.after(0, BOOT, null),
    )
  }

  startControlPlane(): void {
    this.#controllers.start()
    this.#scheduler.start()
  }

  /** Starts what makes a machine a node of the cluster. */
  startNode(spec: MachineSpec): void {
    if (isNode(spec)) startKubelet(this.#kubelets, spec, hostNetns(this.kernel, spec.name))
  }

  /** `kubectl apply -f` of one object, by the person at the lab. */
  apply(object: ApiObject): Result<ApiObject, ApiError> {
    return this.api.patch(refOf(object), object, PERSON, {
      type: 'apply',
      fieldManager: PERSON,
      fieldValidation: 'Strict',
    })
  }

  /** Time at which the live edge of the timeline is. */
  get now(): SimTime {
    return this.sim.now
  }

  /** Whether the world shows the live edge, where it can run on. */
  get live(): boolean {
    return this.world.journal.atEnd
  }

  /**
   * Runs until nothing but timers is left and the script is done, or a limit is reached. Entries of the script `at: settled` start
   * whenever the lab has settled. The lab must be at its live edge.
   */
  run(limits: RunLimits = {}): 'settled' | 'time' | 'events' {
    const until = limits.until ?? this.sim.now + PATIENCE
    let left = limits.events ?? Number.POSITIVE_INFINITY
    for (; left > 0; left--) {
      if (this.sim.settled) {
        const next = nextSettledEntry(this)
        if (next !== undefined) this.sim.transact('script', 0, () => startEntry(this, next))
        else if (lastDue(this) === 0 || lastDue(this) > until) return this.#rest()
      }
      const event = this.sim.peek()
      if (!event || event.at > until) return this.sim.settled ? this.#rest() : 'time'
      this.sim.step()
    }
    return 'events'
  }

  /** Nothing is on its way: what runs until it is stopped (a capture) tells what it has seen. */
  #rest(): 'settled' {
    if (hasEndless(this.processes)) this.sim.transact('poll', 0, () => pollEndless(this.processes))
    return 'settled'
  }

  /** Whether `run` has something to do before the lab comes to rest. */
  get wantsMore(): boolean {
    return !this.sim.settled || nextSettledEntry(this) !== undefined
  }

  /** Whether the lab's own objects have yet to be applied, as of the moment that the world shows. */
  get isBooting(): boolean {
    return this.sim.events.rows().some(({ kind }) => BOOTING.has(kind))
  }

  /** Runs on to a moment, timers included, and sets the clock there. */
  runUntil(time: SimTime, events?: number): 'reached' | 'events' {
    return this.sim.runUntil(time, events)
  }

  /** An input from outside, at the live edge: a transaction of its own, caused by the person. */
  input<T>(verb: string, ref: ObjectRef, act: () => T): T {
    return this.sim.transact('input', this.world.causeId({ parent: 0, actor: PERSON, verb, ref }), act)
  }
}

const BOOTING: ReadonlySet<string> = new Set([BOOT, API_READY, APPLY].map(({ kind }) => kind))

const NO_CLUSTER: ClusterSpec = {
  version: '1.35',
  podCIDR: cidr('10.244.0.0/16'),
  serviceCIDR: cidr('10.96.0.0/12'),
  dnsDomain: 'cluster.local',
  addons: [],
}

/** The tenth address of the Service range: where kubeadm puts the cluster's DNS. */
const dnsAddress = ({ serviceCIDR }: ClusterSpec): number => ((serviceCIDR.addr & maskOf(serviceCIDR.len)) >>> 0) + 10

function controlPlaneAddress(spec: LabSpec): number {
  const host = spec.fabric.hosts.find((each) => each.role === 'control-plane')
  return host?.interfaces[0]?.address ?? 0x7f000001
}

/** The commands need the lab, and the process layer needs the commands. */
function lazily(make: () => ExternalCommands): ExternalCommands {
  let made: ExternalCommands | undefined
  const get = (): ExternalCommands => (made ??= make())
  return {
    has: (name) => get().has(name),
    run: (place, argv) => get().run(place, argv),
    poll: (place, ongoing, interrupted) => get().poll(place, ongoing, interrupted),
  }
}
