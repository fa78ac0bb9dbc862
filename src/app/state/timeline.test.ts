import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Row, timelineOf, updateOf } from '../testing/timeline.ts'
import { change, historyOf, onlyViewDiffers, redo, undo } from './history.ts'
import { Timeline, lastNotAfter } from './timeline.ts'

const row = (packet: number, mark = 'UDP'): Row => ({
  packet,
  mark,
  hue: 'udp',
  point: 'dev.recv',
  verdict: 'receive',
  place: packet,
})

describe('timeline', () => {
  it('is the same in parts as in one piece', () => {
    const rows = [row(1), row(2, 'VX|UDP'), row(1), row(3), row(2)]
    const parts = new Timeline()
    parts.update(updateOf(rows.slice(0, 2)))
    parts.update(updateOf(rows.slice(2), 2, 2))
    const whole = timelineOf(rows)
    expect(parts.packets).toEqual(whole.packets)
    for (let i = 0; i < rows.length; i++)
      expect([parts.mark(i), parts.hue(i), parts.columns.place[i]]).toEqual([
        whole.mark(i),
        whole.hue(i),
        whole.columns.place[i],
      ])
  })

  it('forgets what a fork replaces', () => {
    const timeline = timelineOf([row(1), row(2), row(1), row(3)])
    timeline.update(updateOf([row(3, 'SYN')], 2, 2))
    expect(timeline.length).toBe(3)
    expect(timeline.packets.map(({ id, records }) => [id, records])).toEqual([
      [1, [0]],
      [2, [1]],
      [3, [2]],
    ])
    expect(timeline.mark(2)).toBe('SYN')
    expect(timeline.columns.packet[3], 'nothing is left behind the end').toBe(0)
  })

  it('finds the last record at or before the cursor', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), fc.integer({ min: -1, max: 210 }), (values, cursor) => {
        const sorted = [...values].sort((a, b) => a - b)
        expect(lastNotAfter(sorted, cursor)).toBe(sorted.filter((value) => value <= cursor).length - 1)
      }),
    )
  })
})

describe('history', () => {
  it('joins typing, not other changes', () => {
    let history = historyOf('a')
    history = change(history, 'ab', true, 0)
    history = change(history, 'abc', true, 100)
    history = change(history, 'abcd', false, 150)
    history = change(history, 'abcde', true, 5000)
    expect(history.past).toEqual(['a', 'abc', 'abcd'])
    expect(undo(undo(history)).present).toBe('abc')
    expect(redo(undo(history))).toMatchObject({ present: 'abcde', past: ['a', 'abc', 'abcd'], future: [] })
  })
  it('stands still at its ends', () => {
    expect(undo(historyOf('a'))).toEqual(historyOf('a'))
    expect(redo(historyOf('a'))).toEqual(historyOf('a'))
  })
})

it('knows when only positions differ', () => {
  const text = 'spec:\n  seed: 1\n  view:\n    positions:\n      node/a: {x: 1, y: 2}\n---\nkind: Pod\n'
  expect(onlyViewDiffers(text, text.replace('x: 1', 'x: 9'))).toBe(true)
  expect(onlyViewDiffers(text, 'spec:\n  seed: 1\n---\nkind: Pod\n')).toBe(true)
  expect(onlyViewDiffers(text, text.replace('seed: 1', 'seed: 2'))).toBe(false)
  expect(onlyViewDiffers(text, text)).toBe(false)
})
