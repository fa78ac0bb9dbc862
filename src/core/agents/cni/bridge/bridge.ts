import { type Cidr, formatCidr, network, parseCidr } from '../../../base/cidr.ts'
import { formatIpv4, type Ipv4, parseIpv4 } from '../../../base/ipv4.ts'
import { formatMac, type Mac } from '../../../base/mac.ts'
import { err, ok } from '../../../base/result.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import { addAddress, addressesOf, deleteAddress } from '../../../kernel/link/address.ts'
import { addLink, addVeth, deleteLink, setLink } from '../../../kernel/link/link.ts'
import { linkNamed } from '../../../kernel/netns/netns.ts'
import { addRoute } from '../../../kernel/route/fib.ts'
import { setSysctl } from '../../../kernel/sysctl/sysctl.ts'
import { recordDeed, stamp } from '../../contracts/agent-trace.ts'
import {
  CNI_CODE,
  type CniCall,
  type CniConfig,
  type CniHost,
  type CniOutcome,
  type CniPlugin,
  type CniResult,
  type CniRoute,
} from '../../contracts/cni.ts'
import { cniError } from '../../contracts/cni-runtime.ts'
import { NOTHING } from '../version.ts'
import { type BridgeConfig, readBridgeConfig } from './config.ts'
import { setupMasquerade, teardownMasquerade } from './masquerade.ts'

/**
 * containernetworking/plugins plugins/main/bridge: a veth pair between the container and a bridge of the machine, with an address from
 * the IPAM plugin; the bridge holds the gateway's.
 */
export const bridge: CniPlugin = { type: 'bridge', run }

function run(host: CniHost, call: CniCall): CniOutcome {
  if (call.verb === 'VERSION') return NOTHING
  const config = readBridgeConfig(call.config)
  if (call.verb === 'ADD') return add(host, call, config)
  return call.verb === 'DEL' ? remove(host, call, config) : check(host, call)
}

const failed = (config: CniConfig, msg: string): CniOutcome => cniError(config, CNI_CODE.internal, msg)

function add(host: CniHost, call: CniCall, config: BridgeConfig): CniOutcome {
  const k = host.kernel
  if (!k.t.netns.has(call.netns)) {
    return failed(
      call.config,
      `failed to open netns "${call.netnsPath}": failed to Statfs "${call.netnsPath}": no such file or directory`,
    )
  }
  const bridgeId = ensureBridge(host, config)
  if (typeof bridgeId === 'string') return failed(call.config, bridgeId)
  const unattached = k.t.link.get(bridgeId)!.mac
  const veth = addPair(host, call, config, bridgeId)
  if (typeof veth === 'string') return failed(call.config, veth)
  const ipam = host.exec({ ...call, config: { ...call.config, type: config.ipam } })
  if (!ipam.ok || !ipam.value?.ips?.length) {
    deleteLink(k, veth.container)
    return ipam.ok ? failed(call.config, 'IPAM plugin returned missing IP config') : ipam
  }
  const result = complete(ipam.value, config)
  configure(host, call, veth.container, result)
  const addresses = addressesIn(result)
  const refused = config.isGateway ? addGateways(host, config, bridgeId, unattached, addresses) : null
  if (refused !== null) return failed(call.config, refused)
  if (config.ipMasq) for (const { address } of addresses) setupMasquerade(host, call, address)
  return ok(withInterfaces(k, result, call, bridgeId, veth))
}

/** setupBridge: the bridge is made once, by the first container of the machine. */
function ensureBridge(host: CniHost, config: BridgeConfig): number | string {
  const k = host.kernel
  const known = linkNamed(k, host.netns, config.bridge)
  if (known !== 0) {
    if (k.t.link.get(known)!.kind !== 'bridge')
      return `failed to create bridge "${config.bridge}": "${config.bridge}" already exists but is not a bridge`
    setLink(k, known, { up: true })
    return known
  }
  const made = addLink(k, host.netns, {
    name: config.bridge,
    kind: 'bridge',
    ...(config.mtu > 0 && { mtu: config.mtu }),
  })
  if (!made.ok) return `failed to create bridge "${config.bridge}": could not add "${config.bridge}": ${made.error}`
  recordDeed(k, deedOf(host), `ip link add ${config.bridge} type bridge`)
  setLink(k, made.value, { up: true })
  return made.value
}

const deedOf = (host: CniHost) =>
  ({ actor: host.actor, verb: 'CNI ADD', ref: host.subject[0] ?? '', netns: host.netns, verdict: 'create' }) as const

interface Veth {
  readonly host: number
  readonly container: number
}

/** setupVeth: a pair with one end in the container, the other up and attached to the bridge. */
function addPair(host: CniHost, call: CniCall, config: BridgeConfig, bridgeId: number): Veth | string {
  const k = host.kernel
  if (linkNamed(k, call.netns, call.ifname) !== 0) return `container veth name ("${call.ifname}") already exists`
  const name = freeVethName(k, host.netns)
  const mtu = config.mtu > 0 ? { mtu: config.mtu } : {}
  const pair = addVeth(k, call.netns, { name: call.ifname, ...mtu }, host.netns, { name, ...mtu })
  if (!pair.ok) return `failed to make veth pair: ${pair.error}`
  const [container, outer] = pair.value
  setLink(k, outer, { up: true })
  setLink(k, outer, { master: bridgeId })
  if (config.hairpinMode) setLink(k, outer, { port: { hairpin: true } })
  stamp(k, k.t.link, outer, host.subject)
  stamp(k, k.t.link, container, host.subject)
  recordDeed(
    k,
    deedOf(host),
    `ip link add ${name} type veth peer name ${call.ifname} netns ${call.netnsPath.split('/').at(-1)}`,
  )
  return { host: outer, container }
}

