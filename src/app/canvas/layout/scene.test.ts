import { describe, expect, it } from 'vitest'
import type { HostView, TopologyView } from '../../../worker/protocol.ts'
import { topology } from '../../testing/fixture-lab.ts'
import { LayoutMemory } from './memory.ts'
import { inRow, layout } from './scene.ts'

const arrange = (view: TopologyView, memory = new LayoutMemory()) => layout(view, memory, {})
const withHosts = (change: (host: HostView) => HostView): TopologyView => ({
  ...topology,
  hosts: topology.hosts.map(change),
})
const without = (pod: string): TopologyView =>
  withHosts((host) => ({ ...host, netns: host.netns.filter((netns) => netns.pod?.name !== pod) }))

describe('layout', () => {
  it('puts the application up and the wire down', () => {
    const { hosts, rails } = arrange(topology)
    for (const { rect, pods, bars, band, mouths, nics } of hosts) {
      for (const pod of pods) expect(pod.rect.y + pod.rect.h).toBeLessThan(bars[0]!.rect.y)
      for (const bar of bars) expect(bar.rect.y + bar.rect.h).toBeLessThan(band.y)
      for (const mouth of mouths) expect(mouth.rect.y).toBeGreaterThan(band.y + band.h)
      for (const nic of nics) expect(nic.rect.y + nic.rect.h).toBe(rect.y + rect.h)
      expect(rails[0]!.y).toBeGreaterThan(rect.y + rect.h)
    }
  })

  it('lays no two hosts over each other, and keeps pods inside', () => {
    const { hosts } = arrange(topology)
    for (const [i, { rect, pods }] of hosts.entries()) {
      for (const other of hosts.slice(i + 1)) expect(rect.x + rect.w).toBeLessThan(other.rect.x)
      for (const pod of pods) {
        expect(pod.rect.x).toBeGreaterThan(rect.x)
        expect(pod.rect.x + pod.rect.w).toBeLessThan(rect.x + rect.w)
        expect(pod.rect.y).toBeGreaterThan(rect.y)
      }
    }
  })

  it('moves nothing when a pod goes, and gives its slot to the next', () => {
    const memory = new LayoutMemory()
    const before = arrange(topology, memory)
    const gone = arrange(without('web-6d4b75cb6d-x7k2p'), memory)
    const at = (scene: typeof before, name: string) =>
      scene.hosts.flatMap((host) => host.pods).find(({ pod }) => pod?.name === name)?.rect
    expect(at(gone, 'client')).toEqual(at(before, 'client'))
    expect(gone.hosts.map(({ rect }) => rect)).toEqual(before.hosts.map(({ rect }) => rect))
    const renamed = withHosts((host) => ({
      ...host,
      netns: host.netns.map((netns) =>
        netns.pod?.name === 'web-6d4b75cb6d-x7k2p'
          ? { ...netns, pod: { ...netns.pod, name: 'new', ref: 'Pod/default/new' } }
          : netns,
      ),
    }))
    expect(at(arrange(renamed, memory), 'new')).toEqual(at(before, 'web-6d4b75cb6d-x7k2p'))
  })

  it('lets the positions of the document win, by the lower edge', () => {
    const { hosts } = layout(topology, new LayoutMemory(), { 'node/node1': { x: 500, y: 40 } })
    const { rect } = hosts.find(({ host }) => host.name === 'node1')!
    expect([rect.x, rect.y + rect.h]).toEqual([500, 40])
  })

  it('gives every device and namespace a site', () => {
    const scene = arrange(topology)
    for (const host of topology.hosts)
      for (const netns of host.netns) {
        expect(scene.places.has(netns.id)).toBe(true)
        for (const { id } of netns.devices) expect(scene.devices.has(id)).toBe(true)
      }
  })

  it('lays a crowd out in rows, each wire beside the hosts below it', () => {
    const crowd = Array.from({ length: 20 }, (_, i) =>
      topology.hosts.slice(0, 1).map((host) => ({
        ...host,
        id: `node/n${i}`,
        netns: host.netns.map((netns) => ({
          ...netns,
          id: 1000 * (i + 1) + netns.id,
          devices: netns.devices.map((device) => ({ ...device, id: 1000 * (i + 1) + device.id })),
        })),
      })),
    ).flat()
    const { hosts, rails, bounds } = arrange({ ...topology, hosts: crowd })
    expect(new Set(hosts.map(({ rect }) => rect.y + rect.h)).size).toBe(3)
    expect(bounds.w / bounds.h).toBeLessThan(4)
    for (const [i, { rect, nics }] of hosts.entries()) {
      for (const { foot } of nics) {
        const below = hosts.filter((other) => other.rect.y > rect.y)
        expect(below.some((other) => foot > other.rect.x && foot < other.rect.x + other.rect.w)).toBe(false)
        expect(foot).toBeGreaterThan(rails[0]!.from)
      }
      for (const other of hosts.slice(i + 1))
        expect(rect.x + rect.w < other.rect.x || other.rect.x + other.rect.w < rect.x || rect.y + rect.h < other.rect.y || other.rect.y + other.rect.h < rect.y).toBe(true) // prettier-ignore
    }
  })

  it('puts a router between its networks, and rails that overlap under each other', () => {
    const plug = (host: HostView, ...networks: string[]): HostView => ({
      ...host,
      netns: [
        {
          id: host.netns[0]!.id,
          kind: 'host',
          name: 'host',
          pod: null,
          devices: networks.map((network, i) => ({
            ...host.netns[0]!.devices[1]!,
            id: host.netns[0]!.id * 100 + i,
            network,
          })),
        },
      ],
    })
    const [a, b, c, r] = topology.hosts as [HostView, HostView, HostView, HostView]
    const view: TopologyView = {
      ...topology,
      networks: ['n1', 'n2'].map((name) => ({ id: `network/${name}`, name, cidr: '', mtu: 1500 })),
      hosts: [
        plug({ ...r, id: 'router/r', role: 'router' }, 'network/n1', 'network/n2'),
        plug(c, 'network/n2'),
        plug(a, 'network/n1'),
        plug(b, 'network/n1'),
      ],
    }
    expect(inRow(view).map(({ id }) => id)).toEqual([a.id, b.id, 'router/r', c.id])
    const { rails } = arrange(view)
    for (const [i, rail] of rails.entries())
      for (const other of rails.slice(i + 1))
        expect(rail.y !== other.y || rail.to < other.from || other.to < rail.from).toBe(true)
  })
})
