import { type Ipv4, parseIpv4 } from '../../base/ipv4.ts'
import { SEC, type SimTime } from '../../base/time.ts'
import { parseResolvConf } from '../contracts/resolv-conf.ts'
import { type Directive, type ServerBlock, zoneName } from './corefile.ts'

export interface KubernetesConfig {
  readonly zones: readonly string[]
  readonly pods: 'disabled' | 'insecure' | 'verified'
  readonly ttl: number
  /** Zones for which a missing name goes on to the next plugin; `null`: none. */
  readonly fallthrough: readonly string[] | null
  readonly endpointPodNames: boolean
  readonly ignoreEmptyService: boolean
}

export interface CacheConfig {
  /** Seconds. */
  readonly success: number
  readonly denial: number
  readonly successOff: readonly string[]
  readonly denialOff: readonly string[]
}

export interface ForwardConfig {
  readonly zone: string
  readonly upstreams: readonly { readonly addr: Ipv4; readonly port: number }[]
}

export interface HostsConfig {
  readonly entries: readonly { readonly addr: Ipv4; readonly names: readonly string[] }[]
  readonly fallthrough: boolean
  readonly ttl: number
}

/** One server block, read: what each plugin was told. Absent plugins are `null`. */
export interface ServerConfig {
  readonly zones: readonly string[]
  readonly port: number
  readonly kubernetes: KubernetesConfig | null
  readonly cache: CacheConfig | null
  readonly forward: ForwardConfig | null
  readonly hosts: HostsConfig | null
  readonly loadbalance: boolean
  readonly errors: boolean
  readonly log: boolean
  readonly loop: boolean
  readonly reload: boolean
  /** HTTP ports; 0 = not there. */
  readonly health: number
  readonly lameduck: SimTime
  readonly ready: number
  readonly prometheus: number
}

/** `resolvConf`: text of the file that `forward . /etc/resolv.conf` names. */
export function readServer(block: ServerBlock, readFile: (path: string) => string | null): ServerConfig {
  const find = (name: string): Directive | undefined => block.directives.find((directive) => directive.name === name)
  const kubernetes = find('kubernetes')
  const cache = find('cache')
  const forward = find('forward')
  const hosts = find('hosts')
  const health = find('health')
  return {
    zones: block.zones,
    port: block.port,
    kubernetes: kubernetes ? readKubernetes(kubernetes, block.zones) : null,
    cache: cache ? readCache(cache) : null,
    forward: forward ? readForward(forward, readFile) : null,
    hosts: hosts ? readHosts(hosts) : null,
    loadbalance: find('loadbalance') !== undefined,
    errors: find('errors') !== undefined,
    log: find('log') !== undefined,
    loop: find('loop') !== undefined,
    reload: find('reload') !== undefined,
    health: portOf(health, 8080),
    lameduck: seconds(lineOf(health, 'lameduck')?.[1]),
    ready: portOf(find('ready'), 8181),
    prometheus: portOf(find('prometheus'), 9153),
  }
}

const lineOf = (directive: Directive | undefined, word: string): readonly string[] | undefined =>
  directive?.block.find((line) => line[0] === word)

const portOf = (directive: Directive | undefined, otherwise: number): number =>
  directive ? Number(directive.args[0]?.split(':').at(-1) ?? otherwise) || otherwise : 0

const seconds = (text: string | undefined): SimTime => {
  const match = /^(\d+)(ms|s|m)?$/.exec(text ?? '')
  return match ? Number(match[1]) * (match[2] === 'ms' ? SEC / 1000 : match[2] === 'm' ? 60 * SEC : SEC) : 0
}

function readKubernetes(directive: Directive, zones: readonly string[]): KubernetesConfig {
  const pods = lineOf(directive, 'pods')?.[1]
  const fallthrough = lineOf(directive, 'fallthrough')
  const through = fallthrough?.slice(1).map(zoneName)
  return {
    zones: directive.args.length > 0 ? directive.args.map(zoneName) : zones,
    pods: pods === 'insecure' || pods === 'verified' ? pods : 'disabled',
    ttl: Number(lineOf(directive, 'ttl')?.[1] ?? 5),
    fallthrough: through ? (through.length > 0 ? through : ['.']) : null,
    endpointPodNames: lineOf(directive, 'endpoint_pod_names') !== undefined,
    ignoreEmptyService: lineOf(directive, 'ignore')?.[1] === 'empty_service',
  }
}

function readCache(directive: Directive): CacheConfig {
  const cap = Number(directive.args[0])
  const given = (word: string): number => Number(lineOf(directive, word)?.[2] ?? Number.NaN)
  const off = (word: string): readonly string[] =>
    directive.block
      .filter((line) => line[0] === 'disable' && line[1] === word)
      .flatMap((line) => (line.length > 2 ? line.slice(2).map(zoneName) : ['.']))
  return {
    success: given('success') || cap || 3600,
    denial: given('denial') || cap || 1800,
    successOff: off('success'),
    denialOff: off('denial'),
  }
}

function readForward(directive: Directive, readFile: (path: string) => string | null): ForwardConfig {
  const upstreams: { addr: Ipv4; port: number }[] = []
  for (const to of directive.args.slice(1)) {
    const match = /^(?:dns:\/\/)?([\d.]+)(?::(\d+))?$/.exec(to)
    const addr = parseIpv4(match?.[1] ?? '')
    if (addr !== null) upstreams.push({ addr, port: Number(match?.[2] ?? 53) })
    else if (to.startsWith('/')) {
      const text = readFile(to)
      if (text !== null)
        for (const server of parseResolvConf(text).nameservers) upstreams.push({ addr: server, port: 53 })
    }
  }
  return { zone: zoneName(directive.args[0] ?? '.'), upstreams }
}

function readHosts(directive: Directive): HostsConfig {
  const entries = directive.block.flatMap(([address, ...names]) => {
    const addr = parseIpv4(address ?? '')
    return addr === null ? [] : [{ addr, names: names.map(zoneName) }]
  })
  return {
    entries,
    fallthrough: lineOf(directive, 'fallthrough') !== undefined,
    ttl: Number(lineOf(directive, 'ttl')?.[1] ?? 3600),
  }
}
