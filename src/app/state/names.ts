import type { DeviceKind, HostView, PodView, TopologyView } from '../../worker/protocol.ts'

/** A pod's name in two parts: what may be cut, and the end that tells it from its sisters. */
export function podName({ name, owner }: PodView): { readonly head: string; readonly tail: string } {
  const cut = name.lastIndexOf('-')
  if (!owner || cut < 0) return { head: name, tail: '' }
  const tail = name.slice(cut + 1)
  const head = name.slice(0, cut)
  const hash = head.lastIndexOf('-')
  const withoutHash = owner.startsWith('ReplicaSet/') && hash > 0 ? head.slice(0, hash) : head
  return { head: withoutHash, tail }
}

/** The last two parts of an address, as they are told apart inside a node: `.1.4`. */
export const shortAddress = (ip: string | null): string => (ip ? `.${ip.split('.').slice(2).join('.')}` : '')

export const podsOf = (host: HostView): PodView[] => host.netns.flatMap((netns) => netns.pod ?? [])
export const firstAddress = (host: HostView): string => (host.addresses[0] ?? '').split(/[/ ]/)[0]!

/** Names of what the columns `place` and `dev` of the trace hold. */
export interface Names {
  readonly places: ReadonlyMap<number, string>
  readonly devices: ReadonlyMap<number, { readonly name: string; readonly place: number }>
}

export function namesOf(topology: TopologyView): Names {
  const places = new Map<number, string>()
  const devices = new Map<number, { name: string; place: number }>()
  for (const host of topology.hosts)
    for (const netns of host.netns) {
      places.set(netns.id, netns.pod?.name ?? (netns.kind === 'named' ? netns.name : host.name))
      for (const device of netns.devices) devices.set(device.id, { name: device.name, place: netns.id })
    }
  return { places, devices }
}

/** `null` for no device, and for one that is not there at the cursor. */
export function kindOfDevice(topology: TopologyView | null, id: number): DeviceKind | null {
  if (id !== 0)
    for (const host of topology?.hosts ?? [])
      for (const netns of host.netns) {
        const device = netns.devices.find((one) => one.id === id)
        if (device) return device.kind
      }
  return null
}
