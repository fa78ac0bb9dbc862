import type { Ipv4 } from '../../base/ipv4.ts'
import { IP_PROTO, isIcmpError } from '../../wire/constants.ts'
import type { Icmp, Ipv4Packet } from '../../wire/types.ts'
import { invert } from '../conntrack/tuple.ts'
import type { Kernel } from '../kernel.ts'
import { selectAddress } from '../link/address.ts'
import { type Manip, exactAddress, manipulate, setupNat } from '../nat/nat.ts'
import type { NatRange, Table, Target } from '../netfilter/types.ts'
import { fibLookup } from '../route/lookup.ts'
import type { ConntrackRow, Tuple } from '../tables.ts'
import { type ChainVerdict, chainNamed, walkChain } from './chain.ts'
import { HOOK_POINT, type Hook } from './hook.ts'
import type { PacketView } from './match-context.ts'
import { type Skb, ipOf, setIp, step } from './skb.ts'
import { runTarget } from './target.ts'

/** HOOK2MANIP: which half of the header a hook rewrites. */
const manipOf = (hook: Hook): Manip => (hook === 'POSTROUTING' || hook === 'INPUT' ? 'src' : 'dst')

/**
 * nf_nat_inet_fn: the first packet of a connection asks the nat table, every packet is rewritten as its connection says.
 * Not modelled: nat on fragments other than the first, which conntrack has put together before.
 */
export function natHook(
  k: Kernel,
  skb: Skb,
  hook: Hook,
  table: Table | undefined,
  view: PacketView,
  outDev: number,
): ChainVerdict {
  if (skb.ct === 0) return 'accept'
  const manip = manipOf(hook)
  let row = k.t.conntrack.get(skb.ct)
  if (!row) return 'accept'
  const ip = ipOf(skb)
  if (skb.ctinfo === 'RELATED' && ip.payload.l === 'icmp' && isIcmpError(ip.payload.type)) {
    // A redirect past a translation would let both ends talk without it.
    if (ip.payload.type === 5 && (row.snat || row.dnat || !row.snatDone || !row.dnatDone)) {
      step(k, skb, HOOK_POINT[hook], 'drop', null, 'NETFILTER_DROP')
      return 'drop'
    }
    rewriteError(k, skb, ip, row, manip)
    view.refresh()
    return 'accept'
  }
  const done = manip === 'src' ? row.snatDone : row.dnatDone
  // A reset in answer to a packet that did not get through travels in the reply direction, and asks all the same.
  if (!done && (skb.ctinfo === 'NEW' || skb.ctinfo === 'RELATED')) {
    const verdict = consult(k, skb, hook, table, view, manip, outDev)
    if (verdict !== 'accept') return verdict
    row = k.t.conntrack.get(skb.ct)!
  }
  rewrite(k, skb, row, manip)
  view.refresh()
  return 'accept'
}

/** Asks the chain; whatever it leaves open becomes a null binding. */
function consult(
  k: Kernel,
  skb: Skb,
  hook: Hook,
  table: Table | undefined,
  view: PacketView,
  manip: Manip,
  outDev: number,
): ChainVerdict {
  const chain = table && chainNamed(table, hook)
  if (table && chain && (chain.rules.length > 0 || chain.policy === 'DROP')) {
    const point = HOOK_POINT[hook]
    const other = runTarget(k, skb, point, hook, view)
    const verdict = walkChain(k, skb, point, 'nat', table, chain, view, (rule, target, detail) => {
      const range = natRange(k, skb, target, hook, outDev)
      if (!range) return other(rule, target, detail)
      if (range === 'no-address') {
        step(k, skb, point, 'drop', detail, 'NETFILTER_DROP')
        return 'drop'
      }
      step(k, skb, point, 'match', detail)
      const bound = setupNat(k, k.t.conntrack.get(skb.ct)!, manip, range)
      if (target.t === 'MASQUERADE') k.world.put(k.t.conntrack, bound.id, { ...bound, masq: outDev })
      return 'accept'
    })
    if (verdict !== 'accept') return verdict
  }
  const after = k.t.conntrack.get(skb.ct)!
  const done = manip === 'src' ? after.snatDone : after.dnatDone
  if (!done) {
    const own = invert(after.reply)
    setupNat(k, after, manip, exactAddress(manip === 'src' ? own.src : own.dst))
  }
  return 'accept'
}

