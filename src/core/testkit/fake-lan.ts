import type { Ipv4 } from '../base/ipv4.ts'
import { err, ok } from '../base/result.ts'
import { MS, type SimTime, US } from '../base/time.ts'
import { Kernel, type SendRequest } from '../kernel/kernel.ts'
import type { SocketRoutes } from '../kernel/socket/routes.ts'
import { createSocketLayer } from '../kernel/socket/socket.ts'
import type { SocketStack } from '../kernel/socket/stack.ts'
import { type EventKind, Sim, eventKind } from '../sim/sim.ts'
import { Trace } from '../trace/trace.ts'
import { ipLength } from '../wire/length.ts'
import type { Ipv4Packet } from '../wire/types.ts'
import { World } from '../world/world.ts'

/** How the only wire of a fake LAN treats packets. Probabilities are in percent. */
export interface LanConfig {
  readonly delay?: SimTime
  readonly jitter?: SimTime
  readonly loss?: number
  readonly duplicate?: number
  readonly mtu?: number
  readonly seed?: number
  /** MTU of the path beyond the first hop: larger packets come back as ICMP "fragmentation needed". */
  readonly pathMtu?: number
}

export interface SentPacket {
  readonly at: SimTime
  readonly ip: Ipv4Packet
}

interface Arriving {
  readonly netns: number
  readonly packet: number
  readonly ip: Ipv4Packet
}
const ARRIVE: EventKind<Arriving> = eventKind('fake-lan.arrive')
const REFUSE: EventKind<Arriving> = eventKind('fake-lan.refuse')

export interface FakeLan {
  readonly kernel: Kernel
  readonly sim: Sim
  readonly world: World
  readonly trace: Trace
  readonly stack: SocketStack
  readonly sent: SentPacket[]
  /** Packets for which it answers false vanish. */
  filter: (ip: Ipv4Packet) => boolean
}

/** Namespaces 1, 2, … with one address each and a lossy wire between them, in place of the packet path: for tests of sockets and programs. */
export function fakeLan(addresses: readonly Ipv4[], config: LanConfig = {}): FakeLan {
  const world = new World(config.seed ?? 1)
  const trace = new Trace(world)
  const sim = new Sim(world, trace)
  const kernel = new Kernel(world, sim, trace)
  const mtu = config.mtu ?? 1500
  const netnsOf = (addr: Ipv4, from: number): number => (addr >>> 24 === 127 ? from : addresses.indexOf(addr) + 1)
  let pathMtu = 65536
  const routes: SocketRoutes = {
    output(netns, dst, src) {
      if (dst >>> 24 === 203) return err('ENETUNREACH')
      const loop = dst >>> 24 === 127
      return ok({
        src: src || (loop ? dst : addresses[netns - 1]!),
        mtu: loop ? 65536 : Math.min(mtu, pathMtu),
        dev: 0,
      })
    },
    isLocal: (netns, addr) => addr >>> 24 === 127 || addresses[netns - 1] === addr,
  }
  const stack = createSocketLayer(kernel, routes)
  const lan: FakeLan = { kernel, sim, world, trace, stack, sent: [], filter: () => true }
  kernel.send = (r: SendRequest) => {
    const ip = datagram(r, r.src || addresses[r.netns - 1]!)
    const limit = r.dst >>> 24 === 127 ? 65536 : Math.min(mtu, pathMtu)
    if (r.df && ipLength(ip) > limit) return err({ errno: 'EMSGSIZE', mtu: limit })
    const packet = trace.packet(0, r.origin)
    trace.add(sim.now, packet, trace.frame(ip, packet), r.netns, 0, 'socket.send', 'send', r.detail ?? null)
    lan.sent.push({ at: sim.now, ip })
    const netns = netnsOf(r.dst, r.netns)
    if (config.pathMtu !== undefined && ipLength(ip) > config.pathMtu) {
      sim.after(config.delay ?? 100 * US, REFUSE, { netns: r.netns, packet, ip })
      return ok({ packet })
    }
    if (netns === 0 || !lan.filter(ip) || world.randomBelow('lan', 100) < (config.loss ?? 0)) return ok({ packet })
    const copies = world.randomBelow('lan', 100) < (config.duplicate ?? 0) ? 2 : 1
    for (let i = 0; i < copies; i++) {
      const jitter = config.jitter ? world.randomBelow('lan', config.jitter) : 0
      sim.after((config.delay ?? 100 * US) + jitter, ARRIVE, { netns, packet, ip })
    }
    return ok({ packet })
  }
  sim.on(ARRIVE, ({ netns, packet, ip }) => arrive(lan, netns, packet, ip))
  sim.on(REFUSE, ({ netns, packet, ip }) => {
    pathMtu = config.pathMtu ?? pathMtu
    kernel.sockets.error({ netns, link: 0, packet, from: 1, type: 3, code: 4, mtu: pathMtu, quoted: ip })
  })
  return lan
}

function datagram(r: SendRequest, src: Ipv4): Ipv4Packet {
  const { dst, proto, payload } = r
  const fixed = { l: 'ipv4', id: 0, mf: false, frag: 0, tos: r.tos ?? 0 } as const
  return { ...fixed, src, dst, proto, payload, ttl: r.ttl ?? 64, df: Boolean(r.df) }
}

/** Local delivery; echo requests are answered and closed UDP ports refused, as the packet path does. */
function arrive(lan: FakeLan, netns: number, packet: number, ip: Ipv4Packet): void {
  const { kernel } = lan
  const d = { netns, packet, ip, link: 0, broadcast: false, socket: 0 }
  if (ip.payload.l === 'tcp') kernel.sockets.tcp(d)
  else if (ip.payload.l === 'udp') {
    if (kernel.sockets.udp(d)) return
    const sender = netnsOfSource(lan, ip)
    kernel.sockets.error({ netns: sender, link: 0, packet, from: ip.dst, type: 3, code: 3, mtu: 0, quoted: ip })
  } else if (ip.payload.l === 'icmp') {
    if (ip.payload.type !== 8) kernel.sockets.icmp(d)
    else kernel.send({ netns, src: ip.dst, dst: ip.src, proto: 1, payload: { ...ip.payload, type: 0 }, origin: packet })
  }
}

const netnsOfSource = (lan: FakeLan, ip: Ipv4Packet): number =>
  lan.stack.t.socket.rows().find((s) => s.laddr === ip.src || s.laddr === 0)?.netns ?? 1

export const SECOND = 1000 * MS
