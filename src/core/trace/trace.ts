import type { SimTime } from '../base/time.ts'
import type { Frame } from '../wire/types.ts'
import type { World } from '../world/world.ts'
import type { TraceColumns } from './columns.ts'
import { RecordLog } from './record-log.ts'
import { PacketStates } from './states.ts'
import { DROP_CODE, type DropReason, POINT_CODE, type Point, VERDICT_CODE, type Verdict } from './vocabulary.ts'

/** A packet of the trace: one frame from birth to its end, whatever is rewritten in it on the way. */
export interface PacketInfo {
  readonly id: number
  /** The packet it was made from: the one inside it (encapsulation), the original (clone, fragment). 0 = none. */
  readonly parent: number
  /** The packet that set it off: the request it answers, the datagram whose sending needed this ARP. 0 = none. */
  readonly origin: number
  /** Cause id of the world when it was born: leads back to the command or program. */
  readonly cause: number
  /** Index of its first record. */
  readonly born: number
}

/** Where a record is made: kept by the caller so that the hot path passes one value. */
export interface Place {
  readonly place: number
  readonly dev: number
}

/**
 * The packet trace: a columnar journal of everything that happened to every packet, written by the evaluator itself.
 * `states` says how packets looked; `details` is a dictionary by identity: the same value object is stored once.
 */
export class Trace {
  readonly states = new PacketStates()
  readonly details: object[] = [{}]
  readonly packets: PacketInfo[] = []
  /** Present nesting depth; callers raise and lower it around chains and nested calls. */
  depth = 0
  readonly #detailIds = new Map<object, number>()
  /** State of the last record of a packet, plus 1, by packet id. */
  #lastState = new Uint32Array(256)
  readonly #log = new RecordLog()
  /** To which length each fork cut the trace, in the order of the forks. */
  readonly #cuts: number[] = []
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  get length(): number {
    return this.#log.length
  }

  /** Records [0, length). Ask again after records have been added. */
  get columns(): TraceColumns {
    return this.#log.columns()
  }

  /** Names the present timeline, for `isSame`. */
  get stamp(): number {
    return this.#cuts.length
  }

  /** Whether the first `length` records are those of the timeline that had this stamp. */
  isSame(stamp: number, length: number): boolean {
    for (let i = stamp; i < this.#cuts.length; i++) if (this.#cuts[i]! < length) return false
    return true
  }

  /** A new packet id. `parent` and `origin` as in `PacketInfo`, 0 for none. */
  packet(parent: number, origin: number): number {
    const id = this.packets.length + 1
    this.packets.push({ id, parent, origin, cause: this.#world.cause, born: this.length })
    return id
  }

  /**
   * How `packet` looks now, for `add`. Compared with how it, or the packet it was made from, looked last: an unchanged one has the
   * state it had, and one that only passed a hop costs a few bytes. Packet 0: a frame that belongs to no packet.
   */
  frame(frame: Frame, packet: number): number {
    if (packet === 0) return this.states.add(frame, -1)
    const state = this.states.add(frame, this.#stateBefore(packet))
    if (packet >= this.#lastState.length) this.#lastState = enlarged(this.#lastState, packet)
    this.#lastState[packet] = state + 1
    return state
  }

  /** The packet as it was after a record; `undefined` for a record that is about no packet. */
  frameAt(record: number): Frame | undefined {
    return record < 0 || record >= this.length || this.columns.packet[record] === 0
      ? undefined
      : this.states.at(this.columns.state[record]!)
  }

  #stateBefore(packet: number): number {
    const last = this.#lastState[packet] ?? 0
    return (last === 0 ? (this.#lastState[this.packets[packet - 1]?.parent ?? 0] ?? 0) : last) - 1
  }

  /** Stores what decided a step, once per value object, and returns its index. */
  detail(value: object | null): number {
    if (value === null) return 0
    const known = this.#detailIds.get(value)
    if (known !== undefined) return known
    const id = this.details.push(value) - 1
    this.#detailIds.set(value, id)
    return id
  }

  /** Appends a record. `state` is what `frame` answered. 0 for a packet: about none; its state is 0 too. */
  add(
    t: SimTime,
    packet: number,
    state: number,
    place: number,
    dev: number,
    point: Point,
    verdict: Verdict,
    detail: object | null = null,
    drop: DropReason = 'NONE',
  ): void {
    this.write(
      t,
      packet,
      state,
      place,
      dev,
      POINT_CODE.get(point)!,
      VERDICT_CODE.get(verdict)!,
      detail,
      DROP_CODE.get(drop)!,
    )
  }

  /** `add` for those who have looked the codes up: `POINT_CODE`, `VERDICT_CODE`, `DROP_CODE`. */
  write(
    t: SimTime,
    packet: number,
    state: number,
    place: number,
    dev: number,
    point: number,
    verdict: number,
    detail: object | null,
    drop: number,
  ): void {
    const i = this.#log.next()
    const c = this.#log.chunk
    c.t[i] = t
    c.packet[i] = packet
    c.state[i] = state
    c.detail[i] = detail === null ? 0 : this.detail(detail)
    c.journal[i] = this.#world.journal.position
    c.dev[i] = dev
    c.place[i] = place
    c.point[i] = point
    c.verdict[i] = verdict
    c.drop[i] = drop
    c.depth[i] = this.depth
  }

  /** Drops every record from `length` on, the packets born there, and the states and details that only they had. */
  truncate(length: number): void {
    if (length < this.length) {
      this.#cuts.push(length)
      this.#rememberLast(length)
    }
    this.#log.truncate(length)
    while (this.packets.length > 0 && this.packets.at(-1)!.born >= length) this.packets.pop()
    this.depth = 0
  }

  #rememberLast(length: number): void {
    const { packet, state, detail } = this.columns
    let states = 0
    let details = 1
    this.#lastState.fill(0)
    for (let i = 0; i < length; i++) {
      if (packet[i] !== 0) this.#lastState[packet[i]!] = state[i]! + 1
      if (state[i]! >= states) states = state[i]! + 1
      if (detail[i]! >= details) details = detail[i]! + 1
    }
    this.states.truncate(states)
    for (const gone of this.details.splice(details)) this.#detailIds.delete(gone)
  }
}

function enlarged(from: Uint32Array<ArrayBuffer>, index: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(Math.max(from.length * 2, index + 1))
  to.set(from)
  return to
}
