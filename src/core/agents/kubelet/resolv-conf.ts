import { formatIpv4, type Ipv4 } from '../../base/ipv4.ts'
import type { PodSpec } from '../../api/kinds/types.ts'

/** A resolver configuration, resolv.conf(5). */
export interface ResolvConf {
  readonly nameservers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

export interface DnsFacts {
  readonly namespace: string
  readonly clusterDomain: string
  readonly clusterDns: Ipv4
  readonly node: ResolvConf
}

const MAX_NAMESERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_CHARACTERS = 2048

/** What a pod's resolv.conf says (k8s pkg/kubelet/network/dns/dns.go GetPodDNS), limits applied. */
export function podResolvConf(spec: PodSpec, facts: DnsFacts): ResolvConf {
  return limited(withDnsConfig(byPolicy(spec, facts), spec))
}

function byPolicy(spec: PodSpec, facts: DnsFacts): ResolvConf {
  const policy = spec.dnsPolicy ?? 'ClusterFirst'
  if (policy === 'None') return { nameservers: [], searches: [], options: [] }
  const cluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !spec.hostNetwork)
  if (!cluster) return facts.node
  const domain = facts.clusterDomain
  const searches = [`${facts.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...facts.node.searches]
  return { nameservers: [formatIpv4(facts.clusterDns)], searches: unique(searches), options: ['ndots:5'] }
}

function withDnsConfig(conf: ResolvConf, { dnsConfig }: PodSpec): ResolvConf {
  if (!dnsConfig) return conf
  const options = new Map(conf.options.map((option) => [option.split(':')[0]!, option]))
  for (const { name, value } of dnsConfig.options ?? []) {
    if (name) options.set(name, value === undefined ? name : `${name}:${value}`)
  }
  return {
    nameservers: unique([...conf.nameservers, ...(dnsConfig.nameservers ?? [])]),
    searches: unique([...conf.searches, ...(dnsConfig.searches ?? [])]),
    options: [...options.values()],
  }
}

function limited(conf: ResolvConf): ResolvConf {
  const searches = conf.searches.slice(0, MAX_SEARCHES)
  while (searches.join(' ').length > MAX_SEARCH_CHARACTERS) searches.pop()
  return { nameservers: conf.nameservers.slice(0, MAX_NAMESERVERS), searches, options: conf.options }
}

const unique = (list: readonly string[]): string[] => list.filter((item, i) => list.indexOf(item) === i)

export function parseResolvConf(text: string): ResolvConf {
  const conf = { nameservers: [] as string[], searches: [] as string[], options: [] as string[] }
  for (const line of text.split('\n')) {
    const [keyword, ...rest] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && rest[0]) conf.nameservers.push(rest[0])
    // The last line of each of these counts.
    else if (keyword === 'search' || keyword === 'domain') conf.searches = rest.filter((domain) => domain !== '.')
    else if (keyword === 'options') conf.options = rest
  }
  return conf
}

export function formatResolvConf(conf: ResolvConf): string {
  const lines = []
  if (conf.searches.length > 0) lines.push(`search ${conf.searches.join(' ')}`)
  for (const server of conf.nameservers) lines.push(`nameserver ${server}`)
  if (conf.options.length > 0) lines.push(`options ${conf.options.join(' ')}`)
  return lines.map((line) => `${line}\n`).join('')
}
