import { contains, formatCidr, network } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { type Mac, formatMac } from '../../base/mac.ts'
import { objectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Node } from '../../api/kinds/types.ts'
import { ERRNO_TEXT } from '../../kernel/errno.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { addAddress, addressesOf, deleteAddress } from '../../kernel/link/address.ts'
import { addLink, deleteLink, randomMac, setLink } from '../../kernel/link/link.ts'
import { linkNamed } from '../../kernel/netns/netns.ts'
import type { LinkRow, VxlanConfig } from '../../kernel/tables.ts'
import { asAgent, stamp } from '../contracts/agent-trace.ts'
import { klog } from '../contracts/klog.ts'
import { ANNOTATION, vtepMacOf } from './lease.ts'
import type { VxlanBackend } from './net-conf.ts'
import type { ExternalInterface, FlannelCtx, FlannelEnv, FlannelState } from './state.ts'

/** VXLAN over IPv4: the inner Ethernet header, VXLAN, UDP and IP: 14 + 8 + 8 + 20 bytes. */
export const ENCAP_OVERHEAD = 50
/** Linux's own default, older than the assigned 4789. */
const KERNEL_PORT = 8472

export interface DeviceSpec {
  readonly node: string
  readonly actor: string
  readonly vxlan: VxlanBackend
  readonly iface: ExternalInterface
}

/** A device's MTU comes from the configuration, or from the device below. */
export const vxlanMtu = (vxlan: VxlanBackend, iface: ExternalInterface): number =>
  (vxlan.mtu || iface.mtu) - ENCAP_OVERHEAD

/**
 * createVXLANDevice: the device of an earlier run is kept where its settings are the wanted ones, its MAC with it; a new one takes the
 * MAC that the node's annotation remembers, or a random one. Returns the link id.
 */
export function ensureVxlanDevice(env: FlannelEnv, ctx: FlannelCtx, spec: DeviceSpec): Result<number, string> {
  const { kernel: k } = env
  const { vni, port, learning } = spec.vxlan
  const name = `flannel.${vni}`
  const stored = storedMac(env, spec.node)
  if (stored !== null) klog(ctx, 'I', 'vxlan.go:199', `Interface ${name} mac address set to: ${formatMac(stored)}`)
  const wanted: VxlanConfig = {
    vni,
    local: spec.iface.external,
    underlay: spec.iface.link,
    port: port || KERNEL_PORT,
    learning,
  }
  const existing = linkNamed(k, ctx.netns, name)
  if (existing === 0) return createDevice(k, ctx, spec, name, wanted, stored ?? randomMac(k))
  const difference = incompatibility(k, k.t.link.get(existing)!, wanted, port)
  if (difference === '') return ok(existing)
  klog(
    ctx,
    'W',
    'device.go:102',
    `"${name}" already exists with incompatible configuration: ${difference}; recreating device`,
  )
  const deed = {
    actor: spec.actor,
    verb: 'delete device',
    ref: nodeRef(spec.node),
    netns: ctx.netns,
    verdict: 'delete',
  } as const
  asAgent(k, { ...deed, text: `ip link del ${name}` }, () => deleteLink(k, existing))
  return createDevice(k, ctx, spec, name, wanted, stored ?? randomMac(k))
}

const nodeRef = (node: string): string => objectRef('Node', undefined, node)

const storedMac = (env: FlannelEnv, node: string): Mac | null =>
  vtepMacOf(env.api.peek<Node>(nodeRef(node))?.metadata.annotations?.[ANNOTATION.backendData])

/** vxlanLinksIncompat: '' where the device may stay. Port 0 asks for nothing; MTU and learning are not compared. */
function incompatibility(k: Kernel, link: LinkRow, wanted: VxlanConfig, port: number): string {
  const { vxlan } = link
  if (!vxlan) return `link type: vxlan vs ${link.kind}`
  if (vxlan.vni !== wanted.vni) return `vni: ${wanted.vni} vs ${vxlan.vni}`
  if (vxlan.underlay !== 0 && vxlan.underlay !== wanted.underlay) {
    const index = (id: number): number => k.t.link.get(id)?.ifindex ?? 0
    return `vtep (external) interface: ${index(wanted.underlay)} vs ${index(vxlan.underlay)}`
  }
  if (vxlan.local !== 0 && vxlan.local !== wanted.local) {
    return `vtep (external) IP: ${formatIpv4(wanted.local)} vs ${formatIpv4(vxlan.local)}`
  }
  return port !== 0 && vxlan.port !== port ? `port: ${port} vs ${vxlan.port}` : ''
}

function createDevice(
  k: Kernel,
  { netns }: FlannelCtx,
  spec: DeviceSpec,
  name: string,
  vxlan: VxlanConfig,
  mac: Mac,
): Result<number, string> {
  const mtu = vxlanMtu(spec.vxlan, spec.iface)
  const text =
    `ip link add ${name} address ${formatMac(mac)} mtu ${mtu} type vxlan id ${vxlan.vni} local ${formatIpv4(vxlan.local)} ` +
    `dev ${spec.iface.name} dstport ${vxlan.port}${vxlan.learning ? '' : ' nolearning'}`
  const ref = nodeRef(spec.node)
  return asAgent(k, { actor: spec.actor, verb: 'create device', ref, netns, verdict: 'create', text }, () => {
    const made = addLink(k, netns, { name, kind: 'vxlan', mac, mtu, vxlan })
    if (!made.ok) return err(ERRNO_TEXT[made.error].toLowerCase())
    stamp(k, k.t.link, made.value, [ref])
    return made
  })
}

type Configured = Pick<FlannelState, 'node' | 'actor' | 'subnet' | 'network' | 'device'>

/**
 * Configure: the first address of the node's range as a /32, so that there is no connected route, and the device up. Other addresses
 * out of the cluster's range are taken off (EnsureV4AddressOnLink).
 */
export function configureDevice(k: Kernel, ctx: FlannelCtx, state: Configured): void {
  const { device } = state
  const addr = network(state.subnet)
  const ref = nodeRef(state.node)
  const { name, up } = k.t.link.get(device)!
  const present = addressesOf(k, device)
  const others = present.filter((row) => row.addr !== addr && contains(state.network, row.addr))
  if (up && others.length === 0 && present.some((row) => row.addr === addr && row.len === 32)) return
  const text = `ip addr add ${formatIpv4(addr)}/32 dev ${name}; ip link set ${name} up`
  asAgent(k, { actor: state.actor, verb: 'configure device', ref, netns: ctx.netns, text }, () => {
    for (const row of others) {
      deleteAddress(k, row)
      klog(ctx, 'I', 'iface.go:263', `removed IP address ${formatCidr(row)} from ${name}`)
    }
    addAddress(k, device, { addr, len: 32 }, [ref])
    setLink(k, device, { up: true })
  })
}
