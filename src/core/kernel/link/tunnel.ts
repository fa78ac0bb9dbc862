import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { fibLookup } from '../route/lookup.ts'
import type { LinkRow } from '../tables.ts'
import { type IpTunnelConfig, type IpTunnelKind, isIpTunnel } from './config.ts'
import { addLink } from './link.ts'

export interface IpTunnelSpec {
  readonly name: string
  readonly kind: IpTunnelKind
  /** Namespace of the outer packets; default: that of the device. */
  readonly home?: number
  readonly local?: Ipv4
  readonly remote?: Ipv4
  /** 0 or absent: inherit. */
  readonly ttl?: number
  readonly tos?: number
  /** Default true, unless there is a fixed TTL to go with `false`. */
  readonly pmtudisc?: boolean
  /** GRE: both directions. */
  readonly key?: number | null
  readonly ikey?: number | null
  readonly okey?: number | null
  readonly oseq?: boolean
  readonly ocsum?: boolean
  /** Link id its packets leave by; 0 or absent: as routed. */
  readonly dev?: number
  readonly mac?: Mac
  /** Default: that of the way to the remote end, less the headers. */
  readonly mtu?: number
}

const FALLBACK_NAME: Readonly<Record<IpTunnelKind, string>> = { ipip: 'tunl0', gre: 'gre0', gretap: 'gretap0' }

/**
 * `ip tunnel add`, `ip link add … type ipip|gre|gretap` (net/ipv4/ip_tunnel.c). The first of its kind on a machine loads the module, which
 * puts a fallback device into each namespace. EEXIST: the name is taken, or there is a tunnel with the same ends and key; EINVAL: a fixed
 * TTL without path MTU discovery.
 */
export function addIpTunnel(k: Kernel, netns: number, spec: IpTunnelSpec): Result<number, Errno> {
  loadTunnelModule(k, netns, spec.kind)
  const home = spec.home ?? netns
  const config = configOf(spec)
  if (config.ttl !== 0 && !config.pmtudisc) return err('EINVAL')
  if (
    k.t.linkByHome
      .at(home)
      .rows()
      .some((link) => sameTunnel(link, config, spec.dev ?? 0))
  )
    return err('EEXIST')
  return addLink(k, netns, {
    name: spec.name,
    kind: spec.kind,
    mtu: spec.mtu ?? tunnelMtu(k, home, config, spec.dev ?? 0),
    ...(spec.mac !== undefined && { mac: spec.mac }),
    lower: spec.dev ?? 0,
    home,
    config,
  })
}

function configOf(spec: IpTunnelSpec): IpTunnelConfig {
  const gre = spec.kind !== 'ipip'
  return {
    kind: spec.kind,
    local: spec.local ?? 0,
    remote: spec.remote ?? 0,
    ttl: spec.ttl ?? 0,
    tos: spec.tos ?? 0,
    pmtudisc: spec.pmtudisc ?? true,
    ikey: gre ? (spec.ikey ?? spec.key ?? null) : null,
    okey: gre ? (spec.okey ?? spec.key ?? null) : null,
    oseq: gre && (spec.oseq ?? false),
    ocsum: gre && (spec.ocsum ?? false),
    fallback: false,
  }
}

const sameTunnel = (link: LinkRow, config: IpTunnelConfig, dev: number): boolean =>
  isIpTunnel(link.config) &&
  !link.config.fallback &&
  link.kind === config.kind &&
  link.lower === dev &&
  link.config.local === config.local &&
  link.config.remote === config.remote &&
  link.config.ikey === config.ikey

const IPV4 = 20
const GRE_BASE = 4
const GRE_WORD = 4
const ETHERNET = 14

/** Bytes that a GRE header takes: the base, and a word each for checksum, key and number; 0 for IPIP. */
export function greLength(config: IpTunnelConfig): number {
  if (config.kind === 'ipip') return 0
  const words = [config.ocsum, config.okey !== null, config.oseq].filter(Boolean).length
  return GRE_BASE + GRE_WORD * words
}

