import type { Ipv4 } from '../../base/ipv4.ts'
import { TCP_FLAG } from '../../wire/constants.ts'
import type { Ethernet, Ipv4Packet, Tcp } from '../../wire/types.ts'
import type { Point } from '../../trace/vocabulary.ts'
import { closeTcp } from '../conntrack/tcp-track.ts'
import { changeSetByPacket } from '../ipset/match.ts'
import type { Kernel } from '../kernel.ts'
import { netfilterLogs, printk } from '../log/log.ts'
import type { RejectWith } from '../netfilter/types.ts'
import { fibLookup } from '../route/lookup.ts'
import { routeOutput } from '../route/output.ts'
import type { RunTarget } from './chain.ts'
import type { Hook } from './hook.ts'
import { attachment, icmpError } from './icmp.ts'
import { localOut } from './ip-output.ts'
import { logText } from './log-text.ts'
import type { PacketView } from './match-context.ts'
import { type Skb, forget, ipHeader, ipOf, makeSkb, setIp, step } from './skb.ts'
import { tproxy } from './tproxy.ts'
import { devXmit } from './transmit.ts'

const REJECT_CODE: Readonly<Record<Exclude<RejectWith, 'tcp-reset'>, number>> = {
  'icmp-net-unreachable': 0,
  'icmp-host-unreachable': 1,
  'icmp-proto-unreachable': 2,
  'icmp-port-unreachable': 3,
  'icmp-net-prohibited': 9,
  'icmp-host-prohibited': 10,
  'icmp-admin-prohibited': 13,
}

/** The targets that are more than a verdict (net/netfilter/xt_*.c, net/ipv4/netfilter/ipt_REJECT.c); NAT has its own (nat-hook.ts). */
export function runTarget(k: Kernel, skb: Skb, point: Point, hook: Hook, view: PacketView): RunTarget {
  return (_rule, target, detail) => {
    switch (target.t) {
      case 'MARK': {
        const mark = ((skb.mark & ~target.mask) ^ target.value) >>> 0
        skb.mark = mark
        view.mark = mark
        step(k, skb, point, 'mark', detail)
        return 'continue'
      }
      case 'CONNMARK':
        step(k, skb, point, 'mark', detail)
        connmark(k, skb, target)
        view.refresh()
        return 'continue'
      case 'CT':
        step(k, skb, point, 'match', detail)
        // What has a connection already, such as a packet that comes back over the loopback, keeps it.
        if (skb.ct === 0 && skb.ctinfo === 'none') {
          if (target.notrack) skb.ctinfo = 'UNTRACKED'
          else skb.zone = target.zone ?? 0
        }
        view.refresh()
        return 'continue'
      case 'REJECT':
        step(k, skb, point, 'reject', detail, 'NETFILTER_DROP')
        reject(k, skb, target.with)
        forget(k, skb)
        return 'drop'
      case 'TCPMSS':
        step(k, skb, point, 'match', detail)
        clampMss(k, skb, target.mss)
        view.refresh()
        return 'continue'
      case 'TEE':
        step(k, skb, point, 'clone', detail)
        if (!skb.duplicate) duplicate(k, skb, target.gateway, hook)
        return 'continue'
      case 'SET':
        step(k, skb, point, 'match', detail)
        if (target.add) changeSetByPacket(k, skb.netns, 'add', target.add, view, target)
        if (target.del) changeSetByPacket(k, skb.netns, 'del', target.del, view, target)
        return 'continue'
      case 'LOG':
        step(k, skb, point, 'match', detail)
        if (netfilterLogs(k, skb.netns)) printk(k, skb.netns, target.level, logText(skb, view, target))
        return 'continue'
      case 'NFLOG':
      case 'TRACE':
        step(k, skb, point, 'match', detail)
        return 'continue'
      case 'TPROXY':
        step(k, skb, point, 'match', detail)
        return tproxy(k, skb, point, target, view)
      default:
        // NFQUEUE and what we do not know: said, and passed over.
        step(k, skb, point, 'match', detail)
        step(k, skb, point, 'continue', { d: 'note', code: 'unmodelled-target', value: target.t })
        return 'continue'
    }
  }
}

/**
 * nf_dup_ipv4: a copy, untracked and not to be cut, goes to a neighbour as if it had been made here. One hop less where this machine's routing
 * is still to come, so that two machines that copy to each other stop.
 */
