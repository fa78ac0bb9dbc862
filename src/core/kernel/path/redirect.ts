import { type Ipv4, IPV4_BROADCAST, isMulticast, isZeronet } from '../../base/ipv4.ts'
import type { Kernel } from '../kernel.ts'
import { addressesOf, isInSubnet } from '../link/address.ts'
import { findNeigh } from '../neigh/neigh.ts'
import { isValid, neighState } from '../neigh/state.ts'
import { addressType } from '../route/lookup.ts'
import type { OutputRoute } from '../route/output.ts'
import { learnGateway } from '../route/pmtu.ts'
import { deviceConf } from '../sysctl/sysctl.ts'
import type { LinkRow } from '../tables.ts'
import { resolve } from './neigh-output.ts'
import type { Skb } from './skb.ts'

/**
 * __ip_do_redirect (net/ipv4/route.c): a router says that packets to `dst` had better go by `gateway`. Believed only from the gateway of
 * now, about its own network, where accept_redirects says so. While nobody knows the new gateway's address, it is asked for, and the
 * next redirect counts.
 */
export function redirected(k: Kernel, skb: Skb, dst: Ipv4, gateway: Ipv4, from: Ipv4, route: OutputRoute): void {
  const dev = k.t.link.get(skb.iif)
  if (!dev || route.via !== from || route.out.id !== dev.id || route.route.type !== 'unicast') return
  if (gateway === from || !acceptable(k, dev, gateway, from)) return
  const neighbour = findNeigh(k, dev.id, gateway)
  if (neighbour && isValid(neighState(neighbour, k.now))) return learnGateway(k, skb.netns, dst, route.hop, gateway)
  if (neighbour?.state !== 'INCOMPLETE') resolve(k, dev, gateway, skb.ids[0]!)
}

function acceptable(k: Kernel, dev: LinkRow, gateway: Ipv4, from: Ipv4): boolean {
  const conf = deviceConf(k, dev.netns, dev.name)
  if (!conf.acceptRedirects || isMulticast(gateway) || gateway === IPV4_BROADCAST || isZeronet(gateway)) return false
  if (conf.sharedMedia) return addressType(k, dev.netns, gateway) === 'unicast'
  const onLink = addressesOf(k, dev.id).some((row) => isInSubnet(row, gateway) && isInSubnet(row, from))
  return onLink && (!conf.secureRedirects || isDefaultGateway(k, dev, gateway))
}

/** ip_fib_check_default */
const isDefaultGateway = (k: Kernel, dev: LinkRow, gateway: Ipv4): boolean =>
  k.t.routeByNetns
    .at(dev.netns)
    .rows()
    .some((route) => route.via === gateway && route.dev === dev.id)
