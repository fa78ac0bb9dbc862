import { formatIpv4, type Ipv4, parseIpv4 } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { addressesOf } from '../../kernel/link/address.ts'
import { linkNamed } from '../../kernel/netns/netns.ts'
import { ROUTE_TABLE } from '../../kernel/route/row.ts'
import { fibLookup } from '../../kernel/route/lookup.ts'
import { klog } from '../contracts/klog.ts'
import type { FlannelOptions } from './options.ts'
import type { ExternalInterface, FlannelCtx } from './state.ts'

const info = (ctx: FlannelCtx, source: string, text: string): void => klog(ctx, 'I', source, text)

/**
 * The device for traffic between nodes: what `--iface`, `--iface-regex` and `--iface-can-reach` name, in this order; without them the
 * one that has the public address, or that of the default route. `publicIp`: '' = the device's own address. The error is what flanneld
 * ends with.
 */
export function externalInterface(
  k: Kernel,
  ctx: FlannelCtx,
  options: FlannelOptions,
  publicIp: string,
): Result<ExternalInterface, string> {
  const { iface, ifaceRegex, ifaceCanReach } = options
  if (iface.length === 0 && ifaceRegex.length === 0 && ifaceCanReach === '') {
    const found = publicIp === '' ? defaultInterface(k, ctx) : namedInterface(k, ctx, publicIp)
    const complete = found.ok ? withAddress(k, ctx, found.value, publicIp) : found
    return complete.ok ? complete : err(`Failed to find any valid interface to use: ${complete.error}`)
  }
  const tries: readonly (readonly [string, () => Result<Found, string>])[] = [
    ...iface.map((name) => [name, () => namedInterface(k, ctx, name)] as const),
    ...ifaceRegex.map((regex) => [regex, () => matchingInterface(k, ctx, regex)] as const),
    ...(ifaceCanReach === ''
      ? []
      : [[`ifaceCanReach: ${ifaceCanReach}`, () => reachingInterface(k, ctx, ifaceCanReach)] as const]),
  ]
  for (const [name, find] of tries) {
    const found = find()
    const complete = found.ok ? withAddress(k, ctx, found.value, publicIp) : found
    if (complete.ok) return complete
    info(ctx, 'main.go:336', `Could not find valid interface matching ${name}: ${complete.error}`)
  }
  return err('Failed to find interface to use that matches the interfaces and/or regexes provided')
}

interface Found {
  readonly link: number
  /** The address that it was found by. */
  readonly address?: Ipv4
}

function defaultInterface(k: Kernel, ctx: FlannelCtx): Result<Found, string> {
  info(ctx, 'match.go:211', 'Determining IP address of default interface')
  const routes = k.t.routeByNetns
    .at(ctx.netns)
    .rows()
    .filter((route) => route.len === 0 && route.table === ROUTE_TABLE.main)
  const route = [...routes].sort((a, b) => a.metric - b.metric)[0]
  if (!route) return err('failed to get default interface: unable to find default route')
  if (route.dev === 0)
    return err('failed to get default interface: found default route but could not determine interface')
  return ok({ link: route.dev })
}

/** By name or address. */
function namedInterface(k: Kernel, ctx: FlannelCtx, name: string): Result<Found, string> {
  const address = parseIpv4(name)
  if (address === null) {
    const link = linkNamed(k, ctx.netns, name)
    return link === 0
      ? err(`error looking up interface ${name}: route ip+net: no such network interface`)
      : ok({ link })
  }
  info(ctx, 'match.go:74', `Searching for interface using ${name}`)
  const row = k.t.addressByNetns
    .at(ctx.netns)
    .rows()
    .find((each) => each.addr === address)
  return row
    ? ok({ link: row.link, address })
    : err(`error looking up interface ${name}: no interface with given IP found`)
}

/** By a regular expression that an address, or else a name, matches. */
function matchingInterface(k: Kernel, ctx: FlannelCtx, text: string): Result<Found, string> {
  const regex = compile(text)
  if (!regex) return err(`could not compile the IP address regex '${text}'`)
  const links = [...k.t.linkByNetns.at(ctx.netns).rows()].sort((a, b) => a.ifindex - b.ifindex)
  for (const { id } of links) {
    const row = usable(k, id).find((address) => regex.test(formatIpv4(address)))
    if (row !== undefined) return ok({ link: id, address: row })
  }
  const named = links.find(({ name }) => regex.test(name))
  if (named) return ok({ link: named.id })
  const all = links.map(({ id, name }) => `${name}:[${usable(k, id).map(formatIpv4).join(' ')}]`).join(', ')
  return err(`could not match pattern ${text} to any of the available network interfaces (${all})`)
}

function compile(text: string): RegExp | null {
  try {
    return new RegExp(text)
  } catch {
    return null
  }
}

function reachingInterface(k: Kernel, ctx: FlannelCtx, text: string): Result<Found, string> {
  info(ctx, 'match.go:206', `Determining interface to use based on given ifcanreach: ${text}`)
  const target = parseIpv4(text)
  const found = target === null ? null : fibLookup(k, ctx.netns, target)
  if (!found || found.route.dev === 0) {
    return err(`failed to get ifcanreach based interface: couldn't lookup route to ${text}: network is unreachable`)
  }
  return ok({ link: found.route.dev })
}

/** GetInterfaceIP4Addrs: global and link-local ones, in the order they were added. */
const usable = (k: Kernel, link: number): readonly Ipv4[] =>
  addressesOf(k, link)
    .filter((row) => row.scope !== 'host')
    .map((row) => row.addr)

function withAddress(k: Kernel, ctx: FlannelCtx, found: Found, publicIp: string): Result<ExternalInterface, string> {
  const { id: link, name, mtu } = k.t.link.get(found.link)!
  const address = found.address ?? usable(k, link)[0]
  if (address === undefined) return err(`failed to find IPv4 address for interface ${name}`)
  info(ctx, 'match.go:269', `Using interface with name ${name} and address ${formatIpv4(address)}`)
  const given = publicIp === '' ? null : parseIpv4(publicIp)
  if (publicIp !== '' && given === null) return err(`invalid public IP address: ${publicIp}`)
  if (given !== null) info(ctx, 'match.go:287', `Using ${publicIp} as external address`)
  else info(ctx, 'match.go:291', `Defaulting external address to interface address (${formatIpv4(address)})`)
  return ok({ link, name, mtu, address, external: given ?? address })
}
