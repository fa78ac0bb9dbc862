import { contains, network as networkAddress, parseCidr } from '../core/base/cidr.ts'
import { type Ipv4, formatIpv4 } from '../core/base/ipv4.ts'
import { type Taken, claimName, readAddress, readInterfaceAddress, readPrefix } from './addresses.ts'
import { type Path, formatPath } from './diagnostics.ts'
import { LIMITS } from './limits.ts'
import { readMtu } from './mtu.ts'
import { type Fields, type Reader, at, get, present, shown } from './reader.ts'
import type { HostRole, HostSpec, InterfaceSpec, NetworkSpec, RouteSpec, RouterSpec, TaintSpec } from './types.ts'
import { isLabelKey, isLabelValue, parseQuantity } from './values.ts'

/** What hosts and routers are checked against while they are read. */
export interface Machines {
  readonly networks: ReadonlyMap<string, NetworkSpec>
  readonly names: Taken
  readonly addresses: Taken
  readonly hasCluster: boolean
}

const ROLES: readonly HostRole[] = ['control-plane', 'worker', 'host']
const EFFECTS: readonly TaintSpec['effect'][] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const CONTROL_PLANE_TAINT: TaintSpec = { key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }
const NODE_FIELDS = ['labels', 'taints', 'cpu', 'memory'] as const

/** One entry of `spec.fabric.routers`. */
export function readRouter(reader: Reader, path: Path, value: unknown, context: Machines): RouterSpec | null {
  const map = reader.map(path, value, ['name', 'interfaces', 'routes'])
  if (!map) return null
  const name = readName(reader, map, context)
  const interfaces = readInterfaces(reader, map, context)
  if (name === null || interfaces === null) return null
  const routes = reader.each(at(map, 'routes'), get(map, 'routes'), LIMITS.routes, (entry, itemPath) =>
    readRoute(reader, itemPath, entry, name, interfaces, context),
  )
  return { name, interfaces, routes }
}

/** One entry of `spec.fabric.hosts`. */
export function readHost(
  reader: Reader,
  path: Path,
  value: unknown,
  context: Machines,
  routers: readonly RouterSpec[],
): HostSpec | null {
  const map = reader.map(path, value, ['name', 'role', 'interfaces', 'gateway', ...NODE_FIELDS])
  if (!map) return null
  const name = readName(reader, map, context)
  const role = present(get(map, 'role')) ? reader.oneOf(at(map, 'role'), get(map, 'role'), ROLES) : 'host'
  const interfaces = readInterfaces(reader, map, context)
  if (role !== null && role !== 'host' && !context.hasCluster)
    reader.error(at(map, 'role'), 'role-needs-cluster', { role })
  if (name === null || role === null || interfaces === null) return null
  if (role === 'host') rejectNodeFields(reader, map, name)
  return {
    name,
    role,
    interfaces,
    gateway: readGateway(reader, map, { name, role, interfaces }, context, routers),
    labels: readLabels(reader, at(map, 'labels'), get(map, 'labels')),
    taints: present(get(map, 'taints'))
      ? reader.each(at(map, 'taints'), get(map, 'taints'), LIMITS.taints, (entry, itemPath) =>
          readTaint(reader, itemPath, entry),
        )
      : role === 'control-plane'
        ? [CONTROL_PLANE_TAINT]
        : [],
    milliCpu: Math.round(readQuantity(reader, at(map, 'cpu'), get(map, 'cpu'), 4) * 1000),
    memory: Math.round(readQuantity(reader, at(map, 'memory'), get(map, 'memory'), 8 * 2 ** 30)),
  }
}

function readName(reader: Reader, map: Fields, context: Machines): string | null {
  const name = reader.name(at(map, 'name'), get(map, 'name'))
  return name !== null && claimName(reader, at(map, 'name'), name, context.names) ? name : null
}

function readInterfaces(reader: Reader, map: Fields, context: Machines): InterfaceSpec[] | null {
  const path = at(map, 'interfaces')
  const value = get(map, 'interfaces')
  if (!present(value) || (Array.isArray(value) && value.length === 0)) {
    reader.error(path, 'field-missing', { field: formatPath([...path, 0]) }, 'key')
    return null
  }
  const interfaces = reader.each(path, value, LIMITS.interfaces, (entry, itemPath) =>
    readInterface(reader, itemPath, entry, context),
  )
  return Array.isArray(value) && interfaces.length === value.length ? interfaces : null
}

