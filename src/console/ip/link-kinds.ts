import { formatIpv4, parseIpv4 } from '../../core/base/ipv4.ts'
import type { Mac } from '../../core/base/mac.ts'
import type { Result } from '../../core/base/result.ts'
import type { IpTunnelKind, IpvlanFlag, IpvlanMode, MacvlanMode } from '../../core/kernel/link/config.ts'
import { addIpvlan, addMacvlan, addVlan } from '../../core/kernel/link/stacked.ts'
import { addGeneve, addIpTunnel } from '../../core/kernel/link/tunnel.ts'
import { addWireguard } from '../../core/kernel/link/wireguard.ts'
import type { Errno } from '../../core/kernel/errno.ts'
import { type IpContext, extack, needAddress, needDevice, refused } from './context.ts'
import { type Words, pick, stop, wrongArgument } from './words.ts'

/** What `ip link add` has read before the word `type`. `link`: id of the device that `link` names, 0 = none. */
export interface Common {
  readonly name: string
  readonly netns: number
  readonly link: number
  readonly mac?: Mac
  readonly mtu?: number
}

type Maker = (ip: IpContext, common: Common, words: Words) => Result<number, Errno>

/** Kinds that need more than a name, each with its own words (iproute2 ip/iplink_*.c, link_gre.c, link_iptnl.c). */
export const MAKERS: { readonly [kind: string]: Maker } = {
  vlan,
  macvlan,
  ipvlan,
  ipip: ipTunnel('ipip'),
  gre: ipTunnel('gre'),
  gretap: ipTunnel('gretap'),
  geneve,
  wireguard: (ip, { name, netns, mtu }) =>
    addWireguard(ip.env.kernel, netns, { name, home: ip.netns, ...(mtu !== undefined && { mtu }) }),
  tun: () => extack('tun/tap creation via rtnetlink is not supported.'),
}

const stacked = ({ name, link, mac, mtu }: Common) => ({
  name,
  parent: link,
  ...(mac !== undefined && { mac }),
  ...(mtu !== undefined && { mtu }),
})

const integer = (word: string, why: string): number =>
  /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) ? Number(word) : wrongArgument(word, why)

function vlan(ip: IpContext, common: Common, words: Words): Result<number, Errno> {
  let [vid, reorder] = [-1, true]
  while (!words.done) {
    const word = words.next()
    if (word === 'id') vid = integer(words.value(), 'id is invalid')
    else if (word === 'reorder_hdr') reorder = words.value() === 'on'
    else if (word === 'protocol') protocol(words.value())
    else if (word === 'gvrp' || word === 'mvrp' || word === 'loose_binding' || word === 'bridge_binding') words.value()
    else stop(`vlan: unknown command "${word}"?\n`, 255)
  }
  if (vid < 0) return extack('8021q: VLAN properties not specified.')
  if (common.link === 0) return extack('8021q: link not specified.')
  const made = addVlan(ip.env.kernel, common.netns, { ...stacked(common), vid, reorder })
  if (made.ok) return made
  if (made.error === 'ERANGE') return extack('8021q: Invalid VLAN id.')
  if (made.error === 'EEXIST') return extack('8021q: VLAN device already exists.')
  if (made.error !== 'EOPNOTSUPP') return made
  if (ip.env.kernel.t.link.get(common.link)?.kind === 'vlan') return stop('vlan on vlan: not modelled in this lab\n', 2)
  return extack('8021q: VLANs not supported on device.')
}

const protocol = (word: string): void => {
  if (word.toLowerCase() !== '802.1q') stop(`vlan protocol ${word}: not modelled in this lab\n`, 2)
}

const MACVLAN_MODES: readonly MacvlanMode[] = ['private', 'vepa', 'bridge', 'passthru']

function macvlan(ip: IpContext, common: Common, words: Words): Result<number, Errno> {
  let mode: MacvlanMode = 'vepa'
  while (!words.done) {
    const word = words.next()
    if (word === 'mode') mode = macvlanMode(words.value())
    else if (word === 'bcqueuelen' || word === 'flag') words.value()
    else stop(`macvlan: unknown option "${word}"?\n${MACVLAN_USAGE}`, 255)
  }
  if (common.link === 0) return refused('EINVAL')
  return addMacvlan(ip.env.kernel, common.netns, { ...stacked(common), mode })
}

function macvlanMode(word: string): MacvlanMode {
  if (word === 'source') return stop('macvlan mode source: not modelled in this lab\n', 2)
  const wrong = `Error: argument of "mode" must be "private", "vepa", "bridge", "passthru" or "source", not "${word}"\n`
  return MACVLAN_MODES.find((mode) => mode === word) ?? stop(wrong, 255)
}

const MACVLAN_USAGE =
  'Usage: ... macvlan mode MODE [flag MODE_FLAG] MODE_OPTS [bcqueuelen BC_QUEUE_LEN]\n\n' +
  'MODE: private | vepa | bridge | passthru\n'

const IPVLAN_MODES: readonly IpvlanMode[] = ['l2', 'l3', 'l3s']
const IPVLAN_FLAGS: readonly IpvlanFlag[] = ['bridge', 'private', 'vepa']

