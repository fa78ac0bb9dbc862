import { hw } from '../../scenarios/topologies.ts'
import type { RuleBlueprint } from '../plan.ts'
import { type GeneratedRule, TCP_PORT, UDP_PORT, VIP, oneOfAKind } from '../rules.ts'
import type { Topology } from '../topology.ts'
import type { Draw } from './draw.ts'
import { gatewaysOf } from './ways.ts'

type Table = RuleBlueprint['table']

const CHAINS: Readonly<Record<Table, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'FORWARD', 'OUTPUT', 'USER'],
  nat: ['PREROUTING', 'PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING', 'POSTROUTING'],
  mangle: ['PREROUTING', 'PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
}
/** Chains of packets that have come in by a device, and of those that go out by one. */
const COMING = ['PREROUTING', 'INPUT', 'FORWARD']
const GOING = ['FORWARD', 'OUTPUT', 'POSTROUTING']

/** A rule of one of the extensions that the first generator does not know; `i` keeps names of lists apart. */
export function wideRuleOf(d: Draw, i: number, t: Topology, cables: boolean): GeneratedRule {
  const ns = d.of([...t.routers, ...t.routers, ...t.routers, ...t.hosts])
  const table = d.of(['filter', 'filter', 'nat', 'nat', 'mangle', 'mangle', 'mangle', 'raw'] as const)
  const chain = d.of(CHAINS[table])
  const { needs, target } = targetOf(d, table, chain, ns, t, cables)
  const matches = Array.from({ length: d.upTo(3) }, () => matchOf(d, i, table, chain, ns, t))
  return {
    ns,
    table,
    line: ['-A', chain, ...oneOfAKind([...needs, ...matches]), target].filter((w) => w !== '').join(' '),
  }
}

function matchOf(d: Draw, i: number, table: Table, chain: string, ns: string, t: Topology): string {
  const host = t.addresses.get(d.of(t.hosts))![0]!
  const devices = t.devices.get(ns) ?? ['eth0']
  const not = d.once(3) ? '! ' : ''
  const choices = [
    ...packetMatches(d, not, host, t),
    ...connectionMatches(d, not, host),
    ...statefulMatches(d, not, i),
    ...setMatches(d, not),
  ]
  if (COMING.includes(chain)) {
    choices.push(
      `${not}-i ${d.of(devices)}`,
      `-m mac ${not}--mac-source ${hw(Number(ns[1]), d.of([1, 2, 3, 0x11, 0x12]))}`,
      '-m addrtype --dst-type LOCAL --limit-iface-in',
      `-m physdev ${not}--physdev-in v1`,
    )
  }
  if (GOING.includes(chain)) choices.push(`${not}-o ${d.of(devices)}`)
  if (chain === 'FORWARD' || chain === 'POSTROUTING') choices.push(`-m physdev ${not}--physdev-is-bridged`)
  if (chain === 'OUTPUT' || chain === 'POSTROUTING')
    choices.push(`-m owner ${not}--uid-owner 0`, `-m owner ${not}--socket-exists`, `-m owner ${not}--gid-owner 5`)
  if (chain === 'PREROUTING' && (table === 'raw' || table === 'mangle'))
    choices.push('-m rpfilter', '-m rpfilter --invert', '-m rpfilter --loose')
  return d.of(choices)
}

/** What a packet says by itself. */
const packetMatches = (d: Draw, not: string, host: string, t: Topology): string[] => [
  `${not}-s ${host}/32`,
  `${not}-d ${host}/32`,
  `${not}-d ${d.of(t.lans)}`,
  `-p tcp -m tcp ${not}--tcp-flags ${d.of(['FIN,SYN,RST,ACK SYN', 'FIN FIN', 'RST RST', 'SYN,ACK ACK'])}`,
  `-p tcp -m tcpmss ${not}--mss 0:1000`,
  `-p icmp -m icmp ${not}--icmp-type ${d.of(['8', '0', '3', '3/3', '3/4', '11', '5/1'])}`,
  `-p udp -m multiport ${not}--sports 40000:40001`,
  `-p udp -m multiport ${not}--ports ${UDP_PORT},40002`,
  `-p tcp -m multiport ${not}--dports 1:${TCP_PORT},443`,
  `-m iprange ${not}--src-range 10.1.0.2-10.2.0.2`,
  `-m iprange ${not}--dst-range 10.1.0.1-10.1.0.2`,
  `-m length ${not}--length ${d.of(['0:60', '52', '84:1000'])}`,
  `-m ttl ${d.of(['--ttl-eq 63', '--ttl-lt 63', '--ttl-gt 61'])}`,
  `-m tos ${not}--tos 0xc0/0xff`,
  `-m dscp ${not}--dscp 0x30`,
  `-m pkttype ${not}--pkt-type ${d.of(['unicast', 'broadcast'])}`,
  `-m addrtype ${not}--${d.of(['src', 'dst'])}-type ${d.of(['LOCAL', 'UNICAST', 'BROADCAST', 'UNREACHABLE', 'PROHIBIT', 'BLACKHOLE'])}`,
  `-m mark ${not}--mark ${d.of(['0x1/0x1', '0x2/0x2', '0x0', '0x3'])}`,
]

