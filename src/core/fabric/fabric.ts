import type { Cidr } from '../base/cidr.ts'
import { type Mac, isGroupMac } from '../base/mac.ts'
import { SEC, type SimTime, US } from '../base/time.ts'
import { type FrameInFlight, type Kernel, DEV_RECEIVE, WIRE_TRANSMIT } from '../kernel/kernel.ts'
import { frameLength, mtuLength } from '../wire/length.ts'
import type { Index, Table } from '../world/table.ts'

/** One broadcast domain: a learning switch that every machine of the network is plugged into. */
export interface NetworkRow {
  readonly name: string
  readonly cidr: Cidr
  readonly mtu: number
  /** Its number in the trace column `place`. */
  readonly place: number
}

/** The cable between a machine's NIC (link id, the row's key) and a network. */
export interface WireRow {
  readonly link: number
  readonly network: string
  /** One way, ns. */
  readonly delay: SimTime
  /** Bits per second; `null`: no serialisation delay. */
  readonly rate: number | null
  /** Share of frames lost, 0 to 1, in either direction. */
  readonly loss: number
  /** Layer-3 bytes that fit; `null`: no limit. */
  readonly mtu: number | null
  /** When the last frame of this NIC has left it: a frame sent meanwhile waits. */
  readonly busyUntil: SimTime
}

/** A switch's address table: which cable a MAC was last seen on. */
export interface SwitchPortRow {
  readonly network: string
  readonly mac: Mac
  readonly link: number
  readonly seen: SimTime
}

/** A model: a short cable and a store-and-forward switch. */
export const DEFAULT_DELAY: SimTime = 5 * US
const AGEING = 300 * SEC

export interface WireSpec {
  readonly delay?: SimTime
  readonly rate?: number | null
  readonly loss?: number
  readonly mtu?: number | null
}

/** The physical network of a lab: networks (switches) and the wires into them. Routers are Linux machines, see `kernel/`. */
export class Fabric {
  readonly networks: Table<NetworkRow, string>
  readonly wires: Table<WireRow, number>
  readonly wiresByNetwork: Index<WireRow, number>
  readonly ports: Table<SwitchPortRow, string>
  readonly #k: Kernel

  constructor(k: Kernel) {
    this.#k = k
    this.networks = k.world.define<NetworkRow, string>('network')
    this.wires = k.world.define<WireRow, number>('wire')
    this.wiresByNetwork = k.world.index(this.wires, (row) => row.network)
    this.ports = k.world.define<SwitchPortRow, string>('switchPort')
    k.sim.on(WIRE_TRANSMIT, (frame) => this.#transmit(frame))
  }

  addNetwork(name: string, cidr: Cidr, mtu: number): void {
    this.#k.world.put(this.networks, name, { name, cidr, mtu, place: this.#k.world.next('netns') })
  }

  /** Plugs a NIC into a network. */
  plug(link: number, network: string, spec: WireSpec = {}): void {
    const row: WireRow = {
      link,
      network,
      delay: spec.delay ?? DEFAULT_DELAY,
      rate: spec.rate ?? null,
      loss: spec.loss ?? 0,
      mtu: spec.mtu ?? null,
      busyUntil: 0,
    }
    this.#k.world.put(this.wires, link, row)
  }

  /** A frame leaves a NIC: over its wire to the switch, and from there to whom it is for, or to everybody. */
  #transmit(f: FrameInFlight): void {
    const k = this.#k
    const wire = this.wires.get(f.link)
    if (!wire) return this.#lose(f, 0, 'HOPSCOPE_NO_CARRIER')
    const network = this.networks.get(wire.network)!
    const lost = this.#isLost(wire, f)
    if (lost) return this.#lose(f, network.place, lost)
    const departed = this.#serialise(wire, f)
    if (f.frame.l !== 'eth') return this.#lose(f, network.place, 'UNHANDLED_PROTO')
    const { src, dst } = f.frame
    this.#learn(network, src, f.link)
    const known = isGroupMac(dst) ? undefined : this.#find(network, dst)
    const others = this.wiresByNetwork
      .at(network.name)
      .rows()
      .filter((other) => other.link !== f.link)
    const targets = known ? others.filter((other) => other.link === known) : others
    if (targets.length === 0) return this.#lose(f, network.place, 'HOPSCOPE_NO_OTHER_PORT')
    const frame = k.trace.frame(f.frame, f.packet[0]!)
    k.trace.add(k.now, f.packet[0]!, frame, network.place, 0, 'switch', known ? 'forward' : 'flood')
    targets.forEach((target, i) => this.#arrive(f, wire, target, departed, i === targets.length - 1))
  }

  #arrive(f: FrameInFlight, from: WireRow, to: WireRow, departed: SimTime, last: boolean): void {
    const k = this.#k
    const packet = last ? f.packet : [k.trace.packet(f.packet[0]!, 0), ...f.packet.slice(1)]
    const network = this.networks.get(to.network)!
    const lost = this.#isLost(to, f)
    if (lost) return this.#lose({ ...f, packet }, network.place, lost)
    const delay = departed - k.now + from.delay + to.delay
    k.sim.after(delay, DEV_RECEIVE, { ...f, packet, link: to.link, mark: 0, hops: f.hops + 1 })
  }

  /** When the last bit has left the NIC. */
  #serialise(wire: WireRow, f: FrameInFlight): SimTime {
    const { now, world } = this.#k
    if (wire.rate === null) return now
    const start = Math.max(now, wire.busyUntil)
    const end = start + Math.ceil((frameLength(f.frame) * 8 * SEC) / wire.rate)
    world.put(this.wires, wire.link, { ...wire, busyUntil: end })
    return end
  }

  #isLost(wire: WireRow, f: FrameInFlight): 'HOPSCOPE_LINK_LOSS' | 'PKT_TOO_BIG' | null {
    if (wire.mtu !== null && mtuLength(f.frame) > wire.mtu) return 'PKT_TOO_BIG'
    if (wire.loss > 0 && this.#k.world.random(`loss/${wire.link}`) / 4294967296 < wire.loss) return 'HOPSCOPE_LINK_LOSS'
    return null
  }

  #lose(
    f: FrameInFlight,
    place: number,
    why: 'HOPSCOPE_LINK_LOSS' | 'PKT_TOO_BIG' | 'HOPSCOPE_NO_CARRIER' | 'HOPSCOPE_NO_OTHER_PORT' | 'UNHANDLED_PROTO',
  ): void {
    const { trace, now } = this.#k
    trace.add(now, f.packet[0]!, trace.frame(f.frame, f.packet[0]!), place, f.link, 'wire', 'drop', null, why)
  }

  #learn(network: NetworkRow, mac: Mac, link: number): void {
    const key = `${network.name}/${mac}`
    const row = this.ports.get(key)
    const { now, world } = this.#k
    if (row && row.link === link && now - row.seen < SEC) return
    world.put(this.ports, key, { network: network.name, mac, link, seen: now })
  }

  #find(network: NetworkRow, mac: Mac): number | undefined {
    const row = this.ports.get(`${network.name}/${mac}`)
    return row && this.#k.now - row.seen < AGEING ? row.link : undefined
  }
}