function ipvlan(ip: IpContext, common: Common, words: Words): Result<number, Errno> {
  let mode: IpvlanMode = 'l2'
  let flag: IpvlanFlag = 'bridge'
  while (!words.done) {
    const word = words.next()
    const flagged = IPVLAN_FLAGS.find((each) => each === word)
    if (word === 'mode') {
      const value = words.value()
      mode =
        IPVLAN_MODES.find((each) => each === value) ??
        stop('Error: argument of "mode" must be either "l2", "l3" or "l3s"\n', 255)
    } else if (flagged) flag = flagged
    else stop(`ipvlan: unknown option "${word}"?\nUsage: ... ipvlan [ mode MODE ] [ FLAGS ]\n`, 255)
  }
  if (common.link === 0) return refused('EINVAL')
  return addIpvlan(ip.env.kernel, common.netns, { ...stacked(common), mode, flag })
}

function geneve(ip: IpContext, common: Common, words: Words): Result<number, Errno> {
  const own = { vni: -1, remote: 0, port: 6081, ttl: 0, df: 'unset' as 'unset' | 'set' | 'inherit' }
  while (!words.done) {
    const word = words.next()
    if (word === 'id' || word === 'vni') own.vni = integer(words.value(), 'invalid id')
    else if (word === 'remote') own.remote = needAddress(words.value())
    else if (word === 'dstport') own.port = integer(words.value(), 'dstport')
    else if (word === 'ttl' || word === 'hoplimit') own.ttl = ttlOf(words.value())
    else if (word === 'df') own.df = pick(words.value(), ['unset', 'set', 'inherit']) ?? stop('geneve: df\n', 255)
    else if (word === 'tos' || word === 'dsfield') words.value()
    else if (!/^(no)?udp(csum|6zerocsum[tr]x)$/.test(word)) stop(`geneve: unknown command "${word}"?\n`, 255)
  }
  if (own.vni < 0) stop('geneve: missing virtual network identifier\n', 255)
  if (own.vni >= 1 << 24) wrongArgument(String(own.vni), 'invalid id')
  if (own.remote === 0) stop('geneve: remote link partner not specified\n', 255)
  const { name, netns, mac, mtu } = common
  return addGeneve(ip.env.kernel, netns, {
    ...own,
    name,
    home: ip.netns,
    ...(mac !== undefined && { mac }),
    ...(mtu !== undefined && { mtu }),
  })
}

/** `auto` and `inherit` are 0. */
export function ttlOf(word: string): number {
  if (word === 'inherit' || word === 'auto') return 0
  const ttl = integer(word, 'invalid TTL')
  return ttl <= 255 ? ttl : wrongArgument(word, 'TTL must be <= 255')
}

/** A GRE key is a number or looks like an address. */
export function keyOf(word: string): number {
  return parseIpv4(word) ?? (/^\d{1,10}$/.test(word) && Number(word) <= 0xffffffff ? Number(word) : badKey(word))
}
const badKey = (word: string): never =>
  stop(`Error: argument "${word}" is wrong: "key" is not IP address nor number\n\n`, 255)

export const anyAddress = (word: string): number => (word === 'any' ? 0 : needAddress(word))

/** The words that `ip link add type ipip|gre|gretap` and `ip tunnel add` share. */
export interface TunnelWords {
  local: number
  remote: number
  ttl: number
  tos: number
  pmtudisc: boolean
  ikey: number | null
  okey: number | null
  oseq: boolean
  ocsum: boolean
  dev: number
}

export const freshTunnel = (): TunnelWords => ({
  local: 0,
  remote: 0,
  ttl: 0,
  tos: 0,
  pmtudisc: true,
  ikey: null,
  okey: null,
  oseq: false,
  ocsum: false,
  dev: 0,
})

/** Reads one option of a tunnel. False: it is none. */
export function readTunnelWord(ip: IpContext, own: TunnelWords, word: string, words: Words): boolean {
  if (word === 'remote') own.remote = anyAddress(words.value())
  else if (word === 'local') own.local = anyAddress(words.value())
  else if (word === 'ttl' || word === 'hoplimit' || word === 'hlim') own.ttl = ttlOf(words.value())
  else if (word === 'tos' || word === 'dsfield' || word === 'tclass') own.tos = tosOf(words.value())
  else if (word === 'pmtudisc' || word === 'nopmtudisc') own.pmtudisc = word === 'pmtudisc'
  else if (word === 'key') own.ikey = own.okey = keyOf(words.value())
  else if (word === 'ikey') own.ikey = keyOf(words.value())
  else if (word === 'okey') own.okey = keyOf(words.value())
  else if (word === 'csum' || word === 'ocsum') own.ocsum = true
  else if (word === 'seq' || word === 'oseq') own.oseq = true
  else if (word === 'dev') own.dev = needDevice(ip, words.value()).id
  else return word === 'icsum' || word === 'iseq' || /^no(key|[io]key|csum|[io]csum|seq|[io]seq|encap)$/.test(word)
  return true
}

const tosOf = (word: string): number => (word === 'inherit' ? 1 : integer(word.replace(/^(?!0x)/, '0x'), 'bad TOS'))

function ipTunnel(kind: IpTunnelKind): Maker {
  return (ip, common, words) => {
    const own = freshTunnel()
    while (!words.done) {
      const word = words.next()
      if (word === 'mode' && kind === 'ipip') words.value()
      else if (!readTunnelWord(ip, own, word, words))
        stop(`Usage: ... ${kind}\t[ remote ADDR ] [ local ADDR ] …\n`, 255)
    }
    const { name, netns, mac, mtu } = common
    return addIpTunnel(ip.env.kernel, netns, {
      ...own,
      name,
      kind,
      home: ip.netns,
      ...(mac !== undefined && { mac }),
      ...(mtu !== undefined && { mtu }),
    })
  }
}

/** `any` for no address, as `ip tunnel` prints it. */
export const endText = (ip: number): string => (ip === 0 ? 'any' : formatIpv4(ip))
