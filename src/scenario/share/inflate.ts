/**
 * Raw deflate (RFC 1951) with a preset dictionary, for links: small, and with nothing to set up, since a link is read once, at the very
 * start of the page. Bit by bit, as the RFC describes it; libraries are faster on megabytes.
 */

/**
 * Inflates data that must give exactly `length` bytes and end there, and stops as soon as it gives more, so that a bomb costs no more
 * than an honest text. `null`: it gives another length, or is no deflate data.
 */
export function inflateExactly(data: Uint8Array, dictionary: Uint8Array, length: number): Uint8Array | null {
  const bits = new Bits(data)
  const window = new Window(dictionary, length)
  for (;;) {
    const last = bits.take(1)
    const type = bits.take(2)
    const read = type === 0 ? stored(bits, window) : type === 1 || type === 2 ? coded(bits, window, type === 2) : false
    if (!read || last < 0) return null
    if (last === 1) return bits.isAtEnd && window.isFull ? window.output : null
  }
}

/** Bits of the longest word of a code. */
const LONGEST = 15

class Bits {
  readonly #data: Uint8Array
  #at = 0
  #held = 0
  #count = 0

  constructor(data: Uint8Array) {
    this.#data = data
  }

  /** The next 15 bits or more as a number, the first one lowest; noughts behind the end of the data. */
  peek(): number {
    while (this.#count < LONGEST && this.#at < this.#data.length) {
      this.#held |= this.#data[this.#at++]! << this.#count
      this.#count += 8
    }
    return this.#held
  }

  /** Goes on by so many bits. Says whether they were there. */
  skip(count: number): boolean {
    this.#held >>>= count
    this.#count -= count
    return this.#count >= 0
  }

  /** The next `count` bits, at most 15; -1 where the data ends before. */
  take(count: number): number {
    const taken = this.peek() & ((1 << count) - 1)
    return this.skip(count) ? taken : -1
  }

  /** Leaves out what is left of the present byte. */
  align(): void {
    this.skip(this.#count & 7)
  }

  /** The next byte; -1 where the data ends. */
  byte(): number {
    return this.take(8)
  }

  /** Whether the data ends within the present byte. */
  get isAtEnd(): boolean {
    return this.#at === this.#data.length && this.#count < 8
  }
}

/** What has been inflated, behind the dictionary that it may repeat. */
class Window {
  readonly #bytes: Uint8Array
  readonly #start: number
  #end: number

  constructor(dictionary: Uint8Array, length: number) {
    this.#bytes = new Uint8Array(dictionary.length + length)
    this.#bytes.set(dictionary)
    this.#start = dictionary.length
    this.#end = dictionary.length
  }

  /** Says whether there was room. */
  put(byte: number): boolean {
    if (this.isFull) return false
    this.#bytes[this.#end++] = byte
    return true
  }

