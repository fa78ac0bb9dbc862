import { type Cidr, formatCidr, overlaps } from '../core/base/cidr.ts'
import { readPrefix } from './addresses.ts'
import type { Path } from './diagnostics.ts'
import { LIMITS } from './limits.ts'
import { type Reader, at, get, present, shown } from './reader.ts'
import { ADDON_NAMES, type ClusterSpec, type FabricSpec } from './types.ts'
import { isDomain } from './values.ts'

/** The Kubernetes version whose behaviour is modelled. */
export const MODELLED_VERSION = '1.35'
/** kube-controller-manager gives every node a prefix of this length (`--node-cidr-mask-size` default). */
export const NODE_CIDR_LEN = 24

/** `spec.cluster`; `null` when it is absent or could not be read. */
export function readCluster(reader: Reader, path: Path, value: unknown): ClusterSpec | null {
  if (!present(value)) return null
  const map = reader.map(path, value, ['version', 'podCIDR', 'serviceCIDR', 'dnsDomain', 'addons'])
  if (!map) return null
  const version = readVersion(reader, at(map, 'version'), get(map, 'version'))
  const podCIDR = readPrefix(reader, at(map, 'podCIDR'), get(map, 'podCIDR') ?? '10.244.0.0/16')
  const serviceCIDR = readPrefix(reader, at(map, 'serviceCIDR'), get(map, 'serviceCIDR') ?? '10.96.0.0/12')
  const dnsDomain = get(map, 'dnsDomain') ?? 'cluster.local'
  const domain = reader.text(at(map, 'dnsDomain'), dnsDomain)
  if (domain !== null && !isDomain(domain))
    reader.error(at(map, 'dnsDomain'), 'domain-invalid', { found: shown(domain) })
  const addons = reader.each(at(map, 'addons'), get(map, 'addons'), LIMITS.addons, (entry, itemPath) =>
    reader.oneOf(itemPath, entry, ADDON_NAMES),
  )
  if (version === null || podCIDR === null || serviceCIDR === null || domain === null) return null
  return { version, podCIDR, serviceCIDR, dnsDomain: domain, addons: [...new Set(addons)] }
}

/** What must hold between the cluster and the machines it runs on. */
export function checkCluster(reader: Reader, path: Path, cluster: ClusterSpec, fabric: FabricSpec): void {
  const masters = fabric.hosts.filter((host) => host.role === 'control-plane').length
  if (masters === 0) reader.error(path, 'control-plane-missing', {}, 'key')
  if (masters > 1) reader.error(path, 'control-plane-many', { count: masters }, 'key')
  checkSizes(reader, path, cluster, fabric.hosts.filter((host) => host.role !== 'host').length)
  checkOverlaps(reader, path, cluster, fabric)
}

function checkSizes(reader: Reader, path: Path, { podCIDR, serviceCIDR }: ClusterSpec, nodes: number): void {
  const subnets = 2 ** Math.max(0, NODE_CIDR_LEN - podCIDR.len)
  // A mask that many bits longer than the range's is all that kube-controller-manager's allocator takes: 16.
  if (podCIDR.len > NODE_CIDR_LEN || podCIDR.len < NODE_CIDR_LEN - 16)
    reader.error([...path, 'podCIDR'], 'pod-cidr-size', { cidr: formatCidr(podCIDR) })
  else if (subnets < nodes)
    reader.error([...path, 'podCIDR'], 'pod-cidr-full', { cidr: formatCidr(podCIDR), count: subnets, nodes })
  if (serviceCIDR.len < 12 || serviceCIDR.len > 28)
    reader.error([...path, 'serviceCIDR'], 'service-cidr-size', { cidr: formatCidr(serviceCIDR) })
}

/**
 * Pods and Services must not share a range: the API server's and the kubelets' addresses would collide. A range that
 * overlaps the physical network is a classic fault that can be run and watched, so it is only a warning.
 */
function checkOverlaps(reader: Reader, path: Path, cluster: ClusterSpec, fabric: FabricSpec): void {
  const { podCIDR, serviceCIDR } = cluster
  if (overlaps(podCIDR, serviceCIDR))
    reader.error(
      [...path, 'serviceCIDR'],
      'ranges-overlap',
      overlapParams('podCIDR', podCIDR, 'serviceCIDR', serviceCIDR),
    )
  for (const network of fabric.networks) {
    for (const field of ['podCIDR', 'serviceCIDR'] as const) {
      if (!overlaps(network.cidr, cluster[field])) continue
      reader.warn([...path, field], 'ranges-overlap', overlapParams(network.name, network.cidr, field, cluster[field]))
    }
  }
}

const overlapParams = (a: string, aCidr: Cidr, b: string, bCidr: Cidr) => ({
  a,
  aCidr: formatCidr(aCidr),
  b,
  bCidr: formatCidr(bCidr),
})

function readVersion(reader: Reader, path: Path, value: unknown): string | null {
  if (!present(value)) return MODELLED_VERSION
  if (typeof value !== 'string' || !/^1\.\d{1,3}$/.test(value)) {
    reader.error(path, 'version-invalid', { found: shown(value) })
    return null
  }
  if (value !== MODELLED_VERSION)
    reader.warn(path, 'version-not-modelled', { found: value, modelled: MODELLED_VERSION })
  return value
}
