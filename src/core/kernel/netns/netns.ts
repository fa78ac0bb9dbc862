import { deleteSetsOf } from '../ipset/sets.ts'
import type { Kernel } from '../kernel.ts'
import { addLink, deleteLink, setLink } from '../link/link.ts'
import { addFallbackTunnels } from '../link/tunnel.ts'
import { deleteRulesOf, addDefaultRules } from '../route/rule.ts'

/** Creates a network namespace on a machine, with its loopback device (down, as Linux leaves it). Returns its id. */
export function createNetns(k: Kernel, host: string, name: string, label: string): number {
  const id = k.world.next('netns')
  k.world.put(k.t.netns, id, { id, host, name, label })
  addDefaultRules(k, id)
  addLink(k, id, { name: 'lo', kind: 'loopback', mac: 0, mtu: 65536 })
  addFallbackTunnels(k, id)
  return id
}

/** `ip link set lo up` */
export function loopbackUp(k: Kernel, netns: number): void {
  const lo = linkNamed(k, netns, 'lo')
  if (lo) setLink(k, lo, { up: true })
}

/** Link id of the device with this name in the namespace; 0 when there is none. */
export const linkNamed = (k: Kernel, netns: number, name: string): number =>
  k.t.linkByName.at(`${netns}/${name}`).firstKey() ?? 0

/** Removes a namespace and all that lives in it. A veth end in it takes its peer along. */
export function deleteNetns(k: Kernel, netns: number): void {
  for (const link of [...k.t.linkByNetns.at(netns).keys(), ...k.t.linkByHome.at(netns).keys()])
    deleteLink(k, link, true)
  deleteRulesOf(k, netns)
  for (const key of [...k.t.routeByNetns.at(netns).keys()]) k.world.delete(k.t.route, key)
  for (const key of [...k.t.netfilterByNetns.at(netns).keys()]) k.world.delete(k.t.netfilter, key)
  for (const key of [...k.t.conntrackByNetns.at(netns).keys()]) k.world.delete(k.t.conntrack, key)
  for (const key of [...k.t.sysctlByNetns.at(netns).keys()]) k.world.delete(k.t.sysctl, key)
  for (const key of [...k.t.pmtuByNetns.at(netns).keys()]) k.world.delete(k.t.pmtu, key)
  for (const key of [...k.t.inetPeerByNetns.at(netns).keys()]) k.world.delete(k.t.inetPeer, key)
  deleteSetsOf(k, netns)
  k.world.delete(k.t.netns, netns)
}
