import { formatCidr, overlaps } from '../core/base/cidr.ts'
import { type Taken, claimName, readPrefix } from './addresses.ts'
import type { Path } from './diagnostics.ts'
import { readLink } from './links.ts'
import { LIMITS } from './limits.ts'
import { type Machines, readHost, readRouter } from './machines.ts'
import { readMtu } from './mtu.ts'
import { type Reader, at, get } from './reader.ts'
import type { FabricSpec, HostSpec, LinkSpec, NetworkSpec, RouterSpec } from './types.ts'

export const EMPTY_FABRIC: FabricSpec = { networks: [], routers: [], links: [], hosts: [] }

/** `spec.fabric`. `hasCluster` decides which roles and defaults hosts may have. */
export function readFabric(reader: Reader, path: Path, value: unknown, hasCluster: boolean): FabricSpec {
  const fabric = reader.map(path, value, ['networks', 'routers', 'links', 'hosts'])
  if (!fabric) return EMPTY_FABRIC
  const names: Taken = new Map()
  const networks = reader.each(at(fabric, 'networks'), get(fabric, 'networks'), LIMITS.networks, (entry, itemPath) =>
    readNetwork(reader, itemPath, entry, names),
  )
  reportOverlaps(reader, at(fabric, 'networks'), networks)
  const context: Machines = {
    networks: new Map(networks.map((network) => [network.name, network])),
    names,
    addresses: new Map(),
    hasCluster,
  }
  const routers: RouterSpec[] = reader.each(
    at(fabric, 'routers'),
    get(fabric, 'routers'),
    LIMITS.routers,
    (entry, itemPath) => readRouter(reader, itemPath, entry, context),
  )
  const hosts: HostSpec[] = reader.each(at(fabric, 'hosts'), get(fabric, 'hosts'), LIMITS.hosts, (entry, itemPath) =>
    readHost(reader, itemPath, entry, context, routers),
  )
  const links: LinkSpec[] = reader.each(at(fabric, 'links'), get(fabric, 'links'), LIMITS.links, (entry, itemPath) =>
    readLink(reader, itemPath, entry, { networks, routers, hosts }),
  )
  return { networks, routers, links, hosts }
}

function readNetwork(reader: Reader, path: Path, value: unknown, names: Taken): NetworkSpec | null {
  const map = reader.map(path, value, ['name', 'cidr', 'mtu'])
  if (!map) return null
  const name = reader.name(at(map, 'name'), get(map, 'name'))
  const cidr = readPrefix(reader, at(map, 'cidr'), get(map, 'cidr'))
  const mtu = readMtu(reader, at(map, 'mtu'), get(map, 'mtu'), 1500)
  if (cidr !== null && cidr.len > 30) {
    reader.error(at(map, 'cidr'), 'cidr-unusable', { found: formatCidr(cidr) })
    return null
  }
  if (name === null || !claimName(reader, at(map, 'name'), name, names) || cidr === null || mtu === null) return null
  return { name, cidr, mtu }
}

function reportOverlaps(reader: Reader, path: Path, networks: readonly NetworkSpec[]): void {
  networks.forEach((b, index) => {
    const a = networks.slice(0, index).find((earlier) => overlaps(earlier.cidr, b.cidr))
    if (!a) return
    const params = { a: a.name, aCidr: formatCidr(a.cidr), b: b.name, bCidr: formatCidr(b.cidr) }
    reader.error([...path, index, 'cidr'], 'ranges-overlap', params)
  })
}
