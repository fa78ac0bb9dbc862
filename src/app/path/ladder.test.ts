import { describe, expect, it } from 'vitest'
import { story, topology } from '../testing/fixture-lab.ts'
import { timelineOf } from '../testing/timeline.ts'
import { conversationOf, ladderOf } from './ladder.ts'

const timeline = timelineOf(story())

describe('ladder', () => {
  it('has a column per device in the order in which the packet meets them', () => {
    const { columns } = ladderOf(timeline, topology, 2, 0)
    const names = columns.map(({ place, device }) => `${place}/${device}`)
    expect(names.slice(0, 5)).toEqual(['client/', 'client/eth0', 'node1/veth1024414', 'node1/cni0', 'node1/flannel.1'])
    expect(new Set(columns.map(({ key }) => key)).size).toBe(columns.length)
  })

  it('has a rung for every move, in the order of time', () => {
    const { rungs, columns } = ladderOf(timeline, topology, 2, 0)
    expect(rungs.every(({ from, to }) => from !== to && from < columns.length && to < columns.length)).toBe(true)
    expect(rungs.map(({ record }) => record)).toEqual(rungs.map(({ record }) => record).sort((a, b) => a - b))
    expect(rungs.some(({ mark }) => mark === 'VX|SYN')).toBe(true)
  })

  it('is about a packet and what carries it', () => {
    expect(conversationOf(timeline, 3)).toEqual([2, 3])
    expect(conversationOf(timeline, 0)).toEqual([])
  })
})
