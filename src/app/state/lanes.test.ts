import { describe, expect, it } from 'vitest'
import { story } from '../testing/fixture-lab.ts'
import { type Row, timelineOf } from '../testing/timeline.ts'
import { lanesOf, stack } from './lanes.ts'

describe('lanes', () => {
  it('fold ARP, DNS and the control plane into one lane each, with counts', () => {
    const { lanes, counts } = lanesOf(timelineOf(story()), [])
    expect(lanes.map(({ group }) => group)).toEqual(['control', 'arp', 'packets', 'packets'])
    expect(counts).toEqual({ control: 60, arp: 1, dns: 0, packets: 9 })
  })

  it('never let packets that live at the same time overlap while there are lanes', () => {
    const rows: Row[] = [1, 2, 1, 3, 2, 3, 4, 4].map((packet) => ({
      packet,
      hue: 'udp',
      point: 'wire',
      verdict: 'send',
    }))
    for (const { bars } of lanesOf(timelineOf(rows), []).lanes)
      for (const [i, bar] of bars.entries()) expect(bars[i + 1]?.from ?? Infinity).toBeGreaterThan(bar.to)
  })

  it('share the last lane when there are no more', () => {
    const bars = [0, 1, 2, 3].map((from) => ({ packet: from + 1, from, to: 9, hue: 'udp' as const, dropped: false }))
    expect(stack(bars, 2).map((row) => row.length)).toEqual([1, 3])
  })
})
