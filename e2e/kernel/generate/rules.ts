import type { RuleBlueprint } from './plan.ts'
import type { Topology } from './topology.ts'

/** A virtual address that only translations lead to. */
export const VIP = '10.96.0.10'
export const TCP_PORT = 80
export const UDP_PORT = 7

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length]!

const CHAINS = {
  filter: ['INPUT', 'FORWARD', 'FORWARD', 'OUTPUT', 'USER'],
  nat: ['PREROUTING', 'PREROUTING', 'OUTPUT', 'POSTROUTING', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
} as const

/** One rule as iptables-restore reads it, and the machine it is for. */
export interface GeneratedRule {
  readonly ns: string
  readonly table: RuleBlueprint['table']
  readonly line: string
}

export function ruleOf(r: RuleBlueprint, t: Topology): GeneratedRule {
  // Routers are more interesting than hosts.
  const ns = pick([...t.routers, ...t.routers, ...t.routers, ...t.hosts], r.at)
  const chain = pick(CHAINS[r.table], r.chain)
  const target = targetOf(r, chain, ns, t)
  // iptables takes no second -s or -p. What the target needs comes first.
  const words = oneOfAKind([...neededBy(target), ...r.match.map((m) => matchOf(m, chain, ns, t))])
  return { ns, table: r.table, line: ['-A', chain, ...words, target.join(' ')].filter((w) => w !== '').join(' ') }
}

/** The first match of each kind. */
export function oneOfAKind(matches: readonly string[]): readonly string[] {
  const words = new Map<string, string>()
  for (const word of matches) {
    const kind = /-[a-z] |-m [a-z]+/.exec(word)?.[0] ?? ''
    if (kind !== '' && !words.has(kind)) words.set(kind, word)
  }
  return [...words.values()]
}

/** Matches that a target cannot be without. */
function neededBy(target: string[]): string[] {
  const text = target.join(' ')
  if (text.includes('TCPMSS')) return ['-p tcp -m tcp --tcp-flags SYN,RST SYN']
  if (/--to-ports|tcp-reset/.test(text)) return ['-p tcp -m tcp']
  const [first = ''] = target
  if (!first.startsWith('-d ')) return []
  target.shift()
  return [first]
}

/** Extensions whose answer a scenario alone decides: no clock, no draw. */
const MORE = [
  `-p udp -m multiport --dports ${UDP_PORT},9`,
  `-p tcp -m multiport ! --dports ${TCP_PORT},81`,
  '-m iprange --dst-range 10.1.0.0-10.1.0.3',
  '-m iprange ! --src-range 10.1.0.0-10.2.0.2',
  '-m connmark --mark 0x1/0x1',
  '-m length --length 60:100',
  '-m ttl --ttl-gt 62',
  '-m statistic --mode nth --every 2 --packet 0',
  '-m recent --set --name seen --mask 255.255.255.255 --rsource',
  '-m recent --rcheck --hitcount 2 --name seen --mask 255.255.255.255 --rsource',
  '-m conntrack --ctdir REPLY',
  '-m conntrack --ctstatus SEEN_REPLY',
  '-m conntrack --ctstate DNAT',
  '-m limit --limit 1/hour --limit-burst 2',
] as const

function matchOf(n: number, chain: string, ns: string, t: Topology): string {
  const devices = t.devices.get(ns) ?? ['eth0']
  const hosts = t.hosts.map((host) => t.addresses.get(host)![0]!)
  const choices = [
    () => `-s ${pick(t.lans, n >> 4)}`,
    () => `-d ${pick(t.lans, n >> 4)}`,
    () => `-s ${pick(hosts, n >> 4)}/32`,
    () => `-d ${pick([...hosts, VIP], n >> 4)}/32`,
    () => `! -d ${pick(t.lans, n >> 4)}`,
    () => '-p tcp -m tcp',
    () => `-p tcp -m tcp --dport ${TCP_PORT}`,
    () => '-p udp -m udp',
    () => `-p udp -m udp --dport ${UDP_PORT}`,
    () => '-p icmp -m icmp --icmp-type 8',
    () => '-p icmp',
    () => (['INPUT', 'FORWARD', 'PREROUTING'].includes(chain) ? `-i ${pick(devices, n >> 4)}` : ''),
    () => (['OUTPUT', 'FORWARD', 'POSTROUTING'].includes(chain) ? `-o ${pick(devices, n >> 4)}` : ''),
    () =>
      `-m conntrack --ctstate ${pick(['NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED', 'INVALID', 'NEW,RELATED'], n >> 4)}`,
    () => '-m mark --mark 0x1/0x1',
    () => `-m addrtype --${pick(['src', 'dst'], n >> 4)}-type LOCAL`,
    () => MORE[(n >> 5) % MORE.length]!,
  ]
  return pick(choices, n)()
}

/** A target, perhaps with the destination it is for in front. */
function targetOf(r: RuleBlueprint, chain: string, ns: string, t: Topology): string[] {
  const hosts = t.hosts.map((host) => t.addresses.get(host)![0]!)
  const own = t.addresses.get(ns)!
  const n = r.target
  const some = pick(hosts, n >> 4)
  switch (r.table) {
    case 'filter': {
      const choices = [
        '-j ACCEPT',
        '-j ACCEPT',
        '',
        '-j DROP',
        '-j REJECT --reject-with icmp-port-unreachable',
        '-j REJECT --reject-with icmp-host-prohibited',
        '-j REJECT --reject-with tcp-reset',
        '-j RETURN',
        '-j USER',
      ]
      const target = pick(choices, n)
      return [chain === 'USER' && target === '-j USER' ? '-j RETURN' : target]
    }
    case 'nat':
      if (chain === 'POSTROUTING')
        return [
          pick(
            ['-j MASQUERADE', '-j MASQUERADE', `-j SNAT --to-source ${pick(own, n >> 4)}`, '-j RETURN', '-j ACCEPT'],
            n,
          ),
        ]
      return [
        ...pick(
          [
            [`-d ${VIP}/32`, `-j DNAT --to-destination ${some}`],
            [`-d ${VIP}/32`, `-j DNAT --to-destination ${some}`],
            [`-j DNAT --to-destination ${some}`],
            [`-j REDIRECT --to-ports ${TCP_PORT}`],
            ['-j RETURN'],
          ],
          n,
        ),
      ]
    case 'mangle':
      return [
        pick(
          [
            '-j MARK --set-xmark 0x1/0x1',
            '-j MARK --set-xmark 0x0/0x1',
            '-j CONNMARK --save-mark',
            '-j CONNMARK --restore-mark',
            '',
            ...(['FORWARD', 'POSTROUTING', 'OUTPUT'].includes(chain) ? ['-j TCPMSS --set-mss 500'] : []),
          ],
          n,
        ),
      ]
    case 'raw':
      return [pick(['-j CT --notrack', ''], n)]
  }
}

/** The rules of one machine as an input for iptables-restore. */
export function restoreText(rules: readonly GeneratedRule[], ns: string): string {
  const own = rules.filter((rule) => rule.ns === ns)
  return (['raw', 'mangle', 'nat', 'filter'] as const)
    .map((table) => {
      const lines = own.filter((rule) => rule.table === table).map((rule) => `${rule.line}\n`)
      if (lines.length === 0) return ''
      return `*${table}\n${table === 'filter' ? ':USER - [0:0]\n' : ''}${lines.join('')}COMMIT\n`
    })
    .join('')
}
