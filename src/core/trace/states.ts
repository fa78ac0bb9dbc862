import { ETHERTYPE } from '../wire/constants.ts'
import type { Ethernet, Frame, Ipv4Packet } from '../wire/types.ts'
import { FIRST_HEADER, LinkHeaders } from './link-headers.ts'

/** Bytes of one state: which frame, which Ethernet header, which TTL. */
export const BYTES_PER_STATE = 4 + 2 + 1

/** `header`: as in the stored frame; or none, the bare datagram; else a number of `LinkHeaders`. */
const AS_STORED = 0
const BARE = 1

/**
 * How packets looked, step by step. What a router changes at every hop, the Ethernet header and the TTL, are columns here; a frame as
X */
export class PacketStates {
  length = 0
  /** Index into `#frames`. */
  #frame = new Uint32Array(256)
  #header = new Uint16Array(256)
  /** 0: as in the stored frame. */
  #ttl = new Uint8Array(256)
  readonly #frames: Frame[] = []
  readonly #headers = new LinkHeaders()

  /** How many frames are kept as objects. */
  get stored(): number {
    return this.#frames.length
  }

  /** The state of a packet that looks like `frame`; `last`: the state before, -1 for none, which is the answer if nothing has changed. */
  add(frame: Frame, last: number): number {
    if (last < 0) return this.#store(frame)
    const base = this.#frames[this.#frame[last]!]!
    if (frame === base) return this.#derive(last, AS_STORED, 0)
    const eth = frame.l === 'eth' ? frame : null
    const ip = datagramOf(frame)
    const stored = datagramOf(base)
    // What is no IPv4 (ARP) does not change on its way.
    if (!ip || !stored || !sameDatagram(ip, stored)) return this.#store(frame)
    const ttl = ip.ttl === stored.ttl ? 0 : ip.ttl
    if (ttl === 0 && ip.ttl !== stored.ttl) return this.#store(frame)
    if (eth === null) return this.#derive(last, base.l === 'eth' ? BARE : AS_STORED, ttl)
    if (base.l === 'eth' && sameHeader(eth, base)) return this.#derive(last, AS_STORED, ttl)
    const header = this.#headerOf(eth, last)
    return header === AS_STORED ? this.#store(frame) : this.#derive(last, header, ttl)
  }

  /** The packet of a state; made anew for each call where it differs from the stored one. */
  at(state: number): Frame {
    const frame = this.#frames[this.#frame[state]!]!
    const header = this.#header[state]!
    const ttl = this.#ttl[state]!
    if (header === AS_STORED && ttl === 0) return frame
    const stored = datagramOf(frame)!
    const ip = ttl === 0 ? stored : { ...stored, ttl }
    if (header === BARE) return ip
    if (header !== AS_STORED) return this.#wrapped(header, ip)
    return frame.l === 'eth' ? { ...frame, payload: ip } : ip
  }

  #wrapped(header: number, payload: Ipv4Packet): Ethernet {
    const { src, dst } = { src: this.#headers.src(header), dst: this.#headers.dst(header) }
    return { l: 'eth', src, dst, type: ETHERTYPE.ipv4, vlan: undefined, payload }
  }

  /** The number of an Ethernet header in front of IPv4, most often the one the packet wore last; AS_STORED: it has none. */
  #headerOf(eth: Ethernet, last: number): number {
    if (eth.type !== ETHERTYPE.ipv4 || eth.vlan !== undefined) return AS_STORED
    const worn = this.#header[last]!
    if (worn >= FIRST_HEADER && this.#headers.is(worn, eth.src, eth.dst)) return worn
    return this.#headers.number(eth.src, eth.dst)
  }

  #store(frame: Frame): number {
    return this.#append(this.#frames.push(frame) - 1, AS_STORED, 0)
  }

  #derive(last: number, header: number, ttl: number): number {
    if (this.#header[last] === header && this.#ttl[last] === ttl) return last
    return this.#append(this.#frame[last]!, header, ttl)
  }

  /** Forgets all states from `length` on, and their frames. */
  truncate(length: number): void {
    let frames = 0
    for (let state = 0; state < length; state++) if (this.#frame[state]! >= frames) frames = this.#frame[state]! + 1
    this.length = length
    this.#frames.length = frames
  }

  #append(frame: number, header: number, ttl: number): number {
    const state = this.length++
    if (state === this.#frame.length) this.#grow()
    this.#frame[state] = frame
    this.#header[state] = header
    this.#ttl[state] = ttl
    return state
  }

  #grow(): void {
    const size = this.#frame.length * 2
    const [frame, header, ttl] = [new Uint32Array(size), new Uint16Array(size), new Uint8Array(size)]
    frame.set(this.#frame)
    header.set(this.#header)
    ttl.set(this.#ttl)
    this.#frame = frame
    this.#header = header
    this.#ttl = ttl
  }
}

function datagramOf(frame: Frame): Ipv4Packet | null {
  if (frame.l === 'ipv4') return frame
  return frame.payload.l === 'ipv4' ? frame.payload : null
}

/** Whether two datagrams differ in nothing but the TTL. */
const sameDatagram = (a: Ipv4Packet, b: Ipv4Packet): boolean =>
  a === b ||
  (a.payload === b.payload &&
    a.src === b.src &&
    a.dst === b.dst &&
    a.id === b.id &&
    a.proto === b.proto &&
    a.tos === b.tos &&
    a.frag === b.frag &&
    a.mf === b.mf &&
    a.df === b.df &&
    a.totalLength === b.totalLength)

const sameHeader = (a: Ethernet, b: Ethernet): boolean =>
  a.src === b.src && a.dst === b.dst && a.type === b.type && a.vlan === b.vlan
