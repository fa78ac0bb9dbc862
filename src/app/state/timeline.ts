import { type TraceColumns, makeColumns, resize, COLUMN_NAMES } from '../../core/trace/columns.ts'
import {
  DROP_REASONS,
  type DropReason,
  POINTS,
  type Point,
  VERDICTS,
  type Verdict,
} from '../../core/trace/vocabulary.ts'
import { type Cursor, HUES, type Hue, type TimelineUpdate } from '../../worker/protocol.ts'

/** What is known of a packet: `first` and `last` are the indices of its records, -1 before it has any. */
export interface PacketTrack {
  readonly id: number
  readonly parent: number
  readonly origin: number
  /** Indices of its records, ascending. */
  readonly records: number[]
  /** Packets made from this one: its parcel, its clones. */
  readonly children: number[]
}

/**
 * The trace as the page holds it: columns that grow at the end, and an index by packet. Mutable on purpose: a hundred thousand
 * records are appended in place; `version` says that something changed.
 */
export class Timeline {
  length = 0
  version = 0
  now = 0
  settled = true
  story: Cursor = 0
  columns: TraceColumns = makeColumns(0)
  event = new Uint32Array(0)
  /** Packet `id` stands at `id - 1`. */
  readonly packets: PacketTrack[] = []
  readonly marks: string[] = []
  #frameMark = new Uint16Array(0)
  #frameHue = new Uint8Array(0)
  readonly #markIds = new Map<string, number>()

  /** Appends a part; a part that begins before the end first forgets what stands there. */
  update(part: TimelineUpdate): void {
    if (part.from < this.length) this.#truncate(part.from)
    for (const { id, parent, origin } of part.packets) this.#addPacket(id, parent, origin)
    this.#addFrames(part)
    this.#addRecords(part)
    this.now = part.now
    this.settled = part.settled
    this.story = part.story
    this.version++
  }

  packet(id: number): PacketTrack | undefined {
    return this.packets[id - 1]
  }

  point(i: Cursor): Point {
    return POINTS[this.columns.point[i] ?? 0]!
  }
  verdict(i: Cursor): Verdict {
    return VERDICTS[this.columns.verdict[i] ?? 0]!
  }
  drop(i: Cursor): DropReason {
    return DROP_REASONS[this.columns.drop[i] ?? 0]!
  }
  /** Mark of the packet as it is after record `i`, outermost part first: `VX|GET`. */
  mark(i: Cursor): string {
    return this.marks[this.#frameMark[this.columns.state[i] ?? 0] ?? 0] ?? ''
  }
  hue(i: Cursor): Hue {
    return HUES[this.#frameHue[this.columns.state[i] ?? 0] ?? 0] ?? 'none'
  }

  /** The last record of a packet at or before `cursor`; -1 when it is not born yet. */
  recordAt(track: PacketTrack, cursor: Cursor): Cursor {
    const at = lastNotAfter(track.records, cursor)
    return at < 0 ? -1 : track.records[at]!
  }

  #truncate(from: Cursor): void {
    while (this.packets.length > 0 && (this.packets.at(-1)!.records[0] ?? from) >= from) {
      const gone = this.packets.pop()!
      this.packet(gone.parent)?.children.pop()
    }
    for (const { records } of this.packets) records.length = lastNotAfter(records, from - 1) + 1
    for (const name of COLUMN_NAMES) this.columns[name].fill(0, from, this.length)
    this.length = from
  }

  #addPacket(id: number, parent: number, origin: number): void {
    if (id !== this.packets.length + 1) this.packets.length = Math.min(this.packets.length, id - 1)
    while (this.packets.length < id - 1)
      this.packets.push({ id: this.packets.length + 1, parent: 0, origin: 0, records: [], children: [] })
    this.packets.push({ id, parent, origin, records: [], children: [] })
    this.packet(parent)?.children.push(id)
  }

  #addFrames({ framesFrom, frameMark, frameHue, marks }: TimelineUpdate): void {
    const end = framesFrom + frameMark.length
    if (end > this.#frameMark.length) {
      const size = Math.max(end, this.#frameMark.length * 2, 256)
      this.#frameMark = grown(this.#frameMark, new Uint16Array(size))
      this.#frameHue = grown(this.#frameHue, new Uint8Array(size))
    }
    const ids = marks.map((mark) => this.#markId(mark))
    for (let i = 0; i < frameMark.length; i++) this.#frameMark[framesFrom + i] = ids[frameMark[i]!] ?? 0
    this.#frameHue.set(frameHue, framesFrom)
  }

  #addRecords({ from, columns, length, event }: TimelineUpdate): void {
    const end = from + length
    if (end > this.columns.t.length) {
      const size = Math.max(end, this.columns.t.length * 2, 1024)
      this.columns = resize(this.columns, size)
      this.event = grown(this.event, new Uint32Array(size))
    }
    for (const name of COLUMN_NAMES) this.columns[name].set(columns[name].subarray(0, length), from)
    this.event.set(event.subarray(0, length), from)
    for (let i = from; i < end; i++) this.packets[this.columns.packet[i]! - 1]?.records.push(i)
    this.length = end
  }

  #markId(mark: string): number {
    const known = this.#markIds.get(mark)
    if (known !== undefined) return known
    const id = this.marks.push(mark) - 1
    this.#markIds.set(mark, id)
    return id
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}

/** Index of the last element that is not greater than `value` in an ascending list, -1 if there is none. */
export function lastNotAfter(ascending: ArrayLike<number>, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
