import { describe, expect, it } from 'vitest'
import { type Migration, versionState } from './migrations.ts'
import { LAB_API_VERSION } from './types.ts'

const step = (from: string, to: string): Migration => ({ from, to, apply: () => undefined })

describe('versions of the lab document', () => {
  it('knows the present, the future and what never was', () => {
    expect(versionState(LAB_API_VERSION)).toEqual({ kind: 'current' })
    for (const version of ['v1alpha2', 'v1beta1', 'v1', 'v2alpha1'])
      expect(versionState(`hopscope.dev/${version}`).kind, version).toBe('future')
    for (const version of ['v0', 'v0beta9', '1', 'v1gamma1', ''])
      expect(versionState(`hopscope.dev/${version}`).kind, version).toBe('unknown')
    expect(versionState('apps/v1').kind).toBe('foreign')
  })

  it('finds the steps from an old version, and only where they lead to the present one', () => {
    const steps = [step('hopscope.dev/v0a', 'hopscope.dev/v0b'), step('hopscope.dev/v0b', LAB_API_VERSION)]
    expect(versionState('hopscope.dev/v0a', steps)).toEqual({ kind: 'old', steps })
    expect(versionState('hopscope.dev/v0b', steps)).toEqual({ kind: 'old', steps: steps.slice(1) })
    expect(versionState('hopscope.dev/v0a', steps.slice(0, 1)).kind).toBe('unknown')
  })
})
