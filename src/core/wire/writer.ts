import { formatIpv4, type Ipv4 } from '../base/ipv4.ts'
import { formatMac, type Mac } from '../base/mac.ts'
import type { Layer } from './types.ts'

/** Where one header field stands in the emitted bytes. */
export interface Field {
  /** Index of the layer in `layersOf(frame)`, 0 is the outermost. */
  readonly layer: number
  readonly l: Layer['l']
  readonly name: string
  /** First byte and number of bytes it touches. */
  readonly offset: number
  readonly length: number
  /** For fields that are not whole bytes: first bit and count, bit 0 being the most significant bit at `offset`. */
  readonly bits?: readonly [first: number, count: number] | undefined
  /** The value as people write it: addresses dotted, types and checksums in hex, numbers decimal. */
  readonly text: string
}

/** Writes big-endian numbers into a buffer of known size; remembers field positions if asked to. */
export class ByteWriter {
  readonly bytes: Uint8Array
  readonly fields: Field[] | null
  at = 0
  #layer = -1
  #l: Layer['l'] = 'data'

  constructor(length: number, withFields: boolean) {
    this.bytes = new Uint8Array(length)
    this.fields = withFields ? [] : null
  }

  /** Starts the next layer; answers its offset. */
  begin(l: Layer['l']): number {
    this.#layer += 1
    this.#l = l
    return this.at
  }

  u8(name: string, value: number): void {
    this.note(name, 1, String(value))
    this.put(value, 1)
  }

  u16(name: string, value: number): void {
    this.note(name, 2, String(value))
    this.put(value, 2)
  }

  u24(name: string, value: number): void {
    this.note(name, 3, String(value))
    this.put(value, 3)
  }

  u32(name: string, value: number): void {
    this.note(name, 4, String(value))
    this.put(value, 4)
  }

  hex(name: string, value: number, length: 1 | 2): void {
    this.note(name, length, hexText(value, length))
    this.put(value, length)
  }

  mac(name: string, value: Mac): void {
    this.note(name, 6, formatMac(value))
    this.put(Math.floor(value / 0x100000000), 2)
    this.put(value >>> 0, 4)
  }

  ip(name: string, value: Ipv4): void {
    this.note(name, 4, formatIpv4(value))
    this.put(value, 4)
  }

  /** A binary string as it is. */
  data(name: string, data: string): void {
    if (data.length > 0) this.note(name, data.length, `${data.length} bytes`)
    for (let i = 0; i < data.length; i++) this.bytes[this.at++] = data.charCodeAt(i)
  }

  /** Bytes without a field of their own; describe them by `note` or `bits` before. */
  put(value: number, length: number): void {
    for (let shift = 8 * (length - 1); shift >= 0; shift -= 8) this.bytes[this.at++] = (value >>> shift) & 255
  }

  /** Names the next `length` bytes without writing them. */
  note(name: string, length: number, text: string): void {
    this.fields?.push({ layer: this.#layer, l: this.#l, name, offset: this.at, length, text })
  }

  /** Names `count` bits from bit `first` of the next bytes. */
  bits(name: string, first: number, count: number, value: number | boolean): void {
    if (this.fields === null) return
    const offset = this.at + (first >> 3)
    const length = ((first + count - 1) >> 3) - (first >> 3) + 1
    const text = String(Number(value))
    this.fields.push({ layer: this.#layer, l: this.#l, name, offset, length, bits: [first & 7, count], text })
  }

  /** Fills in a checksum that was left 0, once the bytes it covers are there. */
  patchChecksum(offset: number, value: number): void {
    this.bytes[offset] = value >>> 8
    this.bytes[offset + 1] = value & 255
    const index = this.fields?.findIndex((field) => field.offset === offset && field.name === 'checksum') ?? -1
    if (index >= 0) this.fields![index] = { ...this.fields![index]!, text: hexText(value, 2) }
  }
}

const hexText = (value: number, length: number): string => `0x${value.toString(16).padStart(2 * length, '0')}`
