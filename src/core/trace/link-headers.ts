import type { Mac } from '../base/mac.ts'

/** Numbers fit 16 bits; 0 and 1 have a meaning of their own in `PacketStates`. */
export const FIRST_HEADER = 2
const LIMIT = 0x10000

/**
 * The source and destination MACs of Ethernet headers, numbered: a lab has few pairs, and each packet wears several of them.
 * An open-addressed hash table over typed arrays, because a `Map` keyed by doubles costs three times as much.
 */
export class LinkHeaders {
  #src = new Float64Array(256)
  #dst = new Float64Array(256)
  #slots = new Uint16Array(512)
  #length = FIRST_HEADER

  src(header: number): Mac {
    return this.#src[header]!
  }

  dst(header: number): Mac {
    return this.#dst[header]!
  }

  is(header: number, src: Mac, dst: Mac): boolean {
    return this.#src[header] === src && this.#dst[header] === dst
  }

  /** The number of a pair, given out when it is first asked for; 0 when there are no more. */
  number(src: Mac, dst: Mac): number {
    const mask = this.#slots.length - 1
    let slot = hash(src, dst) & mask
    for (;;) {
      const known = this.#slots[slot]!
      if (known === 0) return this.#add(src, dst)
      if (this.is(known, src, dst)) return known
      slot = (slot + 1) & mask
    }
  }

  #add(src: Mac, dst: Mac): number {
    if (this.#length === LIMIT) return 0
    const number = this.#length++
    if (number === this.#src.length) this.#grow()
    this.#src[number] = src
    this.#dst[number] = dst
    this.#place(number)
    return number
  }

  #grow(): void {
    const size = this.#src.length * 2
    this.#src = enlarged(this.#src, size)
    this.#dst = enlarged(this.#dst, size)
    this.#slots = new Uint16Array(size * 2)
    for (let number = FIRST_HEADER; number < size / 2; number++) this.#place(number)
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1
    let slot = hash(this.#src[number]!, this.#dst[number]!) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = number
  }
}

/** Of the low 32 bits of both addresses, which are what differs within a lab. */
function hash(src: Mac, dst: Mac): number {
  const mixed = Math.imul(src | 0, 0x9e3779b1) ^ Math.imul(dst | 0, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}

function enlarged(from: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(size)
  to.set(from)
  return to
}
