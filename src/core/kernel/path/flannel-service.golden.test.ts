import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { flannelScene } from '../../testkit/flannel-scene.ts'
import { SERVICE_RULES } from '../../testkit/service-rules.ts'
import { sightings } from '../../testkit/sightings.ts'
import { installTinyTcp, openTinyTcp } from '../../testkit/tiny-tcp.ts'
import { restore } from '../netfilter/store.ts'

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

// The fixture is our own capture of every device on Linux 6.18: two nodes in network namespaces, flannel's static entries, kube-proxy's
// rules with `statistic nth`; three requests to a ClusterIP: local endpoint over the bridge, remote over VXLAN, hairpin to itself.
it('sends a request to a ClusterIP over bridge, VXLAN and hairpin as Linux does, frame by frame', () => {
  const s = flannelScene()
  for (const n of ['n1', 'n2']) expect(restore(s.kernel, s.ns(n), SERVICE_RULES).ok).toBe(true)
  installTinyTcp(s.kernel, 8080)
  for (const [pod, sport] of [
    ['p1a', 40001],
    ['p1a', 40002],
    ['p1b', 40003],
  ] as const) {
    openTinyTcp(s.kernel, s.ns(pod), '10.96.0.10', 80, sport)
    s.settle()
  }
  const name = (netns: number): string => s.kernel.t.netns.get(netns)!.host
  const real = readFileSync(new URL('fixtures/flannel-service.txt', import.meta.url), 'utf8').trimEnd().split('\n')
  expect(byDevice(sightings(s.kernel, name))).toEqual(byDevice(real))
})
