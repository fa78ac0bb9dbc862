/** Machines, an API server and programs, without kubelets: for tests of flanneld and kube-proxy alone. */
import { cidr, formatCidr } from '../base/cidr.ts'
import { formatIpv4, ipv4 } from '../base/ipv4.ts'
import { SEC, type SimTime } from '../base/time.ts'
import type { ApiObject, Node } from '../api/kinds/types.ts'
import { ApiServer } from '../api/store/store.ts'
import { ProgramWatches } from '../agents/contracts/program-watch.ts'
import type { Program } from '../agents/contracts/program.ts'
import { Files } from '../kernel/files/files.ts'
import { iptables } from '../kernel/netfilter/iptables.ts'
import { saveTable } from '../kernel/netfilter/print.ts'
import { readRuleset, ruleWriter, writeRuleset } from '../kernel/netfilter/store.ts'
import type { TableName } from '../kernel/netfilter/types.ts'
import { splitWords } from '../kernel/netfilter/words.ts'
import type { ProcessLayer } from '../kernel/process/layer.ts'
import { signalProcess, startProcess } from '../kernel/process/lifecycle.ts'
import type { Signal } from '../kernel/process/program.ts'
import { createProcessLayer, sessionText } from '../kernel/process/process.ts'
import { createSocketLayer } from '../kernel/socket/socket.ts'
import { setSysctl } from '../kernel/sysctl/sysctl.ts'
import { Scene } from './scene.ts'

export class Daemons extends Scene {
  readonly api: ApiServer
  readonly files: Files
  readonly processes: ProcessLayer

  constructor(
    programsOf: (env: { kernel: Scene['kernel']; api: ApiServer; watches: ProgramWatches }) => readonly Program[],
  ) {
    super()
    const { kernel } = this
    this.files = new Files(this.world)
    this.api = new ApiServer(this.world, this.sim, this.trace, {
      serviceCIDR: cidr('10.96.0.0/12'),
      advertiseAddress: ipv4('192.168.10.10'),
    })
    const watches = new ProgramWatches(this.api)
    this.processes = createProcessLayer(
      kernel,
      createSocketLayer(kernel),
      this.files,
      programsOf({ kernel, api: this.api, watches }),
    )
    watches.connect(this.processes)
    this.network('rack1', '192.168.10.0/24')
    this.api.start()
  }

  /** Node 1 is 192.168.10.11 with pods in 10.244.1.0/24, and so on. `podCIDR` '' = none yet. */
  node(i: number, podCIDR = `10.244.${i}.0/24`): string {
    const name = `node${i}`
    this.host(name, true)
    this.nic(name, 'eth0', 'rack1', `192.168.10.1${i}/24`)
    this.route(name, 'default', '192.168.10.1')
    setSysctl(this.kernel, this.ns(name), 'net.bridge.bridge-nf-call-iptables', '1')
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      spec: podCIDR === '' ? {} : { podCIDR, podCIDRs: [podCIDR] },
      status: { capacity: { cpu: '8' }, addresses: [{ type: 'InternalIP', address: `192.168.10.1${i}` }] },
    }
    this.create(node)
    this.api.updateStatus({ ...this.api.peek<Node>(`Node/${name}`)!, status: node.status }, 'kubelet')
    return name
  }

  create(object: ApiObject): void {
    const done = this.api.create(object, 'you')
    if (!done.ok) throw new Error(done.error.message)
  }

  /** PID 1 of a hostNetwork container. */
  start(host: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): number {
    const done = startProcess(this.processes, {
      host,
      netns: this.ns(host),
      argv,
      hostname: host,
      fs: host,
      env,
      container: `${host}/${argv[0]}/${this.sim.now}`,
      init: true,
      daemon: true,
    })
    if (!done.ok) throw new Error(done.error)
    return done.value
  }

  kill(pid: number, signal: Signal): void {
    signalProcess(this.processes, pid, signal)
  }

  exitOf(pid: number): number | null {
    return this.processes.t.process.get(pid)?.exit?.code ?? null
  }

  log(pid: number): string {
    return sessionText(this.processes, pid).both
  }

  /** The log's lines without klog's header. */
  messages(pid: number): string[] {
    return this.log(pid)
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^[IWEF]\d{4} \S+ +\d+ \S+ /, ''))
  }

  run(time: SimTime = 2 * SEC): void {
    this.sim.runUntil(this.sim.now + time)
  }

  /** Lines of iptables-save without chain lines. */
  rules(host: string, table: TableName): string[] {
    return saveTable(readRuleset(this.kernel, this.ns(host)), table).filter((line) => line.startsWith('-A'))
  }

  /** One iptables command of a person at the node. */
  iptables(host: string, command: string): void {
    const done = iptables(
      readRuleset(this.kernel, this.ns(host)),
      splitWords(command).map((word) => word.text),
      ruleWriter(this.kernel, this.ns(host)),
    )
    if (!done.ok) throw new Error(done.error.stderr)
    writeRuleset(this.kernel, this.ns(host), done.value.ruleset, done.value.counters)
  }

  /** Routes of the main table that are no connected ones, as `ip route` prints them. */
  routes(host: string): string[] {
    const { t } = this.kernel
    return t.routeByNetns
      .at(this.ns(host))
      .rows()
      .filter((row) => row.table === 254 && row.proto !== 2 && row.len > 0)
      .map((row) => {
        const via = row.via === 0 ? '' : ` via ${formatIpv4(row.via)}`
        return `${formatCidr({ addr: row.dst, len: row.len })}${via} dev ${t.link.get(row.dev)!.name}${row.onlink ? ' onlink' : ''}`
      })
  }
}
