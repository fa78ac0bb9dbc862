import type { PathDetail } from '../kernel/details.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { RuleCounters, TableName } from '../kernel/netfilter/types.ts'
import { POINT_CODE, VERDICT_CODE } from '../trace/vocabulary.ts'
import type { TraceColumns } from '../trace/columns.ts'
import type { Trace } from '../trace/trace.ts'
import { frameLength, ipLength } from '../wire/length.ts'
import type { Frame } from '../wire/types.ts'

/** What `ip -s link` shows of one device. Bytes include the Ethernet header, as Linux counts them on NICs and veths. */
export interface DeviceStatistics {
  readonly rx: Traffic
  readonly tx: Traffic
}
export interface Traffic {
  readonly packets: number
  readonly bytes: number
  readonly dropped: number
  readonly multicast: number
}

/** Counts over the first `length` records of a trace. */
interface Tally {
  length: number
  /** The timeline that was counted: it may have forked since. */
  stamp: number
  readonly rules: Map<number, Count>
  /** By `netns/table/chain`. */
  readonly policies: Map<string, Count>
  readonly devices: Map<number, { readonly rx: DeviceCount; readonly tx: DeviceCount }>
}
interface Count {
  packets: number
  bytes: number
}
interface DeviceCount extends Count {
  dropped: number
  multicast: number
}

const RECEIVE = POINT_CODE.get('dev.recv')!
const TRANSMIT = POINT_CODE.get('dev.xmit')!
const VXLAN = POINT_CODE.get('vxlan.xmit')!
const TUNNEL = POINT_CODE.get('tunnel.xmit')!
const DROP = VERDICT_CODE.get('drop')!
const SEND = VERDICT_CODE.get('send')!
const RECEIVED = VERDICT_CODE.get('receive')!

const NOTHING: RuleCounters = { packets: 0, bytes: 0 }
const NO_TRAFFIC: Traffic = { packets: 0, bytes: 0, dropped: 0, multicast: 0 }

const tallies = new WeakMap<Trace, Tally>()

/** Where a copy of the tally is kept for the moment a reset refers to: traffic before it does not count. */
const before = new WeakMap<Trace, Map<number, ReadonlyMap<number, RuleCounters>>>()

const freshTally = (): Tally => ({ length: 0, stamp: 0, rules: new Map(), policies: new Map(), devices: new Map() })

/** The tally at `length` records: continued from the last one asked for where that lies before it on the same timeline. */
function tallyAt(trace: Trace, length: number): Tally {
  let tally = tallies.get(trace)
  if (!tally || tally.length > length || !trace.isSame(tally.stamp, tally.length)) {
    tallies.set(trace, (tally = freshTally()))
    before.delete(trace)
  }
  const { columns } = trace
  for (let i = tally.length; i < length; i++) count(trace, columns, i, tally)
  tally.length = length
  tally.stamp = trace.stamp
  return tally
}

function count(trace: Trace, columns: TraceColumns, i: number, tally: Tally): void {
  const { detail, point, verdict, dev, place } = columns
  if (detail[i]! !== 0) {
    const value = trace.details[detail[i]!] as PathDetail
    if (value.d === 'rule') add(entry(tally.rules, value.rule.id), trace.frameAt(i))
    else if (value.d === 'policy') {
      add(entry(tally.policies, `${place[i]}/${value.table}/${value.chain}`), trace.frameAt(i))
    }
  }
  const at = point[i]!
  if (at !== RECEIVE && at !== TRANSMIT && at !== VXLAN && at !== TUNNEL) return
  countDevice(tally, dev[i]!, at, verdict[i]!, trace.frameAt(i))
}

function countDevice(tally: Tally, link: number, point: number, verdict: number, frame: Frame | undefined): void {
  let device = tally.devices.get(link)
  if (!device) tally.devices.set(link, (device = { rx: freshDevice(), tx: freshDevice() }))
  const side = point === RECEIVE ? device.rx : device.tx
  if (verdict === DROP) {
    side.dropped++
    // A tunnel that found no remote end, or a dummy, had counted it as sent.
    if ((point === VXLAN || point === TUNNEL) && frame) remove(device.tx, frame)
    return
  }
  if (point === VXLAN || point === TUNNEL || (verdict !== SEND && verdict !== RECEIVED) || !frame) return
  side.packets++
  side.bytes += frameLength(frame)
  if (frame.l === 'eth' && isMulticast(frame.dst)) side.multicast++
}

