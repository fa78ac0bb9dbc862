import type { Node, Pod } from '../../api/kinds/types.ts'
import type { ApiServer } from '../../api/store/store.ts'
import { isPodTerminal } from '../contracts/pod-status.ts'
import {
  NO_RESOURCES,
  type Resources,
  addResources,
  nonZeroRequestsOf,
  parseResources,
  requestsOf,
} from './resources.ts'

/** A node and what is on it, as the filters see it. */
export interface NodeInfo {
  readonly node: Node
  /** Pods that take up room: all but those that have ended. */
  readonly pods: readonly Pod[]
  /** Those of them that refuse company: most nodes have none, and are passed over quickly. */
  readonly antiAffine: readonly Pod[]
  readonly allocatable: Resources
  readonly requested: Resources
  readonly nonZeroRequested: Resources
  /** `0.0.0.0/TCP/8472`. */
  readonly hostPorts: readonly string[]
}

interface Derived {
  readonly version: number
  readonly rest: Omit<NodeInfo, 'node' | 'allocatable'>
}

/** Sums per node, derived from the store and remembered while its pods do not change. */
export class NodeInfos {
  readonly #api: ApiServer
  readonly #derived = new Map<string, Derived>()

  constructor(api: ApiServer) {
    this.#api = api
  }

  /** All nodes in order of names; nodes on their way out are left out. */
  all(): readonly NodeInfo[] {
    return this.#api.ofKind<Node>('Node').map((node) => this.of(node))
  }

  of(node: Node): NodeInfo {
    return { node, allocatable: parseResources(node.status?.allocatable), ...this.#rest(node.metadata.name) }
  }

  #rest(name: string): Derived['rest'] {
    const { version } = this.#api.tables.podsByNode.at(name)
    const known = this.#derived.get(name)
    if (known?.version === version) return known.rest
    const rest = sumUp(this.#api.podsOnNode(name))
    this.#derived.set(name, { version, rest })
    return rest
  }
}

function sumUp(all: readonly Pod[]): Derived['rest'] {
  const pods = all.filter((pod) => !isPodTerminal(pod))
  return {
    pods,
    antiAffine: pods.filter((pod) => pod.spec.affinity?.podAntiAffinity !== undefined),
    requested: pods.map(requestsOf).reduce(addResources, NO_RESOURCES),
    nonZeroRequested: pods.map(nonZeroRequestsOf).reduce(addResources, NO_RESOURCES),
    hostPorts: pods.flatMap(hostPortsOf),
  }
}

export function hostPortsOf(pod: Pod): readonly string[] {
  const ports: string[] = []
  for (const container of pod.spec.containers) {
    for (const port of container.ports ?? []) {
      if (port.hostPort) ports.push(`${port.hostIP || '0.0.0.0'}/${port.protocol ?? 'TCP'}/${port.hostPort}`)
    }
  }
  return ports
}

/** The same port on the same address, where 0.0.0.0 is every address. */
export function portsConflict(a: string, b: string): boolean {
  const [ipA, ...restA] = a.split('/')
  const [ipB, ...restB] = b.split('/')
  return restA.join('/') === restB.join('/') && (ipA === ipB || ipA === '0.0.0.0' || ipB === '0.0.0.0')
}
