import { fiveTuple } from '../wire/flow.ts'
import { packetMark } from '../wire/summary.ts'
import type { Frame } from '../wire/types.ts'
import { type Decided, decided } from './decided.ts'
import type { ExplainEnv } from './env.ts'
import { kernelFunction } from './kernel-function.ts'
import { deviceName, endpointText, placeOf } from './places.ts'
import { type TraceRecord, recordAt } from './record.ts'
import { sayArp, sayNeigh } from './say/neigh.ts'
import { sayBridge } from './say/bridge.ts'
import { sayCluster } from './say/cluster.ts'
import { sayConnection } from './say/connection.ts'
import { sayDevice } from './say/device.ts'
import { sayDrop } from './say/drop.ts'
import { sayIp } from './say/ip.ts'
import { sayRoute } from './say/route.ts'
import { sayRule } from './say/rule.ts'
import { saySocket } from './say/socket.ts'
import { sayTcp } from './say/tcp.ts'
import { sayStacked, sayTunnel } from './say/tunnel.ts'
import { sayVxlan } from './say/vxlan.ts'
import type { Cursor, Sentence } from './views.ts'

export type Params = Record<string, string | number>

/** What a sentence is made from: the record, what decided it, and the words every sentence may use. */
export interface Told {
  readonly env: ExplainEnv
  readonly record: TraceRecord
  readonly why: Decided | null
  /** The machine or pod: `node1`, `client`; for the switch of a network its name. */
  readonly who: string
  readonly dev: string
}

/** A sentence in the making: the key, and its own parameters beyond the common ones. `null`: somebody else's. */
export type Said = readonly [key: string, params?: Params] | null

/** What happened at a step, as a key of the narration catalogue with parameters. Outside of the trace nothing did. */
export function narrate(env: ExplainEnv, cursor: Cursor): Sentence {
  const record = recordAt(env.trace, cursor)
  return record ? sentenceOf(env, record, decided(env, record)) : { key: 'nothing', params: {} }
}

const SPEAKERS: readonly ((told: Told) => Said)[] = [
  sayRule,
  sayConnection,
  sayDrop,
  sayRoute,
  sayNeigh,
  sayArp,
  sayBridge,
  sayVxlan,
  sayTunnel,
  sayStacked,
  sayIp,
  sayTcp,
  saySocket,
  sayDevice,
  sayCluster,
]

/**
 * The sentence of a record. Every sentence also has `kernel` (the function that does this in Linux), `tool` (what decided, in a
 * tool's words), `who`, `dev`, `mark` and `flow`: the texts of the deeper levels use them.
 */
export function sentenceOf(env: ExplainEnv, record: TraceRecord, why: Decided | null): Sentence {
  const told: Told = { env, record, why, who: placeOf(env, record.place).short, dev: deviceName(env, record.dev) }
  const common: Params = {
    who: told.who,
    dev: told.dev,
    kernel: kernelFunction(env, record),
    tool: why?.text ?? '',
    mark: record.frame ? packetMark(record.frame) : '',
    flow: record.frame ? flowText(record.frame) : '',
  }
  for (const speak of SPEAKERS) {
    const said = speak(told)
    if (said) return { key: said[0], params: { ...common, ...said[1] } }
  }
  return { key: 'other', params: { ...common, point: record.point, verdict: record.verdict } }
}

/** `10.244.1.2:43690 → 10.96.0.10:80`: who talks to whom in the outermost datagram; '' for frames without one. */
export function flowText(frame: Frame): string {
  const flow = fiveTuple(frame)
  return flow ? `${endpointText(flow.src, flow.sport)} → ${endpointText(flow.dst, flow.dport)}` : ''
}
