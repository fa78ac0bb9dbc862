import { describe, expect, it } from 'vitest'
import { SEC } from '../core/base/time.ts'
import { COMMAND_TIME, Pace } from './pace.ts'

describe('the pace of programs in the terminal', () => {
  it('does not wait for a silent time-out', () => {
    const pace = new Pace(() => 0)
    pace.start(10 * SEC)
    expect(pace.limit(10 * SEC)).toBeGreaterThanOrEqual(10 * SEC + 134 * SEC)
  })

  it('slows down who prints on and on, from where they are', () => {
    let wall = 1000
    const pace = new Pace(() => wall)
    pace.start(0)
    for (let i = 0; i < 7; i++) pace.printed()
    expect(pace.limit(7 * SEC)).toBe(7 * SEC)
    wall += 200
    expect(pace.limit(7 * SEC)).toBe(8 * SEC)
  })

  it('is the next program’s own', () => {
    const pace = new Pace(() => 0)
    pace.start(0)
    for (let i = 0; i < 7; i++) pace.printed()
    pace.start(SEC)
    expect(pace.limit(SEC)).toBeGreaterThan(100 * SEC)
  })

  it('ends', () => {
    const pace = new Pace(() => 0)
    pace.start(SEC)
    expect(pace.isOver(SEC + COMMAND_TIME)).toBe(false)
    expect(pace.isOver(2 * SEC + COMMAND_TIME)).toBe(true)
  })
})
