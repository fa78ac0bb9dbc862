import { masqueradeMark, nodePortIps, type ProxyConfig } from './config.ts'
import { chainLine, comment, NOBODY, type Output, rule } from './output.ts'

const usesKubeFirewall = (config: ProxyConfig): boolean => config.family === 'IPv4' && config.localhostNodePorts

/** Chain lines and rules that are there whatever Services there are, up to where the Services' own begin. */
export function writeOpening(out: Output, config: ProxyConfig): void {
  const filter = ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL']
  for (const chain of filter) out.filterChains.push(chainLine(chain))
  for (const chain of ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'])
    out.natChains.push(chainLine(chain))
  writeMasquerade(out, config)
  if (!usesKubeFirewall(config)) return
  out.filterChains.push(chainLine('KUBE-FIREWALL'))
  const args = '-d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'
  out.filterRules.push(rule(NOBODY, 'KUBE-FIREWALL', comment('block incoming localnet connections'), args))
}

function writeMasquerade(out: Output, config: ProxyConfig): void {
  const mark = masqueradeMark(config)
  const add = (chain: string, ...args: readonly string[]) => out.natRules.push(rule(NOBODY, chain, ...args))
  add('KUBE-POSTROUTING', `-m mark ! --mark ${mark}/${mark} -j RETURN`)
  // The mark is taken off again, so that the packet is not masqueraded a second time further along.
  add('KUBE-POSTROUTING', `-j MARK --xor-mark ${mark}`)
  const masquerade = `-j MASQUERADE${config.randomFully ? ' --random-fully' : ''}`
  add('KUBE-POSTROUTING', comment('kubernetes service traffic requiring SNAT'), masquerade)
  add('KUBE-MARK-MASQ', `-j MARK --or-mark ${mark}`)
}

/** The rules after the Services': NodePorts last in nat KUBE-SERVICES, and KUBE-FORWARD. */
export function writeClosing(out: Output, config: ProxyConfig): void {
  const text = comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain')
  for (const args of nodePortDestinations(config))
    out.natRules.push(rule(NOBODY, 'KUBE-SERVICES', text, args, '-j KUBE-NODEPORTS'))
  const forward = (...args: readonly string[]) => out.filterRules.push(rule(NOBODY, 'KUBE-FORWARD', ...args))
  if (!config.beLiberal) {
    const counted = config.nfacct.invalidDropped ? '-m nfacct --nfacct-name ct_state_invalid_dropped_pkts' : ''
    forward('-m conntrack --ctstate INVALID', counted, '-j DROP')
  }
  const mark = masqueradeMark(config)
  forward(comment('kubernetes forwarding rules'), `-m mark --mark ${mark}/${mark} -j ACCEPT`)
  const established = '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
  forward(comment('kubernetes forwarding conntrack rule'), established)
}

function nodePortDestinations(config: ProxyConfig): readonly string[] {
  const ips = nodePortIps(config)
  if (ips !== 'all') return ips.map((ip) => `-d ${ip}`)
  const except = config.family === 'IPv6' ? ' ! -d ::1/128' : config.localhostNodePorts ? '' : ' ! -d 127.0.0.0/8'
  return [`-m addrtype --dst-type LOCAL${except}`]
}

/** A jump from a built-in chain, put in front (`-I chain 1`) unless the same rule is already there. */
export interface Jump {
  readonly table: 'nat' | 'filter'
  readonly chain: string
  readonly to: string
  /** The rule as on the command line, without `-I chain`. */
  readonly args: string
}

const NEW = '-m conntrack --ctstate NEW'
type JumpRow = readonly [table: Jump['table'], chain: string, to: string, match: string, text: string]

const JUMPS: readonly JumpRow[] = [
  ['filter', 'INPUT', 'KUBE-EXTERNAL-SERVICES', NEW, 'kubernetes externally-visible service portals'],
  ['filter', 'FORWARD', 'KUBE-EXTERNAL-SERVICES', NEW, 'kubernetes externally-visible service portals'],
  ['filter', 'INPUT', 'KUBE-NODEPORTS', '', 'kubernetes health check service ports'],
  ['filter', 'FORWARD', 'KUBE-SERVICES', NEW, 'kubernetes service portals'],
  ['filter', 'OUTPUT', 'KUBE-SERVICES', NEW, 'kubernetes service portals'],
  ['filter', 'FORWARD', 'KUBE-FORWARD', '', 'kubernetes forwarding rules'],
  ['filter', 'INPUT', 'KUBE-PROXY-FIREWALL', NEW, 'kubernetes load balancer firewall'],
  ['filter', 'OUTPUT', 'KUBE-PROXY-FIREWALL', NEW, 'kubernetes load balancer firewall'],
  ['filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', NEW, 'kubernetes load balancer firewall'],
  ['nat', 'OUTPUT', 'KUBE-SERVICES', '', 'kubernetes service portals'],
  ['nat', 'PREROUTING', 'KUBE-SERVICES', '', 'kubernetes service portals'],
  ['nat', 'POSTROUTING', 'KUBE-POSTROUTING', '', 'kubernetes postrouting rules'],
]
const FIREWALL_JUMPS: readonly JumpRow[] = [
  ['filter', 'INPUT', 'KUBE-FIREWALL', '', ''],
  ['filter', 'OUTPUT', 'KUBE-FIREWALL', '', ''],
]

/**
 * The jumps that a full sync ensures, in this order; each new one goes in front, so that on a fresh node the last ends up
 * first. The chain jumped to is created first where it is missing.
 */
export function ensureJumps(config: ProxyConfig): readonly Jump[] {
  const rows = usesKubeFirewall(config) ? [...JUMPS, ...FIREWALL_JUMPS] : JUMPS
  return rows.map(([table, chain, to, match, text]) => {
    const args = [match, text === '' ? '' : comment(text), `-j ${to}`].filter((part) => part !== '').join(' ')
    return { table, chain, to, args }
  })
}

/** The chain that kube-proxy's monitor watches: where it vanished from a table, somebody flushed the rules. */
export const CANARY = 'KUBE-PROXY-CANARY'
export const CANARY_TABLES = ['mangle', 'nat', 'filter'] as const