/** What a tunnel costs of the MTU of the way it takes: the outer headers, for gretap also the Ethernet header of what it carries. */
export const tunnelOverhead = (config: IpTunnelConfig): number =>
  IPV4 + greLength(config) + (config.kind === 'gretap' ? ETHERNET : 0)

/** ip_tunnel_bind_dev: the MTU of the device that the remote end is behind, as routed now, less the headers. */
function tunnelMtu(k: Kernel, home: number, config: IpTunnelConfig, dev: number): number {
  const routed = config.remote === 0 ? 0 : (fibLookup(k, home, config.remote, { src: config.local })?.route.dev ?? 0)
  const way = k.t.link.get(routed) ?? k.t.link.get(dev)
  return Math.max(68, (way?.mtu ?? 1500) - tunnelOverhead(config))
}

export const isFallback = (link: LinkRow): boolean => isIpTunnel(link.config) && link.config.fallback

/** `modprobe ipip` or `modprobe ip_gre`: its fallback devices appear in every namespace of the machine, and in later ones. */
export function loadTunnelModule(k: Kernel, netns: number, kind: IpTunnelKind): void {
  const host = k.t.netns.get(netns)?.host
  if (host === undefined) return
  for (const id of [...k.t.netnsByHost.at(host).keys()]) addFallbacks(k, id, modules(kind))
}

const modules = (kind: IpTunnelKind): readonly IpTunnelKind[] => (kind === 'ipip' ? ['ipip'] : ['gre', 'gretap'])

/** The fallback devices of a new namespace: of each module that its machine has loaded. */
export function addFallbackTunnels(k: Kernel, netns: number): void {
  const host = k.t.netns.get(netns)!.host
  const first = k.t.netnsByHost.at(host).firstKey()
  if (first === undefined || first === netns) return
  const loaded = k.t.linkByHome.at(first).rows().filter(isFallback)
  addFallbacks(
    k,
    netns,
    loaded.map((link) => link.kind as IpTunnelKind),
  )
}

function addFallbacks(k: Kernel, netns: number, kinds: readonly IpTunnelKind[]): void {
  for (const kind of kinds) {
    const name = FALLBACK_NAME[kind]
    if (k.t.linkByName.at(`${netns}/${name}`).size > 0) continue
    const config: IpTunnelConfig = { ...configOf({ name, kind }), pmtudisc: false, fallback: true }
    const mac = kind === 'gretap' ? { mac: 0 } : {}
    addLink(k, netns, { name, kind, mtu: 1500 - tunnelOverhead(config), ...mac, config })
  }
}

export interface GeneveSpec {
  readonly name: string
  readonly vni: number
  readonly remote: Ipv4
  readonly home?: number
  /** Default 6081. */
  readonly port?: number
  readonly ttl?: number
  readonly df?: 'unset' | 'set' | 'inherit'
  readonly mac?: Mac
  readonly mtu?: number
}

/** Outer IPv4, UDP, Geneve, and the Ethernet header of what is inside. */
export const GENEVE_OVERHEAD = 50

/** `ip link add NAME type geneve id VNI remote ADDR` (drivers/net/geneve.c). EEXIST: the name is taken, or that VNI to that end. */
export function addGeneve(k: Kernel, netns: number, spec: GeneveSpec): Result<number, Errno> {
  const home = spec.home ?? netns
  const config = {
    kind: 'geneve',
    vni: spec.vni,
    remote: spec.remote,
    port: spec.port ?? 6081,
    ttl: spec.ttl ?? 0,
    df: spec.df ?? 'unset',
  } as const
  const same = (link: LinkRow): boolean =>
    link.config?.kind === 'geneve' &&
    link.config.vni === config.vni &&
    link.config.remote === config.remote &&
    link.config.port === config.port
  if (k.t.linkByHome.at(home).rows().some(same)) return err('EEXIST')
  const way = k.t.link.get(fibLookup(k, home, spec.remote)?.route.dev ?? 0)
  const made = addLink(k, netns, {
    name: spec.name,
    kind: 'geneve',
    mtu: spec.mtu ?? (way ? way.mtu - GENEVE_OVERHEAD : 1500),
    ...(spec.mac !== undefined && { mac: spec.mac }),
    home,
    config,
  })
  return made.ok ? ok(made.value) : made
}
