import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MIN_ZOOM, fitted, textScale } from './view.ts'

describe('the view of a fitted picture', () => {
  it('shows all of it in the middle of the pane, as large as fits', () => {
    const size = fc.integer({ min: 100, max: 3000 })
    const place = fc.integer({ min: -2000, max: 2000 })
    fc.assert(
      fc.property(place, place, size, size, size, size, (x, y, w, h, width, height) => {
        const view = fitted({ x, y, w, h }, width, height)
        const [left, top] = [x * view.zoom + view.x, y * view.zoom + view.y]
        const [right, bottom] = [left + w * view.zoom, top + h * view.zoom]
        expect(left).toBeCloseTo(width - right, 6)
        expect(top).toBeCloseTo(height - bottom, 6)
        expect(view.zoom).toBeLessThanOrEqual(1.25)
        if (view.zoom > MIN_ZOOM) for (const free of [left, top]) expect(free).toBeGreaterThan(0)
        const most = Math.max((right - left) / width, (bottom - top) / height)
        if (view.zoom < 1.25) expect(most).toBeGreaterThan(0.7)
      }),
    )
  })

  it('keeps text readable when it shrinks, and never makes it smaller than the picture', () => {
    expect(textScale(2)).toBe(1)
    expect(textScale(0.5)).toBeCloseTo(1.88)
    expect(textScale(0.12)).toBe(2.6)
  })
})