function readInterface(reader: Reader, path: Path, value: unknown, context: Machines): InterfaceSpec | null {
  const map = reader.map(path, value, ['network', 'address', 'mtu'])
  if (!map) return null
  const name = reader.text(at(map, 'network'), get(map, 'network'))
  const network = name === null ? undefined : context.networks.get(name)
  if (!network) {
    // A network that is there but could not be read is reported already.
    if (name !== null && !context.names.has(name))
      reader.error(at(map, 'network'), 'network-unknown', { found: shown(name) })
    return null
  }
  const address = readInterfaceAddress(reader, at(map, 'address'), get(map, 'address'), network, context.addresses)
  const mtu = readMtu(reader, at(map, 'mtu'), get(map, 'mtu'), network.mtu)
  return address === null || mtu === null ? null : { network: network.name, address, mtu }
}

function onLink(interfaces: readonly InterfaceSpec[], address: Ipv4, context: Machines): boolean {
  return interfaces.some((plug) => contains(context.networks.get(plug.network)!.cidr, address))
}

function readRoute(
  reader: Reader,
  path: Path,
  value: unknown,
  router: string,
  interfaces: readonly InterfaceSpec[],
  context: Machines,
): RouteSpec | null {
  const map = reader.map(path, value, ['to', 'via'])
  if (!map) return null
  const target = get(map, 'to')
  const to = target === 'default' ? parseCidr('0.0.0.0/0') : readPrefix(reader, at(map, 'to'), target)
  const via = readAddress(reader, at(map, 'via'), get(map, 'via'))
  if (to === null || via === null) return null
  if (onLink(interfaces, via, context)) return { to, via }
  reader.error(at(map, 'via'), 'via-off-link', { address: formatIpv4(via), router })
  return null
}

/** The next hop of the default route; see `HostSpec.gateway` for what holds where the document says nothing. */
function readGateway(
  reader: Reader,
  map: Fields,
  host: Pick<HostSpec, 'name' | 'role' | 'interfaces'>,
  context: Machines,
  routers: readonly RouterSpec[],
): Ipv4 | null {
  const value = get(map, 'gateway')
  if (value === 'none') return null
  if (!present(value)) return impliedGateway(host, context, routers)
  const gateway = readAddress(reader, at(map, 'gateway'), value)
  if (gateway === null) return null
  const params = { address: formatIpv4(gateway), host: host.name }
  if (host.interfaces.some((plug) => plug.address === gateway)) reader.error(at(map, 'gateway'), 'gateway-self', params)
  else if (!onLink(host.interfaces, gateway, context)) reader.error(at(map, 'gateway'), 'gateway-off-link', params)
  return gateway
}

function impliedGateway(
  { role, interfaces }: Pick<HostSpec, 'role' | 'interfaces'>,
  context: Machines,
  routers: readonly RouterSpec[],
): Ipv4 | null {
  const first = interfaces[0]!
  for (const router of routers) {
    const plug = router.interfaces.find((candidate) => candidate.network === first.network)
    if (plug) return plug.address
  }
  if (role === 'host') return null
  const address = networkAddress(context.networks.get(first.network)!.cidr) + 1
  return address === first.address ? null : address
}

function rejectNodeFields(reader: Reader, map: Fields, host: string): void {
  for (const field of NODE_FIELDS)
    if (present(get(map, field))) reader.error(at(map, field), 'only-nodes', { field, host }, 'key')
}

function readLabels(reader: Reader, path: Path, value: unknown): Readonly<Record<string, string>> {
  if (!present(value)) return {}
  const map = reader.anyMap(path, value)
  if (!map) return {}
  const keys = Object.keys(map.raw)
  if (keys.length > LIMITS.labels) {
    reader.error(path, 'too-many', { field: formatPath(path), count: keys.length, limit: LIMITS.labels })
    return {}
  }
  const labels: [string, string][] = []
  for (const key of keys) {
    const text = reader.text(at(map, key), get(map, key))
    if (text === null) continue
    if (isLabelKey(key) && isLabelValue(text)) labels.push([key, text])
    else reader.error(at(map, key), 'label-invalid', { found: shown(`${key}=${text}`) }, 'key')
  }
  return Object.fromEntries(labels)
}

function readTaint(reader: Reader, path: Path, value: unknown): TaintSpec | null {
  const map = reader.map(path, value, ['key', 'value', 'effect'])
  if (!map) return null
  const key = reader.text(at(map, 'key'), get(map, 'key'))
  const text = present(get(map, 'value')) ? reader.text(at(map, 'value'), get(map, 'value')) : ''
  const effect = reader.oneOf(at(map, 'effect'), get(map, 'effect'), EFFECTS)
  if (key === null || text === null || effect === null) return null
  if (isLabelKey(key) && isLabelValue(text)) return { key, value: text, effect }
  reader.error(path, 'label-invalid', { found: shown(`${key}=${text}`) })
  return null
}

function readQuantity(reader: Reader, path: Path, value: unknown, otherwise: number): number {
  if (!present(value)) return otherwise
  const quantity = typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value)) : null
  if (quantity !== null && quantity > 0) return quantity
  reader.error(path, 'quantity-invalid', { found: shown(value) })
  return otherwise
}
