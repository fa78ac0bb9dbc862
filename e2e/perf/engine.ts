/**
 * How many device receptions a second the packet path makes, full trace on, on the two topologies that ns-3 was measured on:
 * a LAN of 8+8 hosts over two learning bridges and a router (echo), and a chain of 10 routers (one way, 64 bytes).
 */
import { performance } from 'node:perf_hooks'
import { ipv4 } from '../../src/core/base/ipv4.ts'
import { Scene } from '../../src/core/testkit/scene.ts'
import { BYTES_PER_RECORD } from '../../src/core/trace/columns.ts'
import { BYTES_PER_STATE } from '../../src/core/trace/states.ts'
import { POINT_CODE } from '../../src/core/trace/vocabulary.ts'

const hex = (n: number): string => n.toString(16).padStart(2, '0')

const PAYLOAD = { l: 'data', data: 'x'.repeat(64) } as const

/** One UDP datagram of 64 payload bytes; nobody listens, or the receiver echoes it. */
function datagram(s: Scene, netns: number, dst: number, sport: number): void {
  s.kernel.send({ netns, src: 0, dst, proto: 17, payload: { l: 'udp', sport, dport: 7, payload: PAYLOAD }, origin: 0 })
}

function echoEverywhere(s: Scene): void {
  s.kernel.sockets = {
    ...s.kernel.sockets,
    udp: (d) => {
      const udp = d.ip.payload
      if (udp.l === 'udp' && udp.dport === 7) {
        const payload = { l: 'udp', sport: 7, dport: udp.sport, payload: udp.payload } as const
        s.kernel.send({ netns: d.netns, src: 0, dst: d.ip.src, proto: 17, payload, origin: d.packet })
      }
      return true
    },
  }
}

function lan(): { scene: Scene; burst: () => void } {
  const s = new Scene()
  s.world.keepHistory = false
  s.host('r', true)
  for (const side of [0, 1]) {
    s.host(`sw${side}`)
    s.bridge(`sw${side}`, 'br0', `02:00:00:00:f${side}:00`)
    s.veth('r', `eth${side}`, `02:00:00:00:e${side}:01`, `sw${side}`, 'up', `02:00:00:00:e${side}:02`)
    s.port(`sw${side}`, 'up', 'br0')
    s.addr('r', `eth${side}`, `10.0.${side}.254/24`)
    for (let i = 1; i <= 8; i++) {
      const h = `h${side}-${i}`
      s.host(h)
      s.veth(h, 'eth0', `02:00:00:00:0${side}:${hex(i)}`, `sw${side}`, `p${i}`, `02:00:00:00:1${side}:${hex(i)}`)
      s.port(`sw${side}`, `p${i}`, 'br0')
      s.addr(h, 'eth0', `10.0.${side}.${i}/24`)
      s.route(h, 'default', `10.0.${side}.254`)
    }
  }
  echoEverywhere(s)
  const pairs = Array.from({ length: 8 }, (_, i) => ({ from: s.ns(`h0-${i + 1}`), to: ipv4(`10.0.1.${i + 1}`) }))
  return {
    scene: s,
    burst: () => {
      pairs.forEach(({ from, to }, i) => datagram(s, from, to, 40001 + i))
      s.settle()
    },
  }
}

function chain(): { scene: Scene; burst: () => void } {
  const s = new Scene()
  s.world.keepHistory = false
  const names = ['a', ...Array.from({ length: 10 }, (_, i) => `r${i + 1}`), 'b']
  for (const name of names) s.host(name, name.startsWith('r'))
  for (let i = 0; i + 1 < names.length; i++) {
    s.veth(names[i]!, 'right', `02:00:00:00:${hex(i)}:01`, names[i + 1]!, 'left', `02:00:00:00:${hex(i)}:02`)
    s.addr(names[i]!, 'right', `10.1.${i}.1/24`)
    s.addr(names[i + 1]!, 'left', `10.1.${i}.2/24`)
  }
  for (let i = 0; i + 1 < names.length; i++) s.route(names[i]!, 'default', `10.1.${i}.2`)
  for (let i = 2; i < names.length; i++) s.route(names[i]!, '10.1.0.0/24', `10.1.${i - 1}.1`)
  s.kernel.sockets = { ...s.kernel.sockets, udp: () => true }
  const [from, to] = [s.ns('a'), ipv4(`10.1.${names.length - 2}.2`)]
  return {
    scene: s,
    burst: () => {
      for (let i = 0; i < 8; i++) datagram(s, from, to, 40000 + i)
      s.settle()
    },
  }
}

const WARM_UP = 3000
const SLICE = 1500
const SLICES = 8

/**
 * The machine is rarely ours alone, and what others take from it only ever slows us down: the figure is that of the best slice, and
 * the median stands beside it.
 */
function measure(name: string, make: () => { scene: Scene; burst: () => void }): void {
  const { scene, burst } = make()
  for (let i = 0; i < WARM_UP; i++) burst()
  const slices = Array.from({ length: SLICES }, () => slice(scene, burst)).sort((a, b) => b.rate - a.rate)
  const { records, bytes } = slices[0]!
  const rate = (i: number): string => `${(slices[i]!.rate / 1e6).toFixed(2)} M`
  console.log(
    `${name}: ${rate(0)} device receptions/s (median ${rate(SLICES >> 1)}), ${records.toFixed(1)} records each, ` +
      `${bytes.toFixed(0)} bytes a record in columns`,
  )
}

function slice(scene: Scene, burst: () => void): { rate: number; records: number; bytes: number } {
  const { trace } = scene
  trace.truncate(0)
  const states = trace.states.length
  const begin = performance.now()
  for (let i = 0; i < SLICE; i++) burst()
  const seconds = (performance.now() - begin) / 1000
  const received = POINT_CODE.get('dev.recv')!
  const { point } = trace.columns
  let receptions = 0
  for (let i = 0; i < trace.length; i++) if (point[i] === received) receptions++
  const bytes = BYTES_PER_RECORD + (BYTES_PER_STATE * (trace.states.length - states)) / trace.length
  return { rate: receptions / seconds, records: trace.length / receptions, bytes }
}

measure('LAN 8+8', lan)
measure('chain of 10 routers', chain)