/** RandomVethName: `veth` and eight hexadecimal digits. */
function freeVethName(k: Kernel, netns: number): string {
  for (;;) {
    const name = `veth${k.world.random('veth').toString(16).padStart(8, '0')}`
    if (linkNamed(k, netns, name) === 0) return name
  }
}

/** calcGateways: the gateway is the subnet's first address unless IPAM names one; with isDefaultGateway everything goes there. */
function complete(result: CniResult, config: BridgeConfig): CniResult {
  if (!config.isGateway) return result
  const ips = (result.ips ?? []).map((ip) => {
    const address = parseCidr(ip.address)
    return ip.gateway !== undefined || !address ? ip : { ...ip, gateway: formatIpv4(network(address) + 1) }
  })
  const routes = [...(result.routes ?? [])]
  const gateway = ips[0]?.gateway
  if (config.isDefaultGateway && gateway !== undefined && !routes.some((route) => route.dst === '0.0.0.0/0')) {
    routes.push({ dst: '0.0.0.0/0', gw: gateway })
  }
  return { ...result, ips, routes }
}

interface AddressIn {
  readonly address: Cidr
  readonly gateway: Ipv4 | null
}

const addressesIn = (result: CniResult): AddressIn[] =>
  (result.ips ?? []).flatMap((ip) => {
    const address = parseCidr(ip.address)
    return address ? [{ address, gateway: ip.gateway === undefined ? null : parseIpv4(ip.gateway) }] : []
  })

/** ipam.ConfigureIface, in the container: addresses, device up, routes. With arp_notify on, coming up announces the addresses. */
function configure(host: CniHost, call: CniCall, link: number, result: CniResult): void {
  const k = host.kernel
  const addresses = addressesIn(result)
  setSysctl(k, call.netns, `net.ipv4.conf.${call.ifname}.arp_notify`, '1')
  for (const { address } of addresses) addAddress(k, link, { addr: address.addr, len: address.len }, host.subject)
  setLink(k, link, { up: true })
  for (const row of [...k.t.routeByNetns.at(call.netns).keys()]) stamp(k, k.t.route, row, host.subject)
  for (const route of result.routes ?? []) addContainerRoute(host, call, link, route, addresses[0]?.gateway ?? 0)
}

function addContainerRoute(host: CniHost, call: CniCall, link: number, route: CniRoute, gateway: Ipv4): void {
  const to = parseCidr(route.dst)
  if (!to) return
  const via = (route.gw === undefined ? null : parseIpv4(route.gw)) ?? gateway
  addRoute(
    host.kernel,
    { netns: call.netns, dst: to.addr, len: to.len, via, dev: link, scope: 'global' },
    { subject: host.subject },
  )
}

/**
 * ensureAddr: the gateway's address on the bridge, whose MAC is pinned by writing it back: it must not change as ports come and go.
 * A bridge that has another address already, of a range that the node had before, is left alone: that is an error.
 */
function addGateways(
  host: CniHost,
  config: BridgeConfig,
  bridgeId: number,
  mac: Mac,
  addresses: readonly AddressIn[],
): string | null {
  const k = host.kernel
  const { name } = k.t.link.get(bridgeId)!
  for (const { address, gateway } of addresses) {
    if (gateway === null) continue
    const held = addressesOf(k, bridgeId)
    if (held.some((row) => row.addr === gateway && row.len === address.len)) continue
    const wanted = formatCidr({ addr: gateway, len: address.len })
    if (held.length > 0 && !config.forceAddress) {
      return `failed to set bridge addr: "${name}" already has an IP address different from ${wanted}`
    }
    for (const row of held) deleteAddress(k, row)
    addAddress(k, bridgeId, { addr: gateway, len: address.len })
    setLink(k, bridgeId, { mac })
    recordDeed(k, deedOf(host), `ip addr add ${wanted} dev ${name}`)
  }
  setSysctl(k, host.netns, 'net.ipv4.ip_forward', '1')
  return null
}

function withInterfaces(k: Kernel, result: CniResult, call: CniCall, bridgeId: number, veth: Veth): CniResult {
  const named = (id: number): { readonly name: string; readonly mac: string } => {
    const { name, mac } = k.t.link.get(id)!
    return { name, mac: formatMac(mac) }
  }
  const interfaces = [named(bridgeId), named(veth.host), { ...named(veth.container), sandbox: call.netnsPath }]
  return { ...result, interfaces, ips: (result.ips ?? []).map((ip) => ({ ...ip, interface: 2 })) }
}

/** Address given back, pair deleted. A namespace that is gone already is no error. */
function remove(host: CniHost, call: CniCall, config: BridgeConfig): CniOutcome {
  const k = host.kernel
  const released = config.ipam === '' ? NOTHING : host.exec({ ...call, config: { ...call.config, type: config.ipam } })
  if (!released.ok) return released
  const link = call.netns === 0 ? 0 : linkNamed(k, call.netns, call.ifname)
  if (link === 0) return NOTHING
  if (config.ipMasq) for (const { addr, len } of addressesOf(k, link)) teardownMasquerade(host, call, { addr, len })
  deleteLink(k, link)
  return NOTHING
}

function check(host: CniHost, call: CniCall): CniOutcome {
  const ipam = readBridgeConfig(call.config).ipam
  const held = ipam === '' ? NOTHING : host.exec({ ...call, config: { ...call.config, type: ipam } })
  if (!held.ok) return held
  if (linkNamed(host.kernel, call.netns, call.ifname) !== 0) return NOTHING
  return err({
    cniVersion: call.config.cniVersion ?? '',
    code: CNI_CODE.internal,
    msg: `Container veth name ${call.ifname} not found`,
  })
}
