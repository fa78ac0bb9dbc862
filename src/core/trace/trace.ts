import type { SimTime } from '../base/time.ts'
import type { Frame } from '../wire/types.ts'
import type { World } from '../world/world.ts'
import { type TraceColumns, makeColumns, resize } from './columns.ts'
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
 * `frames` and `details` are dictionaries by identity: the same value object is stored once.
 */
export class Trace {
  columns: TraceColumns = makeColumns(1024)
  length = 0
  readonly frames: Frame[] = []
  readonly details: object[] = [{}]
  readonly packets: PacketInfo[] = []
  /** Present nesting depth; callers raise and lower it around chains and nested calls. */
  depth = 0
  readonly #detailIds = new Map<object, number>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** A new packet id. `parent` and `origin` as in `PacketInfo`, 0 for none. */
  packet(parent: number, origin: number): number {
    const id = this.packets.length + 1
    this.packets.push({ id, parent, origin, cause: this.#world.cause, born: this.length })
    return id
  }

  /** Stores a frame and returns its index; consecutive records of an unchanged frame share one. */
  frame(frame: Frame): number {
    return this.frames.push(frame) - 1
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

  /** Appends a record. `state` and `detail` are indices from `frame` and `detail`. */
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
    const i = this.length
    if (i === this.columns.t.length) this.columns = resize(this.columns, i * 2)
    const c = this.columns
    c.t[i] = t
    c.packet[i] = packet
    c.state[i] = state
    c.detail[i] = detail === null ? 0 : this.detail(detail)
    c.journal[i] = this.#world.journal.position
    c.dev[i] = dev
    c.place[i] = place
    c.point[i] = POINT_CODE.get(point)!
    c.verdict[i] = VERDICT_CODE.get(verdict)!
    c.drop[i] = DROP_CODE.get(drop)!
    c.depth[i] = this.depth
    this.length = i + 1
  }

  /** Drops every record from `length` on, and the packets born there. */
  truncate(length: number): void {
    this.length = length
    while (this.packets.length > 0 && this.packets.at(-1)!.born >= length) this.packets.pop()
    this.depth = 0
  }
}
