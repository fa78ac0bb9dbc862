import { emitFrame } from '../wire/emit.ts'
import { type PcapInterface, type PcapPacket, writePcapng } from '../wire/pcapng.ts'
import { decided } from './decided.ts'
import type { ExplainEnv } from './env.ts'
import { deviceName, placeOf } from './places.ts'
import { type TraceRecord, recordAt } from './record.ts'
import type { Cursor } from './views.ts'

export interface PcapOptions {
  /** Which packets to write; default all. */
  readonly include?: (packet: number) => boolean
}

/** A capture in the making: interfaces as they are met, packets, and what decided about each since it was last seen. */
interface Draft {
  readonly interfaces: PcapInterface[]
  readonly ids: Map<string, number>
  readonly packets: PcapPacket[]
  /** Per packet: lines that the next sighting gets as its comment. */
  readonly pending: Map<number, string[]>
  /** Per packet: where its last sighting stands in `packets`. */
  readonly last: Map<number, number>
}

/**
 * The records [from, to) as a pcapng file: one interface per device, each frame where a capture would see it (leaving or entering a
 * device), with what decided its way as the packet's comment. A drop is told by the comment of the last frame seen.
 */
export function writeTrace(env: ExplainEnv, from: Cursor, to: Cursor, options: PcapOptions = {}): Uint8Array {
  const draft: Draft = { interfaces: [], ids: new Map(), packets: [], pending: new Map(), last: new Map() }
  const end = Math.min(to, env.trace.length)
  for (let i = Math.max(0, from); i < end; i++) {
    const record = recordAt(env.trace, i)!
    if (record.packet === 0 || options.include?.(record.packet) === false) continue
    if (isSighting(record)) sighting(env, draft, record)
    else reason(env, draft, record)
  }
  return writePcapng(draft.interfaces, draft.packets)
}

const isSighting = ({ point, verdict }: TraceRecord): boolean =>
  (point === 'dev.xmit' && verdict === 'send') || (point === 'dev.recv' && verdict === 'receive')

function sighting(env: ExplainEnv, draft: Draft, record: TraceRecord): void {
  const frame = record.frame!
  const comment = draft.pending.get(record.packet)?.join('\n')
  draft.pending.delete(record.packet)
  draft.last.set(record.packet, draft.packets.length)
  draft.packets.push({
    interface: interfaceOf(env, draft, record),
    t: record.t,
    bytes: emitFrame(frame),
    direction: record.point === 'dev.xmit' ? 'out' : 'in',
    ...(comment && { comment }),
  })
}

/** `node1/eth0`, `pod/default/client/eth0`; a device that carries both kinds of frame is two interfaces. */
function interfaceOf(env: ExplainEnv, draft: Draft, { place, dev, frame }: TraceRecord): number {
  const linktype = frame!.l === 'eth' ? 'eth' : 'ip'
  const where = placeOf(env, place)
  const name = `${where.netns === 'host' ? where.host : where.id}/${deviceName(env, dev)}`
  const key = `${place}/${dev}/${linktype}`
  const known = draft.ids.get(key)
  if (known !== undefined) return known
  const id = draft.interfaces.push({ name, linktype, description: where.id }) - 1
  draft.ids.set(key, id)
  return id
}

/** Notes what decided a step: for the next frame seen, or, when the packet ends here, for the last one. */
function reason(env: ExplainEnv, draft: Draft, record: TraceRecord): void {
  const { verdict, packet, drop } = record
  if (verdict === 'miss') return
  const why = decided(env, record)
  if (drop !== 'NONE') {
    const text = why?.text ? `${drop}: ${why.text}` : drop
    const at = draft.last.get(packet)
    if (at === undefined) return
    const seen = draft.packets[at]!
    draft.packets[at] = { ...seen, comment: [seen.comment, `dropped, ${text}`].filter(Boolean).join('\n') }
    return
  }
  if (!why?.text) return
  const subject = why.subject.length > 0 ? ` (${why.subject.join(', ')})` : ''
  const line = `${record.point} ${verdict}: ${why.text}${subject}`
  const lines = draft.pending.get(packet)
  if (lines) lines.push(line)
  else draft.pending.set(packet, [line])
}
