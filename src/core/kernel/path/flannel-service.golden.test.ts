import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SEC } from '../../base/time.ts'
import { flannelScene } from '../../testkit/flannel-scene.ts'
import type { Scene } from '../../testkit/scene.ts'
import { SERVICE_RULES } from '../../testkit/service-rules.ts'
import { sightings } from '../../testkit/sightings.ts'
import { installTinyTcp, openTinyTcp } from '../../testkit/tiny-tcp.ts'
import { restore } from '../netfilter/store.ts'
import { setSysctl } from '../sysctl/sysctl.ts'

/** Lines by device and direction, in order; a masquerade port drawn at random is called by its order of appearance. */
function byDevice(lines: readonly string[]): Map<string, string[]> {
  const devices = new Map<string, string[]>()
  const drawn = new Map<string, string>()
  for (const line of lines) {
    const [place, direction, ...rest] = line.split(' ')
    const text = rest
      .join(' ')
      .replaceAll(/tcp (\d+) > (\d+)/g, (_, a: string, b: string) => `tcp ${port(a, drawn)} > ${port(b, drawn)}`)
    const key = `${place} ${direction}`
    devices.set(key, [...(devices.get(key) ?? []), text])
  }
  return devices
}

function port(text: string, drawn: Map<string, string>): string {
  if (['80', '8080', '40001', '40002', '40003'].includes(text)) return text
  if (!drawn.has(text)) drawn.set(text, `drawn${drawn.size}`)
  return drawn.get(text)!
}

const fixture = (name: string): string[] =>
  readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')

function scene(bridgeNf: boolean): Scene {
  const s = flannelScene(bridgeNf)
  for (const n of ['n1', 'n2']) expect(restore(s.kernel, s.ns(n), SERVICE_RULES).ok).toBe(true)
  installTinyTcp(s.kernel, 8080)
  return s
}

const seen = (s: Scene): Map<string, string[]> =>
  byDevice(sightings(s.kernel, (netns) => s.kernel.t.netns.get(netns)!.host))

// The fixtures are our own captures of every device on Linux 6.18: two nodes in network namespaces, flannel's static entries, kube-proxy's
// rules with `statistic nth`.
it('sends requests to a ClusterIP as Linux does, frame by frame: local endpoint, remote over VXLAN, hairpin', () => {
  const s = scene(true)
  for (const [pod, sport] of [
    ['p1a', 40001],
    ['p1a', 40002],
    ['p1b', 40003],
  ] as const) {
    openTinyTcp(s.kernel, s.ns(pod), '10.96.0.10', 80, sport)
    s.settle()
  }
  expect(seen(s)).toEqual(byDevice(fixture('flannel-service')))
})

it('loses same-node replies without br_netfilter, as Linux does: the SYN-ACK comes from the wrong address', () => {
  const s = scene(false)
  setSysctl(s.kernel, s.ns('n2'), 'net.bridge.bridge-nf-call-iptables', '1')
  for (let attempt = 0; attempt < 4; attempt++) {
    openTinyTcp(s.kernel, s.ns('p1a'), '10.96.0.10', 80, 40001)
    s.settle()
    s.sim.runUntil(s.sim.now + SEC)
  }
  openTinyTcp(s.kernel, s.ns('p1a'), '10.96.0.10', 80, 40002)
  s.settle()
  expect(seen(s)).toEqual(byDevice(fixture('flannel-service-no-bridge-nf')))
})
