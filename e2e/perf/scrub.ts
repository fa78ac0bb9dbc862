/**
 * How long the tables take to show another moment of a trace of 100,000 steps: one step forward, one step back, a jump anywhere. The
 * scene is the two nodes of flannel with kube-proxy's rules; the traffic pings and connections to a ClusterIP, journal on.
 */
import { performance } from 'node:perf_hooks'
import { restore } from '../../src/core/kernel/netfilter/store.ts'
import { flannelScene } from '../../src/core/testkit/flannel-scene.ts'
import type { Scene } from '../../src/core/testkit/scene.ts'
import { SERVICE_RULES } from '../../src/core/testkit/service-rules.ts'
import { installTinyTcp, openTinyTcp } from '../../src/core/testkit/tiny-tcp.ts'

const STEPS = 100_000
const SAMPLES = 2000
const FRAME = 16

function longTrace(): Scene {
  const s = flannelScene()
  for (const node of ['n1', 'n2']) {
    const restored = restore(s.kernel, s.ns(node), SERVICE_RULES)
    if (!restored.ok) throw new Error(`the rules of ${node} do not load`)
  }
  installTinyTcp(s.kernel, 8080)
  for (let i = 0; s.trace.length < STEPS; i++) {
    s.ping('p1a', i % 2 ? '10.244.1.3' : '10.244.2.2', { id: 1 + (i % 60_000) })
    openTinyTcp(s.kernel, s.ns('p1b'), '10.96.0.10', 80, 1024 + (i % 60_000))
    s.settle()
  }
  return s
}

/** Shows the moment of a record, and reads what a page would: the packet and a table or two. */
function show(s: Scene, record: number): number {
  s.sim.seek(s.trace.columns.journal[record]!)
  const frame = s.trace.frameAt(record)
  const { conntrack, neigh } = s.kernel.t
  return (frame ? 1 : 0) + conntrack.rows().length + neigh.rows().length
}

/** Milliseconds of each of `SAMPLES` moves, sorted; `record` tells where the n-th goes. */
function time(s: Scene, record: (n: number) => number): number[] {
  const times: number[] = []
  for (let n = 0; n < SAMPLES; n++) {
    const target = record(n)
    const begin = performance.now()
    show(s, target)
    times.push(performance.now() - begin)
  }
  return times.sort((a, b) => a - b)
}

function report(name: string, times: readonly number[]): void {
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))]!
  const text = [0.5, 0.95, 1].map((share) => at(share).toFixed(3).padStart(8)).join('')
  console.log(`${name.padEnd(14)}${text}  ms (p50, p95, max)`)
  if (at(0.95) > FRAME) {
    console.error(`${name}: p95 is above ${FRAME} ms`)
    process.exitCode = 1
  }
}

const s = longTrace()
const { length } = s.trace
console.log(`${length} steps, ${s.world.journal.length} row changes, ${s.sim.marks.length} events`)
const start = (length >> 1) - SAMPLES
show(s, 0)
let seed = 1
const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
report(
  'scrub',
  time(s, () => Math.floor(random() * length)),
)
show(s, start)
report(
  'step forward',
  time(s, (n) => start + 1 + n),
)
report(
  'step back',
  time(s, (n) => start + SAMPLES - n),
)
