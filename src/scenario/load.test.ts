import { describe, expect, it } from 'vitest'
import { loadLab, overridden, withAddons } from './load.ts'

const HEAD = 'apiVersion: hopscope.dev/v1alpha1\nkind: Lab\nmetadata: {name: t}\nspec:\n  fabric: {}\n'
const rest = (text: string, from: number): string => text.slice(from)

describe('a whole lab text', () => {
  it('hands the manifests over from where they begin', () => {
    const text = `${HEAD}---\napiVersion: v1\nkind: Pod\n`
    const loaded = loadLab(text, rest)
    expect(loaded.lab!.name).toBe('t')
    expect(loaded.manifests).toBe('---\napiVersion: v1\nkind: Pod\n')
  })

  it('reads the manifests also when its own document is wrong', () => {
    const loaded = loadLab(`kind: Lab\n---\na: 1\n`, rest)
    expect(loaded.lab).toBeNull()
    expect(loaded.manifests).toBe('---\na: 1\n')
  })

  it('warns about manifests without a cluster, and only about real ones', () => {
    const codes = (tail: string): string[] => loadLab(HEAD + tail, rest).diagnostics.map((problem) => problem.code)
    expect(codes('---\napiVersion: v1\nkind: Pod\n')).toEqual(['manifest-needs-cluster'])
    expect(codes('---\n# nothing yet\n\n---\n')).toEqual([])
    expect(codes('')).toEqual([])
  })
})

describe('add-ons', () => {
  const addons = [
    { ref: 'Namespace/a', from: 'addon' },
    { ref: 'ConfigMap/a/c', from: 'addon' },
    { ref: 'DaemonSet/a/d', from: 'addon' },
  ]
  const own = [
    { ref: 'Pod/default/p', from: 'own' },
    { ref: 'ConfigMap/a/c', from: 'own' },
  ]

  it('are overridden in their place', () => {
    expect(withAddons(addons, own)).toEqual([addons[0], own[1], addons[2], own[0]])
    expect(overridden(addons, own)).toEqual(['ConfigMap/a/c'])
  })
})
