import { cidr } from '../base/cidr.ts'
import { ipv4 } from '../base/ipv4.ts'
import { mac } from '../base/mac.ts'
import { SEC } from '../base/time.ts'
import { Fabric } from '../fabric/fabric.ts'
import { Kernel } from '../kernel/kernel.ts'
import { addAddress } from '../kernel/link/address.ts'
import { addLink, addVeth, setLink } from '../kernel/link/link.ts'
import { createNetns, linkNamed, loopbackUp } from '../kernel/netns/netns.ts'
import { installPath } from '../kernel/path/install.ts'
import { addRoute } from '../kernel/route/fib.ts'
import { setSysctl } from '../kernel/sysctl/sysctl.ts'
import { Sim } from '../sim/sim.ts'
import { Trace } from '../trace/trace.ts'
import { World } from '../world/world.ts'

/** A bare lab for tests: kernels and wires, no cluster; built with the verbs that people use at a shell. */
export class Scene {
  readonly world: World
  readonly trace: Trace
  readonly sim: Sim
  readonly kernel: Kernel
  readonly fabric: Fabric
  readonly ids = new Map<string, number>()

  constructor(seed = 1) {
    this.world = new World(seed)
    this.trace = new Trace(this.world)
    this.sim = new Sim(this.world, this.trace)
    this.kernel = new Kernel(this.world, this.sim, this.trace)
    this.fabric = new Fabric(this.kernel)
    installPath(this.kernel)
  }

  /** A machine's own namespace, loopback up. */
  host(name: string, forwarding = false): number {
    const id = createNetns(this.kernel, name, 'host', `host/${name}`)
    this.ids.set(name, id)
    loopbackUp(this.kernel, id)
    if (forwarding) setSysctl(this.kernel, id, 'net.ipv4.ip_forward', '1')
    return id
  }

  ns(name: string): number {
    return this.ids.get(name)!
  }

  link(ns: string, dev: string): number {
    return linkNamed(this.kernel, this.ns(ns), dev)
  }

  network(name: string, prefix: string, mtu = 1500): void {
    this.fabric.addNetwork(name, cidr(prefix), mtu)
  }

  /** A NIC on a network, up, with an address such as `10.0.0.1/24`. */
  nic(ns: string, dev: string, network: string, address: string, hw?: string): number {
    const added = addLink(this.kernel, this.ns(ns), { name: dev, kind: 'ether', ...(hw ? { mac: mac(hw) } : {}) })
    if (!added.ok) throw new Error(added.error)
    setLink(this.kernel, added.value, { up: true })
    this.fabric.plug(added.value, network)
    this.addr(ns, dev, address)
    return added.value
  }

  veth(a: string, devA: string, macA: string, b: string, devB: string, macB: string, mtu = 1500): void {
    const pair = addVeth(this.kernel, this.ns(a), { name: devA, mac: mac(macA), mtu }, this.ns(b), {
      name: devB,
      mac: mac(macB),
      mtu,
    })
    if (!pair.ok) throw new Error(pair.error)
    for (const id of pair.value) setLink(this.kernel, id, { up: true })
  }

  bridge(ns: string, dev: string, hw: string, mtu = 1500): void {
    const added = addLink(this.kernel, this.ns(ns), { name: dev, kind: 'bridge', mac: mac(hw), mtu })
    if (added.ok) setLink(this.kernel, added.value, { up: true })
  }

  port(ns: string, dev: string, bridge: string, hairpin = false): void {
    setLink(this.kernel, this.link(ns, dev), {
      master: this.link(ns, bridge),
      ...(hairpin ? { port: { hairpin } } : {}),
    })
    if (hairpin) setLink(this.kernel, this.link(ns, dev), { port: { hairpin } })
  }

  addr(ns: string, dev: string, address: string): void {
    addAddress(this.kernel, this.link(ns, dev), cidr(address))
  }

  /** `ip route add PREFIX via GATEWAY` */
  route(ns: string, prefix: string, via: string, dev?: string, onlink = false): void {
    const { addr, len } = cidr(prefix === 'default' ? '0.0.0.0/0' : prefix)
    const added = addRoute(this.kernel, {
      netns: this.ns(ns),
      dst: addr,
      len,
      via: ipv4(via),
      onlink,
      ...(dev ? { dev: this.link(ns, dev) } : {}),
    })
    if (!added.ok) throw new Error(`${ns}: route ${prefix} via ${via}: ${added.error}`)
  }

  /** Sends one echo request; returns its trace id. */
  ping(
    ns: string,
    to: string,
    options: { id?: number; seq?: number; size?: number; df?: boolean; ttl?: number } = {},
  ): number {
    const sent = this.kernel.send({
      netns: this.ns(ns),
      src: 0,
      dst: ipv4(to),
      proto: 1,
      payload: {
        l: 'icmp',
        type: 8,
        code: 0,
        rest: (((options.id ?? 7) << 16) | (options.seq ?? 1)) >>> 0,
        payload: { l: 'data', data: 'x'.repeat(options.size ?? 56) },
      },
      df: options.df ?? true,
      ttl: options.ttl ?? 64,
      origin: 0,
    })
    if (!sent.ok) throw new Error(sent.error.errno)
    return sent.value.packet
  }

  settle(limit = 60 * SEC): void {
    this.sim.runUntilSettled(this.sim.now + limit)
  }
}