/** What a NAT target may choose from; `null` when it is none. */
function natRange(k: Kernel, skb: Skb, target: Target, hook: Hook, outDev: number): NatRange | 'no-address' | null {
  switch (target.t) {
    case 'DNAT':
    case 'SNAT':
      return target.range
    case 'MASQUERADE': {
      const address = masqueradeAddress(k, skb, outDev)
      return address === 0 ? 'no-address' : { ...target.range, minIp: address, maxIp: address }
    }
    case 'REDIRECT': {
      const to = hook === 'OUTPUT' ? 0x7f000001 : selectAddress(k, skb.netns, skb.dev, 0)
      return { ...target.range, minIp: to, maxIp: to }
    }
    case 'NETMAP': {
      const mask = target.to.len === 0 ? 0 : (0xffffffff << (32 - target.to.len)) >>> 0
      const ip = ipOf(skb)
      const host = (manipOf(hook) === 'src' ? ip.src : ip.dst) & ~mask
      return exactAddress(((target.to.addr & mask) | host) >>> 0)
    }
    default:
      return null
  }
}

/** nf_nat_masquerade_ipv4: the output device's address that best fits the next hop. */
function masqueradeAddress(k: Kernel, skb: Skb, outDev: number): Ipv4 {
  const ip = ipOf(skb)
  const found = fibLookup(k, skb.netns, ip.dst, { mark: skb.mark, oif: outDev })
  const via = found?.route.via ?? 0
  return selectAddress(k, skb.netns, outDev, via !== 0 ? via : ip.dst)
}

/** nf_nat_packet: applies this half of the connection's translation. */
function rewrite(k: Kernel, skb: Skb, row: ConntrackRow, manip: Manip): void {
  const applies = skb.ctReply ? (manip === 'src' ? row.dnat : row.snat) : manip === 'src' ? row.snat : row.dnat
  if (!applies) return
  const target = invert(skb.ctReply ? row.orig : row.reply)
  const ip = ipOf(skb)
  const next = manipulate(ip, target, manip)
  const from = ends(ip, manip)
  const to = ends(next, manip)
  if (from[0] === to[0] && from[1] === to[1]) return
  setIp(skb, next)
  step(k, skb, 'nat', 'rewrite', {
    d: 'nat',
    manip,
    from: from[0],
    fromPort: from[1],
    to: to[0],
    toPort: to[1],
    id: row.id,
  })
}

function ends(ip: Ipv4Packet, manip: Manip): readonly [Ipv4, number] {
  const p = ip.payload
  const ported = p.l === 'tcp' || p.l === 'udp'
  const port = ported ? (manip === 'src' ? p.sport : p.dport) : p.l === 'icmp' ? p.rest >>> 16 : 0
  return [manip === 'src' ? ip.src : ip.dst, port]
}

/**
 * nf_nat_icmp_reply_translation: an error about a translated datagram is brought back to what its sender knows. The quote inside
 * gets the mirror image of the rewrite, the outer header the rewrite itself.
 */
function rewriteError(k: Kernel, skb: Skb, ip: Ipv4Packet, row: ConntrackRow, manip: Manip): void {
  const icmp = ip.payload as Icmp
  if (icmp.payload.l !== 'ipv4') return
  const applies = skb.ctReply ? (manip === 'src' ? row.dnat : row.snat) : manip === 'src' ? row.snat : row.dnat
  if (!applies) return
  const target: Tuple = invert(skb.ctReply ? row.orig : row.reply)
  const mirrored = invert(target)
  const quoted = manipulateQuote(icmp.payload, mirrored, manip === 'src' ? 'dst' : 'src')
  const outer = manip === 'src' ? { ...ip, src: target.src } : { ...ip, dst: target.dst }
  const next: Ipv4Packet = { ...outer, payload: { ...icmp, payload: quoted } }
  const from = manip === 'src' ? ip.src : ip.dst
  const to = manip === 'src' ? next.src : next.dst
  setIp(skb, next)
  step(k, skb, 'nat', 'rewrite', { d: 'nat', manip, from, fromPort: 0, to, toPort: 0, id: row.id })
}

/** The same in a quote, which may be cut off right after the ports. */
function manipulateQuote(ip: Ipv4Packet, target: Tuple, manip: Manip): Ipv4Packet {
  const next = manipulate(ip, target, manip)
  if (next.payload.l !== 'data' || (ip.proto !== IP_PROTO.tcp && ip.proto !== IP_PROTO.udp)) return next
  const { data } = next.payload
  if (data.length < 4) return next
  const port = manip === 'src' ? target.sport : target.dport
  const bytes = String.fromCharCode(port >>> 8, port & 255)
  const at = manip === 'src' ? 0 : 2
  return { ...next, payload: { l: 'data', data: data.slice(0, at) + bytes + data.slice(at + 2) } }
}
