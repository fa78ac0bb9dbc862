import type { Kernel } from '../kernel/kernel.ts'
import type { Trace } from '../trace/trace.ts'
import { VERDICTS, type Verdict } from '../trace/vocabulary.ts'

/** What became of a packet. */
export type Fate = 'ended' | 'became-others' | 'in-flight' | 'vanished'

/** Verdicts after which nothing need follow. `decapsulate` ends the outer packet; the inner one goes on. */
const ENDS: ReadonlySet<Verdict> = new Set(['deliver', 'drop', 'reject', 'decapsulate', 'reassemble'])

/** Fate by packet id, index 0 unused: from the last record of each, its children, and what is pending. */
export function fates(k: Kernel): Fate[] {
  const { trace } = k
  const last = lastRecords(trace)
  const children = new Set(trace.packets.map((packet) => packet.parent))
  const waiting = new Set<number>()
  for (const event of k.sim.events.rows()) for (const id of packetsOf(event.args)) waiting.add(id)
  for (const row of k.t.neigh.rows()) for (const queued of row.queue) for (const id of queued.packet) waiting.add(id)
  for (const row of k.t.fragQueue.rows()) for (const part of row.parts) for (const id of part.packet) waiting.add(id)
  return [
    'ended',
    ...trace.packets.map(({ id }): Fate => {
      const record = last.get(id)
      if (record !== undefined && ENDS.has(VERDICTS[trace.columns.verdict[record]!]!)) return 'ended'
      if (waiting.has(id)) return 'in-flight'
      return children.has(id) ? 'became-others' : 'vanished'
    }),
  ]
}

function lastRecords(trace: Trace): Map<number, number> {
  const last = new Map<number, number>()
  for (let i = 0; i < trace.length; i++) last.set(trace.columns.packet[i]!, i)
  return last
}

function packetsOf(args: unknown): readonly number[] {
  if (typeof args !== 'object' || args === null || !('packet' in args)) return []
  const { packet } = args
  return Array.isArray(packet) ? (packet as number[]) : []
}