function duplicate(k: Kernel, skb: Skb, gateway: Ipv4, hook: Hook): void {
  const ip = ipOf(skb)
  const route = routeOutput(k, skb.netns, gateway, { src: 0, tos: ip.tos })
  if (!route.ok) return
  const copy = makeSkb([k.trace.packet(skb.ids[0]!, 0)], { ...ip, df: true }, skb.netns, route.value.out.id)
  if (hook === 'PREROUTING' || hook === 'INPUT') setIp(copy, { ...ip, df: true, ttl: ip.ttl - 1 })
  copy.ctinfo = 'UNTRACKED'
  copy.duplicate = true
  copy.ignoreDf = skb.ignoreDf
  step(k, copy, 'route.output', 'lookup', { d: 'route', route: route.value.route, rulePref: route.value.pref })
  localOut(k, copy, { ...route.value, via: route.value.via || gateway })
}

function connmark(k: Kernel, skb: Skb, target: Parameters<RunTarget>[1] & { readonly t: 'CONNMARK' }): void {
  const row = k.t.conntrack.get(skb.ct)
  if (!row) return
  if (target.op === 'restore') {
    skb.mark = ((skb.mark & ~target.nfmask) ^ (row.mark & target.ctmask)) >>> 0
    return
  }
  const mark =
    target.op === 'set'
      ? (row.mark & ~target.mask) ^ target.value
      : (row.mark & ~target.ctmask) ^ (skb.mark & target.nfmask)
  k.world.put(k.t.conntrack, row.id, { ...row, mark: mark >>> 0 })
}

/**
 * nf_send_unreach, nf_send_reset: the answer. A piece of a datagram gets none: its checksum, which REJECT verifies first, is that of the
 * whole.
 */
function reject(k: Kernel, skb: Skb, how: RejectWith): void {
  if (ipOf(skb).mf) return
  if (how !== 'tcp-reset') return icmpError(k, skb, 3, REJECT_CODE[how])
  const ip = ipOf(skb)
  if (ip.payload.l !== 'tcp' || ip.payload.flags & TCP_FLAG.rst) return
  const row = k.t.conntrack.get(skb.ct)
  if (row) closeTcp(k, row)
  const answer = { src: ip.dst, dst: ip.src, proto: ip.proto, payload: resetFor(ip.payload), df: true }
  if (skb.physOut !== 0 && skb.frame.l === 'eth') return rejectBridged(k, skb, skb.frame, ipHeader(answer))
  k.send({ ...answer, netns: skb.netns, anySource: true, sender: 'none', origin: skb.ids[0]!, ...attachment(skb) })
}

/** On a bridge the answer goes out of the port that the segment came in by, as a frame from its destination (nf_send_reset). */
function rejectBridged(k: Kernel, skb: Skb, asked: Ethernet, payload: Ipv4Packet): void {
  const port = k.t.link.get(skb.physIn)
  if (!port) return
  const frame = { ...asked, src: asked.dst, dst: asked.src, payload }
  devXmit(k, makeSkb([k.trace.packet(0, skb.ids[0]!)], frame, skb.netns, port.id), port)
}

/** nf_reject_ip_tcphdr_put: the RST that answers a segment (RFC 9293 section 3.10.7.1). */
function resetFor(tcp: Tcp): Tcp {
  const base = {
    l: 'tcp',
    sport: tcp.dport,
    dport: tcp.sport,
    window: 0,
    options: {},
    payload: { l: 'data', data: '' },
  } as const
  if (tcp.flags & TCP_FLAG.ack) return { ...base, seq: tcp.ack, ack: 0, flags: TCP_FLAG.rst }
  const consumed = tcp.payload.data.length + (tcp.flags & TCP_FLAG.syn ? 1 : 0) + (tcp.flags & TCP_FLAG.fin ? 1 : 0)
  return { ...base, seq: 0, ack: (tcp.seq + consumed) >>> 0, flags: TCP_FLAG.rst | TCP_FLAG.ack }
}

/** xt_TCPMSS: lowers the MSS option of a SYN; `clamp` takes the path MTU less 40. */
function clampMss(k: Kernel, skb: Skb, mss: number | 'clamp'): void {
  const ip = ipOf(skb)
  if (ip.payload.l !== 'tcp' || !(ip.payload.flags & TCP_FLAG.syn)) return
  const present = ip.payload.options.mss
  let limit = mss === 'clamp' ? 1460 : mss
  if (mss === 'clamp') {
    const out = fibLookup(k, skb.netns, ip.dst)
    limit = (k.t.link.get(out?.route.dev ?? 0)?.mtu ?? 1500) - 40
  }
  if (present !== undefined && present <= limit) return
  setIp(skb, { ...ip, payload: { ...ip.payload, options: { ...ip.payload.options, mss: limit } } })
}
