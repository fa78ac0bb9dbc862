import type { Point } from '../../trace/vocabulary.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import { confirm, track } from '../conntrack/conntrack.ts'
import { printk } from '../log/log.ts'
import type { Table, TableName } from '../netfilter/types.ts'
import { conntrackActive } from '../netfilter/needs.ts'
import type { ConntrackRow } from '../tables.ts'
import { type ChainVerdict, chainNamed, walkChain } from './chain.ts'
import { PacketView } from './match-context.ts'
import { natHook } from './nat-hook.ts'
import { type Skb, drop, forget, ipOf, step } from './skb.ts'
import { runTarget } from './target.ts'

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

export const HOOK_POINT: Readonly<Record<Hook, Point>> = {
  PREROUTING: 'nf.PREROUTING',
  INPUT: 'nf.INPUT',
  FORWARD: 'nf.FORWARD',
  OUTPUT: 'nf.OUTPUT',
  POSTROUTING: 'nf.POSTROUTING',
}

type Stage = 'conntrack' | 'confirm' | TableName

/** Who is called at each hook, by priority (include/uapi/linux/netfilter_ipv4.h). */
const STAGES: Readonly<Record<Hook, readonly Stage[]>> = {
  PREROUTING: ['raw', 'conntrack', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat', 'confirm'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'conntrack', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat', 'confirm'],
}

/**
 * NF_HOOK: everything registered at one hook, in order of priority. 'accept': go on. Otherwise the packet is gone, and the trace has
 * said why. `inDev` and `outDev` are link ids, 0 where the hook has none.
 */
export function runHook(k: Kernel, skb: Skb, hook: Hook, inDev: number, outDev: number): ChainVerdict {
  if (k.t.netfilter.size === 0 || k.t.netfilterByNetns.at(skb.netns).size === 0) return 'accept'
  const tracked = conntrackActive(k, skb.netns)
  const view = new PacketView(k, skb, inDev, outDev)
  k.trace.depth++
  let verdict: ChainVerdict = 'accept'
  for (const stage of STAGES[hook]) {
    if (stage === 'conntrack') verdict = tracked ? conntrackStage(k, skb, view) : 'accept'
    else if (stage === 'confirm') verdict = tracked ? confirmStage(k, skb) : 'accept'
    else verdict = tableStage(k, skb, hook, stage, view, outDev, tracked)
    if (verdict !== 'accept') break
  }
  k.trace.depth--
  if (verdict !== 'accept') forget(k, skb)
  return verdict
}

function tableStage(
  k: Kernel,
  skb: Skb,
  hook: Hook,
  name: TableName,
  view: PacketView,
  outDev: number,
  tracked: boolean,
): ChainVerdict {
  const row = k.t.netfilter.get(`${skb.netns}/${name}`)
  if (name === 'nat') return tracked && row?.hooked ? natHook(k, skb, hook, row.table, view, outDev) : 'accept'
  return row ? filterStage(k, skb, hook, name, row.table, view) : 'accept'
}

function filterStage(k: Kernel, skb: Skb, hook: Hook, name: TableName, table: Table, view: PacketView): ChainVerdict {
  const chain = chainNamed(table, hook)
  if (!chain || (chain.rules.length === 0 && chain.policy !== 'DROP')) return 'accept'
  const point = HOOK_POINT[hook]
  const target = runTarget(k, skb, point, hook, view)
  return walkChain(k, skb, point, name, table, chain, view, target)
}

/** nf_conntrack_in. */
function conntrackStage(k: Kernel, skb: Skb, view: PacketView): ChainVerdict {
  if (skb.ctinfo === 'UNTRACKED' || skb.ct !== 0) return 'accept'
  const found = track(k, skb.netns, ipOf(skb), skb.zone)
  if (found.ok) {
    skb.ct = found.row.id
    skb.ctinfo = found.info
    skb.ctReply = found.reply
    step(k, skb, 'conntrack', found.info === 'NEW' ? 'create' : 'lookup', conntrackDetail(found.row, found.info))
  } else if (found.why === 'table-full') {
    drop(k, skb, 'conntrack', 'NETFILTER_DROP', { d: 'note', code: 'table-full' })
    printk(k, skb.netns, 4, fullMessage(k, skb.netns))
    return 'drop'
  } else {
    skb.ctinfo = 'INVALID'
    step(k, skb, 'conntrack', 'lookup', { d: 'note', code: 'untracked', value: found.why })
  }
  view.refresh()
  return 'accept'
}

/** What the kernel logs when there is no room for another connection (__nf_conntrack_alloc). */
const fullMessage = (k: Kernel, netns: number): string =>
  k.t.netns.get(netns)?.name === 'host'
    ? 'nf_conntrack: nf_conntrack: table full, dropping packet'
    : `nf_conntrack: nf_conntrack: table full in netns ${FIRST_INODE + netns}, dropping packet`
/** PROC_DYNAMIC_FIRST: namespaces are called by the inode numbers that they have in /proc. */
const FIRST_INODE = 0xf0000000

export const conntrackDetail = (row: ConntrackRow, info: string): PathDetail => ({
  d: 'conntrack',
  id: row.id,
  info,
  orig: row.orig,
  reply: row.reply,
  tcp: row.tcp,
})

/** nf_conntrack_confirm: at the end of INPUT and POSTROUTING. */
function confirmStage(k: Kernel, skb: Skb): ChainVerdict {
  const row = skb.ct === 0 ? undefined : k.t.conntrack.get(skb.ct)
  // What was attached in answer to a packet that never got through confirms nothing.
  if (!row || row.confirmed || skb.ctReply) return 'accept'
  if (confirm(k, row.id)) {
    step(k, skb, 'conntrack', 'confirm', conntrackDetail(row, skb.ctinfo))
    return 'accept'
  }
  // insert_failed: another packet of the same flow was first.
  drop(k, skb, 'conntrack', 'NETFILTER_DROP', conntrackDetail(row, 'insert_failed'))
  return 'drop'
}
