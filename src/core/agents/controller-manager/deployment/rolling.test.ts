import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { DeploymentSpec } from '../../../api/kinds/types.ts'
import { boundsOf, newReplicas, oldReplicas, proportional } from './rolling.ts'

const spec = (
  replicas: number,
  maxSurge: string | number = '25%',
  maxUnavailable: string | number = '25%',
): DeploymentSpec => ({
  replicas,
  selector: {},
  template: { spec: { containers: [] } },
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
})

describe('the bounds of a rolling update', () => {
  it.each([
    [10, 3, 2],
    [4, 1, 1],
    [3, 1, 0],
    [1, 1, 0],
  ])('%i replicas: surge %i, unavailable %i', (replicas, surge, unavailable) => {
    expect(boundsOf(spec(replicas))).toEqual({ surge, unavailable })
  })

  it('both zero: one may be unavailable', () => expect(boundsOf(spec(3, 0, 0))).toEqual({ surge: 0, unavailable: 1 }))
})

const s = (replicas: number, available = replicas): { replicas: number; available: number } => ({ replicas, available })

describe('up', () => {
  it.each([
    [10, s(0, 0), [s(10)], 3],
    [10, s(3, 0), [s(10)], 3],
    [10, s(3, 3), [s(5)], 8],
    [10, s(8, 5), [s(2)], 10],
    [3, s(0, 0), [s(3)], 1],
    [3, s(0, 0), [], 3],
  ])('%i wanted, new %o, old %o: %i', (replicas, fresh, old, expected) => {
    expect(newReplicas(spec(replicas), fresh, old)).toBe(expected)
  })
})

describe('down', () => {
  it.each([
    ['nothing new is available yet: only what may be unavailable', 10, s(3, 0), [s(10)], [8]],
    ['three new ones: three more', 10, s(3, 3), [s(10)], [5]],
    ['no surplus', 3, s(1, 0), [s(3)], [3]],
    ['one for one', 3, s(1, 1), [s(3)], [2]],
    ['unhealthy ones first', 4, s(1, 0), [s(4, 2)], [3]],
    ['oldest first', 4, s(2, 2), [s(1), s(2)], [0, 1]],
  ] as const)('%s', (_why, replicas, fresh, old, expected) => {
    expect(oldReplicas(spec(replicas), fresh, [...old])).toEqual(expected)
  })

  it('never goes below the minimum of available pods, nor above the maximum of pods', () => {
    const scale = fc.tuple(fc.nat(20), fc.nat(20)).map(([replicas, a]) => s(replicas, Math.min(a, replicas)))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), scale, fc.array(scale, { maxLength: 4 }), (replicas, fresh, old) => {
        const bounds = boundsOf(spec(replicas))
        const kept = oldReplicas(spec(replicas), fresh, old)
        const before = [fresh, ...old].reduce((sum, x) => sum + x.available, 0)
        // The unhealthy go first, so a set loses available pods only beyond those.
        const lost = old.reduce((sum, x, i) => sum + Math.max(0, x.available - kept[i]!), 0)
        const minimum = replicas - bounds.unavailable
        expect(before - lost).toBeGreaterThanOrEqual(Math.min(before, minimum))
        const total = old.reduce((sum, x) => sum + x.replicas, fresh.replicas)
        const grown = newReplicas(spec(replicas), fresh, old) - fresh.replicas
        expect(total + grown).toBeLessThanOrEqual(Math.max(total, replicas + bounds.surge))
      }),
    )
  })
})

describe('a change of size in the middle of a rollout', () => {
  it.each([
    [[8, 5], 13, 19, [12, 7]],
    [[5, 5], 10, 5, [2, 3]],
    [[10], 10, 15, [15]],
  ])('%o of %i to %i: %o', (sizes, before, allowed, expected) => {
    const next = proportional(sizes, before, allowed)
    expect(next.reduce((a, b) => a + b, 0)).toBe(allowed)
    expect(next).toEqual(expected)
  })
})
