/** One Service as kube-proxy's iptables mode programs it, with `statistic nth` in place of the random draw, so that runs repeat. */
export interface ServiceRules {
  readonly vip: string
  readonly port: number
  readonly proto?: 'tcp' | 'udp'
  /** `address:port` */
  readonly endpoints: readonly string[]
  readonly nodePort?: number
  /** externalTrafficPolicy: Local; the endpoints on this node. */
  readonly local?: readonly string[]
}

const POD_NETWORK = '10.244.0.0/16'

/** Input of iptables-restore for one node: KUBE-* chains of the nat and filter tables, and flannel's masquerading. */
export function serviceRules(services: readonly ServiceRules[], options: { readonly flannel?: boolean } = {}): string {
  const flannel = options.flannel ?? true
  const chains = [
    'KUBE-SERVICES',
    'KUBE-NODEPORTS',
    'KUBE-MARK-MASQ',
    'KUBE-POSTROUTING',
    ...(flannel ? ['FLANNEL-POSTRTG'] : []),
  ]
  const rules: string[] = []
  services.forEach((service, i) => {
    const own = chainsOf(service, `WEB${i}`)
    chains.push(...own.chains)
    rules.push(...own.rules)
  })
  const refused = services.filter((s) => s.endpoints.length === 0)
  return `*nat
${chains.map((chain) => `:${chain} - [0:0]`).join('\n')}
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
${flannel ? '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG\n' : ''}${rules.join('\n')}
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
${flannel ? FLANNEL : ''}COMMIT
*filter
:KUBE-FORWARD - [0:0]
:KUBE-SERVICES - [0:0]
-A INPUT -m conntrack --ctstate NEW -j KUBE-SERVICES
-A FORWARD -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
${refused.map((s) => `-A KUBE-SERVICES -d ${s.vip}/32 -p ${s.proto ?? 'tcp'} -m ${s.proto ?? 'tcp'} --dport ${s.port} -j REJECT --reject-with icmp-port-unreachable\n`).join('')}COMMIT
`
}

const FLANNEL = `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN
-A FLANNEL-POSTRTG -s ${POD_NETWORK} -d ${POD_NETWORK} -j RETURN
-A FLANNEL-POSTRTG -s ${POD_NETWORK} ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s ${POD_NETWORK} -d ${POD_NETWORK} -j MASQUERADE --random-fully
`

function chainsOf(s: ServiceRules, name: string): { readonly chains: string[]; readonly rules: string[] } {
  if (s.endpoints.length === 0) return { chains: [], rules: [] }
  const proto = s.proto ?? 'tcp'
  const [svc, ext, svl] = [`KUBE-SVC-${name}`, `KUBE-EXT-${name}`, `KUBE-SVL-${name}`]
  const sep = (endpoint: string): string => `KUBE-SEP-${name}-${s.endpoints.indexOf(endpoint)}`
  const chains = [svc, ...s.endpoints.map(sep)]
  const rules = [
    `-A KUBE-SERVICES -d ${s.vip}/32 -p ${proto} -m ${proto} --dport ${s.port} -j ${svc}`,
    `-A ${svc} ! -s ${POD_NETWORK} -d ${s.vip}/32 -p ${proto} -m ${proto} --dport ${s.port} -j KUBE-MARK-MASQ`,
    ...spread(svc, s.endpoints, sep),
    ...s.endpoints.flatMap((endpoint) => [
      `-A ${sep(endpoint)} -s ${endpoint.split(':')[0]}/32 -j KUBE-MARK-MASQ`,
      `-A ${sep(endpoint)} -p ${proto} -m ${proto} -j DNAT --to-destination ${endpoint}`,
    ]),
  ]
  if (s.nodePort === undefined) return { chains, rules }
  chains.push(ext)
  rules.push(`-A KUBE-NODEPORTS -p ${proto} -m ${proto} --dport ${s.nodePort} -j ${ext}`)
  if (!s.local) {
    rules.push(`-A ${ext} -j KUBE-MARK-MASQ`, `-A ${ext} -j ${svc}`)
    return { chains, rules }
  }
  rules.push(
    `-A ${ext} -s ${POD_NETWORK} -j ${svc}`,
    `-A ${ext} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
    `-A ${ext} -m addrtype --src-type LOCAL -j ${svc}`,
  )
  if (s.local.length > 0) {
    chains.push(svl)
    rules.push(`-A ${ext} -j ${svl}`, ...spread(svl, s.local, sep))
  }
  return { chains, rules }
}

/** To each endpoint in turn. */
function spread(chain: string, endpoints: readonly string[], sep: (endpoint: string) => string): string[] {
  return endpoints.map((endpoint, i) => {
    const left = endpoints.length - i
    return `-A ${chain}${left > 1 ? ` -m statistic --mode nth --every ${left} --packet 0` : ''} -j ${sep(endpoint)}`
  })
}
