import { type Ipv4, formatIpv4 } from '../base/ipv4.ts'
import { SEC, type SimTime } from '../base/time.ts'
import type { ClusterReader } from '../agents/contracts/cluster-reader.ts'
import { corednsProgram } from '../agents/coredns/index.ts'
import { serverPrograms } from '../agents/nginx/index.ts'
import { toolboxPrograms } from '../agents/toolbox/index.ts'
import { Files } from '../kernel/files/files.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ExternalCommands, ProcessLayer } from '../kernel/process/layer.ts'
import { startProcess } from '../kernel/process/lifecycle.ts'
import { createProcessLayer, sessionText } from '../kernel/process/process.ts'
import type { SocketStack } from '../kernel/socket/stack.ts'

export const NO_CLUSTER: ClusterReader = {
  services: () => [],
  endpointSlices: () => [],
  pods: () => [],
  namespaces: () => [],
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly both: string
  /** `null`: still running at the end of the wait. */
  readonly code: number | null
  readonly took: SimTime
}

/** Processes on the namespaces of a scene or fake LAN: for tests of programs. */
export class Machines {
  readonly layer: ProcessLayer
  readonly kernel: Kernel

  constructor(kernel: Kernel, sockets: SocketStack, reader: ClusterReader = NO_CLUSTER, external?: ExternalCommands) {
    this.kernel = kernel
    const programs = [...serverPrograms, ...toolboxPrograms, corednsProgram(reader)]
    this.layer = createProcessLayer(kernel, sockets, new Files(kernel.world), programs, external)
  }

  /** Starts a daemon and lets it come up. */
  serve(netns: number, argv: readonly string[], files: Readonly<Record<string, string>> = {}): number {
    const fs = `daemon${netns}-${argv[0]}`
    for (const path of Object.keys(files)) this.layer.files.write(fs, path, files[path]!)
    const options = { host: `h${netns}`, netns, argv, hostname: `host${netns}`, fs, daemon: true }
    const started = startProcess(this.layer, options)
    if (!started.ok) throw new Error(started.error)
    this.kernel.sim.runUntil(this.kernel.now + SEC / 10)
    return started.value
  }

  /** Runs a command line in `sh` to its end. */
  run(netns: number, line: string, limit: SimTime = 600 * SEC): Outcome {
    return this.exec(netns, ['sh', '-c', line], limit)
  }

  exec(netns: number, argv: readonly string[], limit: SimTime = 600 * SEC): Outcome {
    const { kernel, layer } = this
    const began = kernel.now
    const options = { host: `h${netns}`, netns, argv, hostname: `host${netns}`, fs: `fs${netns}` }
    const started = startProcess(layer, options)
    if (!started.ok) return { stdout: '', stderr: started.error, both: '', code: 127, took: 0 }
    const pid = started.value
    for (let n = 0; n < 500_000; n++) {
      const next = kernel.sim.peek()
      if (layer.t.process.get(pid)?.exit || !next || next.at > began + limit) break
      kernel.sim.step()
    }
    const exit = layer.t.process.get(pid)?.exit
    return { ...sessionText(layer, pid), code: exit?.code ?? null, took: (exit?.at ?? kernel.now) - began }
  }

  /** resolv.conf and hosts of the file system that `run` uses. */
  resolver(netns: number, nameserver: Ipv4, search: readonly string[] = [], hosts = ''): void {
    const lines = [
      ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
      `nameserver ${formatIpv4(nameserver)}`,
      'options ndots:5',
    ]
    this.layer.files.write(`fs${netns}`, '/etc/resolv.conf', `${lines.join('\n')}\n`)
    this.layer.files.write(`fs${netns}`, '/etc/hosts', hosts)
  }
}
