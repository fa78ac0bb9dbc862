import { changedRows } from './changes.ts'
import { type Decided, decided } from './decided.ts'
import { type ExplainEnv, type Lines, NO_LINES } from './env.ts'
import { sentenceOf } from './narrate.ts'
import { packetView, unwrapped } from './packet-view.ts'
import { deviceName, placeOf } from './places.ts'
import { causeChain, subjectViews } from './provenance.ts'
import { frameBefore, recordAt } from './record.ts'
import type { Cursor, DecisionView, StepView } from './views.ts'
import { ruleWrittenAt, rowWrittenAt } from './written.ts'

/**
 * Everything about one step: the sentence, what decided it and why that stood there, the packet before and after, the rows written.
 * The world must stand at the record's journal position. `null` outside of the trace.
 */
export function explainStep(env: ExplainEnv, cursor: Cursor, lines: Lines = NO_LINES): StepView | null {
  const record = recordAt(env.trace, cursor)
  if (!record) return null
  const place = placeOf(env, record.place)
  const info = record.packet === 0 ? undefined : env.trace.packets[record.packet - 1]
  const was = frameBefore(env.trace, record)
  const is = record.verdict === 'decapsulate' && record.frame ? unwrapped(record.frame) : record.frame
  const why = decided(env, record)
  return {
    cursor,
    t: record.t,
    packet: record.packet,
    parent: info?.parent ?? 0,
    origin: info?.origin ?? 0,
    place: record.place,
    placeName: place.id,
    host: place.host,
    dev: record.dev,
    devName: deviceName(env, record.dev),
    point: record.point,
    verdict: record.verdict,
    drop: record.drop,
    depth: record.depth,
    say: sentenceOf(env, record, why),
    decision: why && decisionView(env, why, lines),
    before: was && packetView(was, null),
    after: is && packetView(is, was),
    changed: changedRows(env, record),
  }
}

export function decisionView(env: ExplainEnv, why: Decided, lines: Lines): DecisionView {
  const { kind, where, text, failedTerm, rule, table, key } = why
  const writtenAt = rule ? ruleWrittenAt(env, rule.id) : table ? rowWrittenAt(env, table, key) : null
  return {
    kind,
    where,
    text,
    failedTerm,
    subject: subjectViews(why.subject, lines),
    causes: causeChain(env, why.cause),
    writtenAt,
  }
}
