import type { AddonName, ClusterSpec } from '../types.ts'
import { coredns } from './coredns.ts'
import { flannelVxlan } from './flannel.ts'
import { kubeProxyIptables } from './kube-proxy.ts'

/** One bundled set of manifests: multi-document YAML, as a person would apply it. */
export interface AddonManifests {
  readonly name: AddonName
  readonly text: string
}

const WRITERS: Readonly<Record<AddonName, (cluster: ClusterSpec) => string>> = {
  'flannel-vxlan': flannelVxlan,
  'kube-proxy-iptables': kubeProxyIptables,
  coredns,
}

/**
 * The manifests of one add-on for a cluster. They are applied at boot before the document's own; of two objects with the same kind,
 * namespace and name the document's wins.
 */
export const addonManifests = (name: AddonName, cluster: ClusterSpec): AddonManifests => ({
  name,
  text: WRITERS[name](cluster),
})

/** The manifests of all add-ons of a cluster, in order. */
export const addonsOf = (cluster: ClusterSpec): readonly AddonManifests[] =>
  cluster.addons.map((name) => addonManifests(name, cluster))
