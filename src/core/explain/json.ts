import type { ObjectRef } from '../base/ref.ts'
import type { SimTime } from '../base/time.ts'
import type { DropReason, Point, Verdict } from '../trace/vocabulary.ts'
import { type LayerJson, layersJson } from '../wire/layers.ts'
import { type Decided, decided } from './decided.ts'
import type { ExplainEnv } from './env.ts'
import { sentenceOf } from './narrate.ts'
import { deviceName, placeOf } from './places.ts'
import { causeChain, causeLine } from './provenance.ts'
import { recordAt } from './record.ts'
import type { Cursor, DecisionView, Sentence } from './views.ts'

/** One line of a trace as JSON. A public format: fields may be added, none renamed or removed while `v` is 1. */
export interface TraceLine {
  readonly v: 1
  readonly step: Cursor
  /** Virtual time, ns. */
  readonly t: SimTime
  /** `p3`; `null` for what is no packet. */
  readonly packet: string | null
  /** The packet inside it, or that it was copied or cut from. */
  readonly parent: string | null
  /** The packet that set it off. */
  readonly origin: string | null
  /** The machine; '' on a wire. */
  readonly node: string
  /** `host`, or the place whose namespace it is: `pod/default/client`. On a network's switch the network. */
  readonly netns: string
  readonly dev: string
  readonly point: Point
  readonly verdict: Verdict
  readonly drop: DropReason | null
  readonly layers: readonly LayerJson[]
  readonly decided: DecidedJson | null
  readonly subject: readonly ObjectRef[]
  /** `kube-proxy@node1 ← EndpointSlice/default/web-x1 ← … ← you`; '' where nobody is to name. */
  readonly cause: string
  readonly say: string
}

export interface DecidedJson {
  readonly kind: DecisionView['kind']
  readonly text: string
  /** Of a rule or policy. */
  readonly table?: string
  readonly chain?: string
  readonly num?: number
  /** Of a rule that did not match: the term that failed. */
  readonly failed?: string
  /** Of everything else: the table or device it stands in. */
  readonly where?: string
}

/** A record as a JSON line; `say` renders its sentence in English. The world must stand at the record's journal position. */
export function traceLine(env: ExplainEnv, cursor: Cursor, say: (sentence: Sentence) => string): TraceLine | null {
  const record = recordAt(env.trace, cursor)
  if (!record) return null
  const why = decided(env, record)
  const info = record.packet === 0 ? undefined : env.trace.packets[record.packet - 1]
  const place = placeOf(env, record.place)
  return {
    v: 1,
    step: cursor,
    t: record.t,
    packet: packetName(record.packet),
    parent: packetName(info?.parent ?? 0),
    origin: packetName(info?.origin ?? 0),
    node: place.host,
    netns: place.netns || place.id,
    dev: deviceName(env, record.dev),
    point: record.point,
    verdict: record.verdict,
    drop: record.drop === 'NONE' ? null : record.drop,
    layers: record.frame ? layersJson(record.frame) : [],
    decided: why && decidedJson(why),
    subject: why?.subject ?? [],
    cause: why ? causeLine(causeChain(env, why.cause)) : '',
    say: say(sentenceOf(env, record, why)),
  }
}

export const packetName = (id: number): string | null => (id === 0 ? null : `p${id}`)

function decidedJson(why: Decided): DecidedJson {
  const { kind, text, failedTerm, where, table, key } = why
  if (table !== 'netfilter') return where === '' ? { kind, text } : { kind, text, where }
  const [name = '', chain = '', num] = String(key).split('/')
  return {
    kind,
    table: name,
    chain,
    text,
    ...(num && { num: Number(num) }),
    ...(failedTerm !== null && { failed: failedTerm }),
  }
}