const freshDevice = (): DeviceCount => ({ packets: 0, bytes: 0, dropped: 0, multicast: 0 })

function remove(side: DeviceCount, frame: Frame): void {
  side.packets = Math.max(0, side.packets - 1)
  side.bytes = Math.max(0, side.bytes - frameLength(frame))
}

const BROADCAST = 0xffffffffffff
const isMulticast = (mac: number): boolean => mac !== BROADCAST && (Math.floor(mac / 0x10000000000) & 1) === 1

function entry<K>(map: Map<K, Count>, key: K): Count {
  let known = map.get(key)
  if (!known) map.set(key, (known = { packets: 0, bytes: 0 }))
  return known
}

/** A rule counts IP packets: the Ethernet header is not in it. */
function add(to: Count, frame: Frame | undefined): void {
  if (!frame) return
  const ip = frame.l === 'eth' ? frame.payload : frame
  to.packets++
  if (ip.l === 'ipv4') to.bytes += ipLength(ip)
}

/** How many records of the trace had been made at the moment that the tables show: all of them, unless the past is being looked at. */
export function presentLength(k: Kernel): number {
  const { journal } = k.world
  if (journal.atEnd) return k.trace.length
  const { columns } = k.trace
  let low = 0
  let high = k.trace.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (columns.journal[middle]! <= journal.position) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Packet and byte counters of rules, counted out of the trace: a hit is a record that names the rule and is no miss. What the rule
 * was written with (`iptables-restore -c`, `-Z`) is in its `ruleCounter` row, and hits from before that do not count. `length`: how
 * many records of the trace count; default: those made until the moment that the tables show.
 */
export function ruleCounters(k: Kernel, length: number = presentLength(k)): (ruleId: number) => RuleCounters {
  const { trace } = k
  return (rule) => {
    const reset = k.t.ruleCounter.get(rule)
    const start = reset ? Math.min(reset.since, length) : 0
    const early = start === 0 ? NOTHING : hitsBefore(trace, rule, start)
    const hits = tallyAt(trace, length).rules.get(rule) ?? NOTHING
    return {
      packets: (reset?.packets ?? 0) + hits.packets - early.packets,
      bytes: (reset?.bytes ?? 0) + hits.bytes - early.bytes,
    }
  }
}

/** The hits of a rule among the first `length` records; kept, because a reset is asked about again and again. */
function hitsBefore(trace: Trace, rule: number, length: number): RuleCounters {
  tallyAt(trace, Math.max(length, tallies.get(trace)?.length ?? 0))
  let moments = before.get(trace)
  if (!moments) before.set(trace, (moments = new Map()))
  let known = moments.get(length)
  if (!known) moments.set(length, (known = scan(trace, length)))
  return known.get(rule) ?? NOTHING
}

function scan(trace: Trace, length: number): ReadonlyMap<number, RuleCounters> {
  const tally = freshTally()
  const { columns } = trace
  for (let i = 0; i < length; i++) count(trace, columns, i, tally)
  return tally.rules
}

/** Packets and bytes that fell through to a chain's policy, counted out of the trace. The nf_tables backend does not show them. */
export function policyCounters(
  k: Kernel,
  netns: number,
  length: number = presentLength(k),
): (table: TableName, chain: string) => RuleCounters {
  return (table, chain) => tallyAt(k.trace, length).policies.get(`${netns}/${table}/${chain}`) ?? NOTHING
}

/** What a device has received, sent and dropped. */
export function deviceStatistics(k: Kernel, length: number = presentLength(k)): (link: number) => DeviceStatistics {
  return (link) => {
    const device = tallyAt(k.trace, length).devices.get(link)
    return device ? { rx: { ...device.rx }, tx: { ...device.tx } } : { rx: NO_TRAFFIC, tx: NO_TRAFFIC }
  }
}