  /** Says whether there was something so far back, and room. */
  repeat(length: number, distance: number): boolean {
    if (distance > this.#end || this.#end + length > this.#bytes.length) return false
    // Byte by byte: what is repeated may begin in what the repetition writes.
    for (let i = 0; i < length; i++, this.#end++) this.#bytes[this.#end] = this.#bytes[this.#end - distance]!
    return true
  }

  get isFull(): boolean {
    return this.#end === this.#bytes.length
  }
  get output(): Uint8Array {
    return this.#bytes.subarray(this.#start)
  }
}

/** Section 3.2.4. */
function stored(bits: Bits, window: Window): boolean {
  bits.align()
  const [low, high, notLow, notHigh] = [bits.byte(), bits.byte(), bits.byte(), bits.byte()]
  if (notHigh < 0 || (low ^ notLow) !== 0xff || (high ^ notHigh) !== 0xff) return false
  const length = low | (high << 8)
  for (let i = 0; i < length; i++) {
    const byte = bits.byte()
    if (byte < 0 || !window.put(byte)) return false
  }
  return true
}

const END = 256
const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
/** Of distance code `n` from 4 on: `n >> 1` bits, less one, follow a leading `2 + (n & 1)`. */
const distanceBits = (code: number): number => Math.max(0, (code >> 1) - 1)
const distanceFrom = (code: number): number => (code < 4 ? code : (2 + (code & 1)) << distanceBits(code)) + 1

/** Section 3.2.5: literals, and lengths with distances, until the end of the block. */
function coded(bits: Bits, window: Window, dynamic: boolean): boolean {
  const codes = dynamic ? readCodes(bits) : fixedCodes()
  if (!codes) return false
  for (;;) {
    const symbol = codes.literals.next(bits)
    if (symbol === END) return true
    if (symbol < 0) return false
    if (symbol < END) {
      if (!window.put(symbol)) return false
      continue
    }
    const from = LENGTHS[symbol - END - 1]
    const more = from === undefined ? -1 : bits.take(LENGTH_BITS[symbol - END - 1]!)
    const code = codes.distances.next(bits)
    const further = code < 0 || code > 29 ? -1 : bits.take(distanceBits(code))
    if (more < 0 || further < 0 || !window.repeat(from! + more, distanceFrom(code) + further)) return false
  }
}

/** A Huffman code by the lengths of its words: section 3.2.2. */
class Code {
  /** How many words have a length. */
  readonly #counts = new Uint16Array(LONGEST + 1)
  /** The symbols in the order of their words. */
  readonly #symbols: Uint16Array

  constructor(lengths: readonly number[]) {
    for (const length of lengths) this.#counts[length]!++
    this.#counts[0] = 0
    const next = new Uint16Array(LONGEST + 2)
    for (let length = 1; length <= LONGEST; length++) next[length + 1] = next[length]! + this.#counts[length]!
    this.#symbols = new Uint16Array(lengths.length)
    lengths.forEach((length, symbol) => {
      if (length > 0) this.#symbols[next[length]!++] = symbol
    })
  }

  /** Whether no word is the beginning of another one. */
  get isCode(): boolean {
    let free = 1
    for (let length = 1; length <= LONGEST; length++) {
      free = free * 2 - this.#counts[length]!
      if (free < 0) return false
    }
    return true
  }

  /** The symbol whose word comes next; -1 where there is none, or the data ends. */
  next(bits: Bits): number {
    let ahead = bits.peek()
    let word = 0
    let first = 0
    let before = 0
    for (let length = 1; length <= LONGEST; length++) {
      word |= ahead & 1
      ahead >>>= 1
      const count = this.#counts[length]!
      if (word - first < count) return bits.skip(length) ? this.#symbols[before + word - first]! : -1
      before += count
      first = (first + count) << 1
      word <<= 1
    }
    return -1
  }
}

interface Codes {
  readonly literals: Code
  readonly distances: Code
}

const repeated = (length: number, times: number): number[] => Array.from({ length: times }, () => length)

/** Section 3.2.6. */
const fixedCodes = (): Codes => ({
  literals: new Code([...repeated(8, 144), ...repeated(9, 112), ...repeated(7, 24), ...repeated(8, 8)]),
  distances: new Code(repeated(5, 30)),
})

/** In which order the lengths of the lengths' own code stand. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** Section 3.2.7. */
function readCodes(bits: Bits): Codes | null {
  const literals = bits.take(5) + 257
  const distances = bits.take(5) + 1
  const given = bits.take(4) + 4
  const own = repeated(0, ORDER.length)
  for (let i = 0; i < given; i++) {
    const length = bits.take(3)
    if (length < 0) return null
    own[ORDER[i]!] = length
  }
  const code = new Code(own)
  const lengths = code.isCode ? readLengths(bits, code, literals + distances) : null
  if (!lengths) return null
  const codes = { literals: new Code(lengths.slice(0, literals)), distances: new Code(lengths.slice(literals)) }
  return codes.literals.isCode && codes.distances.isCode ? codes : null
}

function readLengths(bits: Bits, code: Code, count: number): number[] | null {
  const lengths: number[] = []
  while (lengths.length < count) {
    const symbol = code.next(bits)
    if (symbol < 0) return null
    if (symbol < 16) {
      lengths.push(symbol)
      continue
    }
    const before = symbol === 16 ? lengths.at(-1) : 0
    const more = bits.take(symbol === 16 ? 2 : symbol === 17 ? 3 : 7)
    if (before === undefined || more < 0) return null
    lengths.push(...repeated(before, more + (symbol === 18 ? 11 : 3)))
  }
  return lengths.length === count ? lengths : null
}
