import { describe, expect, it } from 'vitest'
import type { DeviceKind, DeviceView, HostView, NetnsView, TopologyView } from '../../../worker/protocol.ts'
import { topology } from '../../testing/fixture-lab.ts'
import type { Rect } from './geometry.ts'
import { LayoutMemory } from './memory.ts'
import { layout } from './scene.ts'

let lastId = 9000
const device = (kind: DeviceKind, part: Partial<DeviceView> = {}): DeviceView => ({
  ...{ id: ++lastId, name: kind, kind, mac: '', mtu: 1500, up: true, addresses: [], peer: 0, master: 0, underlay: 0 },
  ...{ network: null, note: '' },
  ...part,
})
const nic = device('ether', { name: 'eth0', network: topology.networks[0]!.id })
const named = (name: string, ...devices: DeviceView[]): NetnsView => ({ id: ++lastId, kind: 'named', name, pod: null, devices }) // prettier-ignore
const machine = (own: readonly DeviceView[], ...boxes: NetnsView[]): TopologyView => {
  const host: HostView = {
    ...topology.hosts[0]!,
    hostPods: [],
    netns: [{ id: ++lastId, kind: 'host', name: 'host', pod: null, devices: [nic, ...own] }, ...boxes],
  }
  return { ...topology, hosts: [host] }
}
const arrange = (view: TopologyView, memory = new LayoutMemory()) => layout(view, memory, {})
const overlap = (a: Rect, b: Rect): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

describe('devices of a machine', () => {
  const KINDS: readonly [DeviceKind, string][] = [
    ['bridge', 'bridge'],
    ['dummy', 'shelf'],
    ['tun', 'shelf'],
    ['vlan', 'tab'],
    ['macvlan', 'tab'],
    ['ipvlan', 'tab'],
    ['vxlan', 'mouth'],
    ['geneve', 'mouth'],
    ['ipip', 'mouth'],
    ['gre', 'mouth'],
    ['gretap', 'mouth'],
    ['wireguard', 'mouth'],
  ]
  const own = KINDS.map(([kind]) => device(kind, { underlay: nic.id }))

  it('stand where they lead: above the kernel, or below it to the wire', () => {
    const scene = arrange(machine(own))
    const [{ band }] = scene.hosts as [(typeof scene.hosts)[number]]
    for (const [i, [kind, zone]] of KINDS.entries()) {
      const site = scene.devices.get(own[i]!.id)!
      expect(site.zone, kind).toBe(zone)
      expect(site.at.y < band.y, kind).toBe(zone === 'bridge' || zone === 'shelf')
    }
  })

  it('lie over nothing, inside of their machine, the more there are', () => {
    for (const [w, boxes] of [
      [0, []],
      [1, [named('a'), named('b'), named('c'), named('d')]],
    ] as const) {
      // prettier-ignore
      const { hosts } = arrange(machine([...own, ...KINDS.map(([kind]) => device(kind))], ...boxes))
      const [{ rect, bars, shelf, band, mouths, tabs, nics, pods }] = hosts as [(typeof hosts)[number]]
      const all = [...bars, ...shelf, ...mouths, ...tabs, ...nics, ...pods, { rect: band }].map((one) => one.rect)
      for (const [i, one] of all.entries()) {
        expect(one.x >= rect.x && one.x + one.w <= rect.x + rect.w && one.y > rect.y, `${w} ${i}`).toBe(true)
        for (const other of all.slice(i + 1)) expect(overlap(one, other)).toBe(false)
      }
    }
  })

  it('keep their room when they go, and fallback devices that are down need none', () => {
    const memory = new LayoutMemory()
    const before = arrange(machine(own), memory)
    expect(arrange(machine([]), memory).hosts[0]!.rect).toEqual(before.hosts[0]!.rect)
    const fallback = device('gre', { name: 'gre0', up: false })
    expect(arrange(machine([fallback])).hosts[0]!.mouths).toEqual([])
    expect(arrange(machine([{ ...fallback, up: true }])).hosts[0]!.mouths.length).toBe(1)
  })
})

describe('namespaces made by hand', () => {
  const ropeOf = (view: TopologyView, id: number) =>
    arrange(view)
      .hosts[0]!.pods.flatMap((pod) => pod.ropes)
      .find((rope) => rope.device.id === id)!

  it.each(['macvlan', 'ipvlan', 'vlan'] as const)('hang with a %s on the NIC, past bridge and kernel', (kind) => {
    const child = device(kind, { underlay: nic.id })
    const view = machine([device('bridge')], named('red', child))
    const { way, end } = ropeOf(view, child.id)
    const { band, nics } = arrange(view).hosts[0]!
    expect(end).toBe('nic')
    expect(way.at(-1)!.y).toBe(nics[0]!.rect.y)
    const edge = band.x + band.w
    for (const [i, spot] of way.entries())
      if (spot.y > band.y && spot.y < band.y + band.h) expect(spot.x).toBeGreaterThan(edge)
      else if (i > 0 && way[i - 1]!.y < band.y && spot.y > band.y) expect(spot.x).toBeGreaterThan(edge)
  })

  it('hang with a veth on the bridge, in the kernel, or on each other', () => {
    const bridge = device('bridge')
    const [near, far] = [device('veth', { master: bridge.id }), device('veth')]
    const pair = { ...far, peer: near.id }
    const bridged = machine([bridge, { ...near, peer: far.id }], named('red', pair))
    expect(ropeOf(bridged, far.id).end).toBe('bar')
    const routed = machine([{ ...near, master: 0, peer: far.id }], named('red', pair))
    expect(ropeOf(routed, far.id).end).toBe('kernel')
    const both = machine([], named('red', { ...far, peer: near.id }), named('blue', { ...near, master: 0, peer: far.id })) // prettier-ignore
    expect(ropeOf(both, far.id).end).toBe('box')
    expect(ropeOf(both, far.id).way.at(-1)).toEqual(ropeOf(both, near.id).way[0])
  })

  it('hang on their own bridge where there are several', () => {
    const bridges = [device('bridge', { name: 'br0' }), device('bridge', { name: 'br1' })]
    const pairs = ['a', 'b', 'c', 'd'].map((name, i) => {
      const near = device('veth', { master: bridges[i % 2]!.id })
      const far = device('veth', { peer: near.id })
      return { near: { ...near, peer: far.id }, far, box: named(name, far) }
    })
    const view = machine([...bridges, ...pairs.map(({ near }) => near)], ...pairs.map(({ box }) => box))
    const bars = arrange(view).hosts[0]!.bars.map(({ rect }) => rect)
    for (const [i, { far }] of pairs.entries()) {
      const foot = ropeOf(view, far.id).way.at(-1)!
      const bar = bars[i % 2]!
      expect(foot.x > bar.x && foot.x < bar.x + bar.w && foot.y > bar.y).toBe(true)
    }
  })

  it('have a site for whatever is in them', () => {
    const inside = [device('loopback'), device('tun'), device('bridge'), device('wireguard')]
    const view = machine([], named('red', ...inside))
    for (const { id } of inside) expect(arrange(view).devices.get(id)?.zone).toBe('pod')
  })
})
