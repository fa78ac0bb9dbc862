import { describe, expect, it } from 'vitest'
import { sites, story, topology } from '../testing/fixture-lab.ts'
import { timelineOf } from '../testing/timeline.ts'
import { along, besides, lengthOf } from './layout/geometry.ts'
import { LayoutMemory } from './layout/memory.ts'
import { layout } from './layout/scene.ts'
import { siteOf, wayBetween } from './layout/way.ts'
import { livePackets, threadOf, trailOf, wayOf } from './packets.ts'

const timeline = timelineOf(story())
const scene = layout(topology, new LayoutMemory(), {})
const find = (packet: number, point: string, verdict?: string): number => {
  for (let i = 0; i < timeline.length; i++)
    if (
      timeline.columns.packet[i] === packet &&
      timeline.point(i) === point &&
      (!verdict || timeline.verdict(i) === verdict)
    )
      return i
  throw new Error(`no ${point} of packet ${packet}`)
}
const ids = (cursor: number): number[] => livePackets(timeline, scene, cursor).map(({ id }) => id)

describe('packets at the cursor', () => {
  it('are none before they are born and none after they have ended', () => {
    expect(ids(0)).toEqual([])
    expect(ids(find(2, 'socket.send') - 1)).not.toContain(2)
    expect(ids(find(2, 'socket.recv'))).toEqual([2])
    expect(ids(find(2, 'socket.recv') + 1)).not.toContain(2)
  })

  it('hide inside their parcel, which shows both marks', () => {
    const cursor = find(3, 'dev.xmit')
    const [packet, ...rest] = livePackets(timeline, scene, cursor)
    expect(rest).toEqual([])
    expect(packet).toMatchObject({ id: 3, mark: ['VX', 'SYN'], focused: true })
  })

  it('say why they ended', () => {
    const [packet] = livePackets(timeline, scene, find(10, 'nf.FORWARD'))
    expect(packet).toMatchObject({ glyph: '✗', reason: 'NETFILTER_DROP' })
  })

  it('are where their last record was', () => {
    const cursor = find(3, 'dev.xmit')
    const nic = scene.devices.get(sites.get('node1')!.devices['eth0']!)!
    expect(livePackets(timeline, scene, cursor)[0]!.site).toMatchObject({ x: nic.at.x, y: nic.at.y, zone: 'nic' })
  })
})

describe('ways', () => {
  it('lead along rope and bridge into the kernel', () => {
    const [a, b] = [find(2, 'dev.xmit'), find(2, 'nf.PREROUTING')]
    const way = wayOf(timeline, scene, 2, a, b)!
    expect(way[0]).toMatchObject({ x: siteOf(scene, timeline, a)!.x, y: siteOf(scene, timeline, a)!.y })
    for (let i = 1; i < way.length; i++) expect(way[i]!.x === way[i - 1]!.x || way[i]!.y === way[i - 1]!.y).toBe(true)
  })

  it('cross between hosts on the rail', () => {
    const [a, b] = [find(3, 'dev.xmit', 'send'), find(3, 'dev.recv')]
    const way = wayBetween(scene, siteOf(scene, timeline, a)!, siteOf(scene, timeline, b)!)
    expect(way.some(({ y }) => y === scene.rails[0]!.y)).toBe(true)
  })

  it('are the same way back', () => {
    const [a, b] = [find(2, 'dev.xmit'), find(2, 'route.input')]
    expect(wayOf(timeline, scene, 2, b, a)).toEqual(wayOf(timeline, scene, 2, a, b)!.reverse())
  })

  it('are none for a packet that stays or is not born', () => {
    expect(wayOf(timeline, scene, 2, find(2, 'nf.FORWARD'), find(2, 'nf.FORWARD'))).toBeNull()
    expect(wayOf(timeline, scene, 2, 0, 1)).toBeNull()
  })

  it('split at the cursor into past and future', () => {
    const cursor = find(3, 'switch')
    const { past, ahead } = trailOf(timeline, scene, cursor)
    expect(lengthOf(past)).toBeGreaterThan(300)
    expect(ahead[0]).toMatchObject({ x: past.at(-1)!.x, y: past.at(-1)!.y })
    expect(threadOf(timeline, 3)).toContain(find(2, 'socket.send'))
  })
})

it('keeps beside a way on its right', () => {
  const down = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 20, y: 0 },
    { x: 20, y: 30 },
  ]
  expect(besides(down, 2)).toEqual([
    { x: 0, y: 2 },
    { x: 10, y: 2 },
    { x: 18, y: 2 },
    { x: 18, y: 30 },
  ])
})

it('goes around where a way turns back', () => {
  const there = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 0, y: 0 },
  ]
  expect(besides(there, 2)).toEqual([
    { x: 0, y: 2 },
    { x: 10, y: 2 },
    { x: 10, y: -2 },
    { x: 0, y: -2 },
  ])
})

it('walks a polyline by its length', () => {
  const path = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 30 },
  ]
  expect(along(path, 0.5)).toEqual({ at: { x: 10, y: 10 }, dx: 0, dy: 1 })
  expect(along(path, 2).at).toEqual({ x: 10, y: 30 })
})
