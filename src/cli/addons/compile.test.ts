import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cidr } from '../../core/base/cidr.ts'
import { addonObjects } from '../../scenario/addons/objects.ts'
import { ADDON_NAMES, type ClusterSpec } from '../../scenario/types.ts'
import { compileAddons, readAddons } from './compile.ts'

const cluster = (fields: Partial<ClusterSpec>): ClusterSpec => ({
  version: '1.35',
  podCIDR: cidr('10.244.0.0/16'),
  serviceCIDR: cidr('10.96.0.0/12'),
  dnsDomain: 'cluster.local',
  addons: ADDON_NAMES,
  ...fields,
})

describe('compiled add-ons', () => {
  it('are those of the YAML; if not, run npx tsx src/cli/addons/generate.ts', () => {
    const file = new URL('../../scenario/addons/addons.generated.ts', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(compileAddons())
  })

  it.each([
    cluster({}),
    cluster({
      version: '1.31',
      podCIDR: cidr('172.20.0.0/14'),
      serviceCIDR: cidr('172.30.0.0/16'),
      dnsDomain: 'a.test',
    }),
  ])('equal what the YAML says for a cluster (%#)', (each) => {
    expect(addonObjects(each)).toEqual(readAddons(each).flatMap(({ objects }) => objects))
  })

  it('are only those that the cluster names, in its order', () => {
    const kinds = addonObjects(cluster({ addons: ['coredns'] })).map(({ ref }) => ref)
    expect(kinds).toContain('Deployment/kube-system/coredns')
    expect(kinds.some((ref) => ref.includes('flannel'))).toBe(false)
    expect(addonObjects(cluster({ addons: [] }))).toEqual([])
  })
})