/** What its connection is. */
const connectionMatches = (d: Draw, not: string, host: string): string[] => [
  `-m connmark ${not}--mark ${d.of(['0x1/0x1', '0x2/0x2', '0x0', '0x12'])}`,
  `-m conntrack ${not}--ctstate ${d.of(['NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT', 'RELATED,ESTABLISHED', 'NEW,UNTRACKED'])}`,
  `-m conntrack ${not}--ctstatus ${d.of(['NONE', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'])}`,
  `-m conntrack ${not}--ctorigdst ${d.of([VIP, host])}`,
  `-m conntrack ${not}--ctreplsrc ${host}`,
  `-m conntrack ${not}--ctrepldst ${host}`,
  `-m conntrack ${not}--ctproto ${d.of([1, 6, 17])}`,
  `-p tcp -m conntrack ${not}--ctorigdstport ${TCP_PORT}`,
  `-m conntrack --ctdir ${d.of(['ORIGINAL', 'REPLY'])}`,
  `-m state --state ${d.of(['NEW', 'ESTABLISHED'])}`,
]

/** What a rule remembers. No rate gives anything back while a scenario runs. */
const statefulMatches = (d: Draw, not: string, i: number): string[] => {
  const side = d.of(['rsource', 'rdest'])
  const list = `--name ${side === 'rsource' ? 'from' : 'to'} --mask ${side === 'rsource' ? '255.255.255.255' : '255.255.255.0'} --${side}`
  return [
    `-m recent ${not}--set ${list}`,
    `-m recent ${not}--rcheck ${list}`,
    `-m recent ${not}--update --seconds 3600 --hitcount ${1 + d.upTo(4)} ${list}`,
    `-m recent ${not}--remove ${list}`,
    `-m statistic --mode nth ${not}--every ${2 + d.upTo(3)} --packet ${d.upTo(2)}`,
    `-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst ${1 + d.upTo(3)} --hashlimit-mode ${d.of(['srcip', 'dstip', 'srcip,dstip', 'dstip,dstport', 'srcport'])} --hashlimit-name h${i}`,
    `-m hashlimit --hashlimit-above 1/hour --hashlimit-burst ${1 + d.upTo(3)} --hashlimit-mode srcip --hashlimit-name h${i} --hashlimit-srcmask 24`,
    `-m limit --limit 1/hour --limit-burst ${1 + d.upTo(4)}`,
  ]
}

const setMatches = (d: Draw, not: string): string[] => [
  `-m set ${not}--match-set ip ${d.of(['src', 'dst'])}`,
  `-m set ${not}--match-set ip ${d.of(['src', 'dst'])}`,
  `-m set ${not}--match-set net ${d.of(['src', 'dst'])}`,
  `-m set ${not}--match-set ipport ${d.of(['src,src', 'dst,dst'])}`,
  `-m set ${not}--match-set port ${d.of(['src', 'dst'])}`,
]

/** The sets that rules ask, the same in every machine that has one. */
export function setsOf(numbers: Draw, t: Topology): string {
  const host = (): string => t.addresses.get(numbers.of(t.hosts))![0]!
  return `create ip hash:ip
create net hash:net
create ipport hash:ip,port
create port bitmap:port range 0-1023
add ip ${host()}
add net ${numbers.of(t.lans)}
add net ${host()} nomatch -exist
add ipport ${host()},tcp:${TCP_PORT}
add ipport ${host()},udp:${UDP_PORT}
add port ${numbers.of([TCP_PORT, UDP_PORT])}
`
}

interface WideTarget {
  /** Matches that it cannot be without. */
  readonly needs: readonly string[]
  readonly target: string
}

/** What TEE copies: requests. A TCP end that hears everything twice says so in SACK blocks, which the simulator has not. */
const COPIED = ['-p icmp -m icmp --icmp-type 8', `-p udp -m udp --dport ${UDP_PORT}`]

