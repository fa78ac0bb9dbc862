import type { DeviceKind, DeviceView, HostView, NetnsView } from '../../../worker/protocol.ts'

/**
 * Where a machine's own device stands. What leads to the wire is below the kernel: NICs as the lower edge, tabs on the NIC whose wire they
 * share, mouths of tunnels. What leads to a program or nowhere is above it, on the shelf.
 */
export type Shape = 'bar' | 'shelf' | 'mouth' | 'tab' | 'nic' | 'none'

const SHAPE: Readonly<Record<DeviceKind, Shape>> = {
  loopback: 'none',
  ether: 'nic',
  veth: 'shelf',
  bridge: 'bar',
  dummy: 'shelf',
  tun: 'shelf',
  vlan: 'tab',
  macvlan: 'tab',
  ipvlan: 'tab',
  vxlan: 'mouth',
  geneve: 'mouth',
  ipip: 'mouth',
  gre: 'mouth',
  gretap: 'mouth',
  wireguard: 'mouth',
}

/** Linux brings these when the first tunnel of their kind is made; they matter to those who switch them on. */
const FALLBACKS: ReadonlySet<string> = new Set(['tunl0', 'gre0', 'gretap0', 'erspan0'])

export const ownOf = (host: HostView): NetnsView | undefined => host.netns.find(({ kind }) => kind === 'host')

/** Everything but the machine's own namespace is drawn as a box with a sky of its own. */
export const boxed = (host: HostView): NetnsView[] => host.netns.filter(({ kind }) => kind !== 'host')

/** What tells the boxes of a machine apart. */
export const boxKey = ({ pod, name }: NetnsView): string => pod?.ref ?? `netns/${name}`

export const isDrawn = (device: DeviceView): boolean =>
  device.kind !== 'loopback' && (device.up || !FALLBACKS.has(device.name))

/** The machine's own devices of a shape. The near end of a cable into a box, and a port of a bridge, are no devices of their own. */
export function shaped(host: HostView, shape: Shape): DeviceView[] {
  const inBoxes = new Set(boxed(host).flatMap(({ devices }) => devices.map(({ id }) => id)))
  const isEnd = ({ kind, peer, master }: DeviceView): boolean => kind === 'veth' && (master !== 0 || inBoxes.has(peer))
  return (ownOf(host)?.devices ?? []).filter(
    (device) => SHAPE[device.kind] === shape && isDrawn(device) && !isEnd(device),
  )
}
