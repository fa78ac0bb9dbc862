import { ipLength } from '../../wire/length.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import { chooseNextHop, flowOf } from '../route/multipath.ts'
import { learnedFor, pathMtu } from '../route/pmtu.ts'
import { deviceConf } from '../sysctl/sysctl.ts'
import type { LinkRow, RouteRow } from '../tables.ts'
import { runHook } from './hook.ts'
import { dropWithError, icmpRedirect } from './icmp.ts'
import { ipOutput } from './ip-output.ts'
import { earlyDemuxed } from './socket-match.ts'
import { type Skb, drop, ipOf, setIp, stepAt, withTtl } from './skb.ts'

const forwarded = stepAt('ip.forward', 'rewrite')

/** One detail value per TTL, so that the trace stores each once. */
const TTL: readonly PathDetail[] = Array.from({ length: 256 }, (_, ttl) => ({ d: 'ttl', ttl }))

/** ip_forward (net/ipv4/ip_forward.c). The TTL and MTU tests come before the FORWARD chain: a firewall does not hide their errors. */
export function ipForward(k: Kernel, skb: Skb, dev: LinkRow, route: RouteRow): void {
  const ip = ipOf(skb)
  if (skb.cast !== 'host') return drop(k, skb, 'ip.forward', 'UNICAST_IN_L2_MULTICAST')
  if (skb.socket !== 0 || earlyDemuxed(k, skb)) {
    return drop(k, skb, 'ip.forward', 'NOT_SPECIFIED', { d: 'note', code: 'has-socket' })
  }
  if (ip.ttl <= 1) {
    return dropWithError(k, skb, 'ip.forward', 'IP_INHDR', { d: 'ttl', ttl: ip.ttl }, 11, 0)
  }
  const hop = chooseNextHop(k, route, () => flowOf(ip))
  const out = k.t.link.get(hop.dev)
  if (!out) return drop(k, skb, 'ip.forward', 'DEV_READY', { d: 'note', code: 'device-down' })
  const { mtu } = pathMtu(k, skb.netns, ip.dst, route, hop, out)
  const via = learnedFor(k, skb.netns, ip.dst, hop)?.gateway || hop.via
  const length = ipLength(ip)
  // Pieces that fitted, put together by connection tracking, will fit again (ip_exceeds_mtu).
  if (ip.df && length > mtu && !(skb.fragMax > 0 && skb.fragMax <= mtu)) {
    return dropWithError(k, skb, 'ip.forward', 'PKT_TOO_BIG', { d: 'mtu', mtu, length }, 3, 4, mtu)
  }
  setIp(skb, withTtl(ip, ip.ttl - 1))
  forwarded(k, skb, TTL[ip.ttl - 1])
  if (out.id === dev.id && deviceConf(k, skb.netns, dev.name).sendRedirects) icmpRedirect(k, skb, dev, via)
  if (runHook(k, skb, 'FORWARD', dev.id, out.id) !== 'accept') return
  ipOutput(k, skb, out, via === 0 ? ipOf(skb).dst : via, mtu)
}