const plain = (target: string): WideTarget => ({ needs: [], target })
const TCP = '-p tcp -m tcp'

function targetOf(d: Draw, table: Table, chain: string, ns: string, t: Topology, cables: boolean): WideTarget {
  switch (table) {
    case 'filter':
      return filterTarget(d, chain)
    case 'nat':
      return natTarget(d, chain, ns, t)
    case 'mangle':
      return mangleTarget(d, chain, ns, t, cables)
    case 'raw':
      return plain(d.of(['-j CT --notrack', '-j CT --zone 1', '', '-j SET --add-set ip src', '']))
  }
}

function filterTarget(d: Draw, chain: string): WideTarget {
  const reason = d.of([
    'net-unreachable',
    'host-unreachable',
    'proto-unreachable',
    'net-prohibited',
    'admin-prohibited',
  ])
  const choices = ['-j ACCEPT', '-j ACCEPT', '', '', '-j DROP', `-j REJECT --reject-with icmp-${reason}`, '-j RETURN']
  const sets = ['-j SET --add-set ip src', '-j SET --add-set ipport dst,dst --exist', '-j SET --del-set ip dst']
  const target = d.of([...choices, ...sets, '-g USER', '-j USER'])
  return plain(chain === 'USER' && target.endsWith('USER') ? '-j ACCEPT' : target)
}

function natTarget(d: Draw, chain: string, ns: string, t: Topology): WideTarget {
  const host = (): string => t.addresses.get(d.of(t.hosts))![0]!
  const own = t.addresses.get(ns)!
  const [from, to] = [d.of(t.lans), d.of(t.lans)]
  if (chain === 'POSTROUTING' || chain === 'INPUT') {
    const choices: WideTarget[] = [
      { needs: [`-s ${from}`], target: `-j NETMAP --to ${to}` },
      plain(`-j SNAT --to-source ${d.of(own)}`),
      plain(`-j SNAT --to-source 10.${1 + d.upTo(3)}.0.2-10.${1 + d.upTo(3) + 3}.0.4`),
      plain('-j RETURN'),
      ...(chain === 'POSTROUTING' ? [plain('-j MASQUERADE'), plain('-j MASQUERADE')] : []),
    ]
    return d.of(choices)
  }
  return d.of<WideTarget>([
    { needs: [`-d ${from}`], target: `-j NETMAP --to ${to}` },
    { needs: [`-d ${VIP}/32`], target: `-j DNAT --to-destination ${host()}` },
    { needs: [`-d ${VIP}/32`], target: `-j DNAT --to-destination 10.1.0.1-10.1.0.3` },
    { needs: [TCP, `-d ${VIP}/32`], target: `-j DNAT --to-destination ${host()}:81` },
    { needs: [`${TCP} --dport 81`], target: `-j DNAT --to-destination :${TCP_PORT}` },
    { needs: [TCP], target: `-j REDIRECT --to-ports ${TCP_PORT}` },
    // Not what leaves the echo server: it would talk to itself for ever.
    ...(chain === 'PREROUTING'
      ? [plain('-j REDIRECT'), { needs: ['-p udp -m udp'], target: `-j REDIRECT --to-ports ${UDP_PORT}` }]
      : [{ needs: ['-p icmp'], target: '-j REDIRECT' }]),
  ])
}

function mangleTarget(d: Draw, chain: string, ns: string, t: Topology, cables: boolean): WideTarget {
  const gateways = gatewaysOf(ns, t, cables)
  const mark = d.of(['0x1/0x1', '0x2/0x3', '0x3/0x3', '0x0/0xffffffff'])
  return d.of<WideTarget>([
    plain(`-j MARK --set-xmark ${mark}`),
    plain(`-j MARK --set-xmark ${mark}`),
    plain('-j CONNMARK --set-xmark 0x12/0xff'),
    plain('-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0xff'),
    plain('-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0x3'),
    plain('-j CONNMARK --restore-mark'),
    ...(gateways.length > 0 ? [{ needs: [d.of(COPIED)], target: `-j TEE --gateway ${d.of(gateways).via}` }] : []),
    plain('-j SET --add-set port dst --exist'),
    ...(GOING.includes(chain)
      ? [{ needs: ['-p tcp -m tcp --tcp-flags SYN,RST SYN'], target: '-j TCPMSS --clamp-mss-to-pmtu' }]
      : []),
    plain(''),
  ])
}
