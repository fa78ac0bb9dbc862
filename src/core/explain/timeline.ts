import { slice } from '../trace/columns.ts'
import { packetMark, protocolHue } from '../wire/summary.ts'
import type { Frame, Layer } from '../wire/types.ts'
import { inside } from '../wire/layers.ts'
import type { ExplainEnv } from './env.ts'
import { eventAt } from './record.ts'
import { type Cursor, HUES, type TimelineUpdate } from './views.ts'

const HUE_INDEX: ReadonlyMap<string, number> = new Map(HUES.map((hue, i) => [hue, i]))

/** `VX|GET`: the marks of the tunnels around a packet, outermost first, and its own. A message between tunnel ends carries none. */
export function frameMarkOf(frame: Frame): string {
  let tunnels = ''
  let layer: Layer | null = frame
  while (layer !== null && layer.l !== 'icmp') {
    if (layer.l === 'vxlan') tunnels += 'VX|'
    else if (layer.l === 'geneve') tunnels += 'GV|'
    else if (layer.l === 'gre') tunnels += 'GRE|'
    else if (layer.l === 'wireguard') tunnels += layer.payload.l === 'data' ? '' : 'WG|'
    else if (layer.l === 'ipv4' && layer.payload.l === 'ipv4') tunnels += 'IP|'
    layer = inside(layer)
  }
  return tunnels + packetMark(frame)
}

/**
 * Hands the growing timeline to the page, each part once. Ask between events. After a fork tell it with `rewind`; what was handed
 * over behind that point is then handed over again, as the new timeline has it.
 */
export class TimelineFeed {
  readonly #env: ExplainEnv
  readonly #marks: string[] = []
  readonly #markIds = new Map<string, number>()
  #records = 0
  #packets = 0
  #states = 0

  constructor(env: ExplainEnv) {
    this.#env = env
  }

  /** Records up to which the page knows the timeline. */
  get sent(): Cursor {
    return this.#records
  }

  /** The timeline was forked at this many records: the rest is to be sent anew. */
  rewind(length: Cursor): void {
    this.#records = Math.min(this.#records, length)
    const { packets } = this.#env.trace
    let known = Math.min(this.#packets, packets.length)
    while (known > 0 && packets[known - 1]!.born >= this.#records) known--
    this.#packets = known
    this.#states = Math.min(this.#states, this.#statesBefore(this.#records))
  }

  /** How many packet states the first `length` records have. */
  #statesBefore(length: Cursor): number {
    const { packet, state } = this.#env.trace.columns
    let states = 0
    for (let i = 0; i < length; i++) if (packet[i] !== 0 && state[i]! >= states) states = state[i]! + 1
    return states
  }

  /** What has come since the last call. `story` is the first record of what the lab's script set off. */
  take(story: Cursor): TimelineUpdate {
    const { trace, sim } = this.#env
    if (trace.length < this.#records) this.rewind(trace.length)
    const from = this.#records
    const framesFrom = this.#states
    const { frameMark, frameHue } = this.#newStates()
    const packets = trace.packets.slice(this.#packets).map(({ id, parent, origin }) => ({ id, parent, origin }))
    this.#records = trace.length
    this.#packets = trace.packets.length
    return {
      from,
      columns: slice(trace.columns, from, trace.length),
      length: trace.length - from,
      packets,
      framesFrom,
      frameMark,
      frameHue,
      marks: [...this.#marks],
      event: this.#events(from),
      now: sim.now,
      settled: sim.settled,
      story,
    }
  }

  #newStates(): { readonly frameMark: Uint16Array; readonly frameHue: Uint8Array } {
    const { states } = this.#env.trace
    const count = states.length - this.#states
    const frameMark = new Uint16Array(count)
    const frameHue = new Uint8Array(count)
    for (let i = 0; i < count; i++) {
      const frame = states.at(this.#states + i)
      frameMark[i] = this.#markId(frameMarkOf(frame))
      frameHue[i] = HUE_INDEX.get(protocolHue(frame)) ?? 0
    }
    this.#states = states.length
    return { frameMark, frameHue }
  }

  #markId(mark: string): number {
    const known = this.#markIds.get(mark)
    if (known !== undefined) return known
    const id = this.#marks.push(mark) - 1
    this.#markIds.set(mark, id)
    return id
  }

  /** The event of each record from `from` on. */
  #events(from: Cursor): Uint32Array {
    const { trace, sim } = this.#env
    const event = new Uint32Array(trace.length - from)
    let index = eventAt(sim.marks, from)
    for (let i = 0; i < event.length; i++) {
      while (index < sim.marks.length && sim.marks[index]!.trace <= from + i) index++
      event[i] = index
    }
    return event
  }
}
