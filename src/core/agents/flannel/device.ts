import { network } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { type Mac, formatMac } from '../../base/mac.ts'
import { objectRef } from '../../base/ref.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { addAddress, addressesOf, deleteAddress } from '../../kernel/link/address.ts'
import { addLink, deleteLink, randomMac, setLink } from '../../kernel/link/link.ts'
import { linkNamed } from '../../kernel/netns/netns.ts'
import type { VxlanConfig } from '../../kernel/tables.ts'
import { asAgent, stamp } from '../contracts/agent-trace.ts'
import type { FlannelState } from './state.ts'

/** VXLAN over IPv4: outer Ethernet header aside, 20 + 8 + 8 + 14 bytes. */
export const ENCAP_OVERHEAD = 50
/** Linux's own default, older than the assigned 4789. */
const KERNEL_PORT = 8472

type DeviceSpec = Pick<FlannelState, 'node' | 'actor' | 'config' | 'iface'>

/** newVXLANDevice: the device of an earlier run is kept where its settings are the wanted ones, and its MAC with it. */
export function ensureVxlanDevice(k: Kernel, netns: number, spec: DeviceSpec, mac: Mac | null): number {
  const { vni, port, learning } = spec.config.backend
  const name = `flannel.${vni}`
  const vxlan: VxlanConfig = { vni, local: spec.iface.ip, underlay: spec.iface.link, port: port || KERNEL_PORT, learning }
  const mtu = deviceMtu(spec)
  const existing = linkNamed(k, netns, name)
  if (existing !== 0 && sameSettings(k.t.link.get(existing)!.vxlan, vxlan)) {
    setLink(k, existing, { mtu })
    return existing
  }
  const address = mac ?? randomMac(k)
  const dev = k.t.link.get(spec.iface.link)?.name ?? ''
  const text =
    `ip link add ${name} address ${formatMac(address)} type vxlan id ${vni} local ${formatIpv4(vxlan.local)} dev ${dev} ` +
    `dstport ${vxlan.port}${learning ? '' : ' nolearning'}`
  const ref = objectRef('Node', undefined, spec.node)
  return asAgent(k, { actor: spec.actor, verb: 'create device', ref, netns, verdict: 'create', text }, () => {
    if (existing !== 0) deleteLink(k, existing)
    const made = addLink(k, netns, { name, kind: 'vxlan', mac: address, mtu, vxlan })
    if (!made.ok) return 0
    stamp(k, k.t.link, made.value, [ref])
    return made.value
  })
}

export const deviceMtu = ({ config, iface }: Pick<FlannelState, 'config' | 'iface'>): number =>
  (config.backend.mtu || iface.mtu) - ENCAP_OVERHEAD

const sameSettings = (a: VxlanConfig | null, b: VxlanConfig): boolean =>
  a !== null && a.vni === b.vni && a.local === b.local && a.underlay === b.underlay && a.port === b.port && a.learning === b.learning

/** Configure: the first address of the node's range as a /32, and the device up. Other addresses are taken off (EnsureV4AddressOnLink). */
export function configureDevice(k: Kernel, state: FlannelState, netns: number): void {
  const addr = network(state.subnet)
  const ref = objectRef('Node', undefined, state.node)
  const { name } = k.t.link.get(state.device)!
  const text = `ip addr add ${formatIpv4(addr)}/32 dev ${name}`
  asAgent(k, { actor: state.actor, verb: 'configure device', ref, netns, text }, () => {
    for (const row of addressesOf(k, state.device)) {
      if (row.addr !== addr || row.len !== 32) deleteAddress(k, state.device, row.addr, row.len)
    }
    addAddress(k, state.device, { addr, len: 32 }, [ref])
    setLink(k, state.device, { up: true })
  })
}
