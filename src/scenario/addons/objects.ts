import type { ApiObject } from '../../core/api/kinds/types.ts'
import { cidr, formatCidr } from '../../core/base/cidr.ts'
import { formatIpv4 } from '../../core/base/ipv4.ts'
import type { ObjectRef } from '../../core/base/ref.ts'
import type { ClusterSpec } from '../types.ts'
import { ADDON_JSON } from './addons.generated.ts'
import { dnsAddress } from './coredns.ts'

export interface AddonObject {
  readonly ref: ObjectRef
  readonly object: ApiObject
}

/** The cluster that the compiled add-ons were written for: values that stand nowhere else in them. */
export const SAMPLE: ClusterSpec = {
  version: '9.99',
  podCIDR: cidr('203.0.113.0/24'),
  serviceCIDR: cidr('198.51.100.0/24'),
  dnsDomain: 'dns-domain.invalid',
  addons: [],
}

/** What of a cluster its add-ons hold, as text: see the writers beside this file. */
const valuesOf = (cluster: ClusterSpec): readonly string[] => [
  formatCidr(cluster.podCIDR),
  formatIpv4(dnsAddress(cluster)),
  cluster.dnsDomain,
  `:v${cluster.version}.`,
]

/**
 * The objects of a cluster's add-ons, in order: what `addonsOf` writes as YAML, without reading YAML, which would take a good part of the
 * time in which a lab opens.
 */
export function addonObjects(cluster: ClusterSpec): AddonObject[] {
  const values = valuesOf(cluster)
  return cluster.addons.flatMap((name) => {
    const json = valuesOf(SAMPLE).reduce((text, sample, i) => text.replaceAll(sample, values[i]!), ADDON_JSON[name])
    return JSON.parse(json) as readonly AddonObject[]
  })
}
