/**
 * pcapng files as Wireshark and tcpdump read them (draft-ietf-opsawg-pcapng): one section, little-endian, one interface block
 * per device, nanosecond timestamps counted from the lab's epoch, comments and directions per packet.
 */
import { EPOCH_MS, type SimTime } from '../base/time.ts'
import { err, ok, type Result } from '../base/result.ts'
import { bytesToData, decodeUtf8, encodeUtf8 } from './utf8.ts'

export interface PcapInterface {
  readonly name: string
  /** `eth`: frames start at the Ethernet header; `ip`: at the IPv4 header. */
  readonly linktype: 'eth' | 'ip'
  readonly description?: string | undefined
}

export interface PcapPacket {
  /** Index into the interfaces. */
  readonly interface: number
  readonly t: SimTime
  readonly bytes: Uint8Array
  readonly comment?: string | undefined
  readonly direction?: 'in' | 'out' | undefined
}

export interface PcapFile {
  readonly interfaces: readonly PcapInterface[]
  readonly packets: readonly PcapPacket[]
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const
const BYTE_ORDER = 0x1a2b3c4d
const LINKTYPE = { eth: 1, ip: 101 } as const
const OPTION = { end: 0, comment: 1, name: 2, description: 3, application: 4, flags: 2, tsresol: 9 } as const
const NANOSECONDS = '\x09'
const SNAPLEN = 262_144

/** The whole file. Packets are written in the order given. */
export function writePcapng(interfaces: readonly PcapInterface[], packets: readonly PcapPacket[]): Uint8Array {
  const blocks = [sectionBlock(), ...interfaces.map(interfaceBlock), ...packets.map((packet) => packetBlock(packet))]
  const file = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0))
  let at = 0
  for (const block of blocks) {
    file.set(block, at)
    at += block.length
  }
  return file
}

/** A block: type, length, body, the length again. */
function block(type: number, body: number, options: readonly PcapOption[], fill: (view: DataView) => void): Uint8Array {
  const tail = options.length === 0 ? 0 : 4 + options.reduce((sum, [, data]) => sum + 4 + pad4(data.length), 0)
  const length = 12 + body + tail
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, length, true)
  fill(new DataView(bytes.buffer, 8, body))
  let at = 8 + body
  for (const [code, data] of options) {
    view.setUint16(at, code, true)
    view.setUint16(at + 2, data.length, true)
    for (let i = 0; i < data.length; i++) bytes[at + 4 + i] = data.charCodeAt(i)
    at += 4 + pad4(data.length)
  }
  view.setUint32(length - 4, length, true)
  return bytes
}

type PcapOption = readonly [code: number, data: string]
const pad4 = (length: number): number => (length + 3) & ~3
const textOption = (code: number, text: string): PcapOption => [code, encodeUtf8(text).slice(0, 0xffff)]

function sectionBlock(): Uint8Array {
  return block(BLOCK.section, 16, [textOption(OPTION.application, 'Hopscope')], (view) => {
    view.setUint32(0, BYTE_ORDER, true)
    view.setUint16(4, 1, true)
    // length of the section: not stated
    view.setUint32(8, 0xffffffff, true)
    view.setUint32(12, 0xffffffff, true)
  })
}

function interfaceBlock(device: PcapInterface): Uint8Array {
  const options: PcapOption[] = [textOption(OPTION.name, device.name)]
  if (device.description !== undefined) options.push(textOption(OPTION.description, device.description))
  options.push([OPTION.tsresol, NANOSECONDS])
  return block(BLOCK.interface, 8, options, (view) => {
    view.setUint16(0, LINKTYPE[device.linktype], true)
    view.setUint32(4, SNAPLEN, true)
  })
}

function packetBlock(packet: PcapPacket): Uint8Array {
  const options: PcapOption[] = []
  if (packet.comment !== undefined) options.push(textOption(OPTION.comment, packet.comment))
  // bits 0-1 of epb_flags: 01 inbound, 10 outbound
  if (packet.direction !== undefined)
    options.push([OPTION.flags, `${packet.direction === 'in' ? '\x01' : '\x02'}\0\0\0`])
  const { bytes } = packet
  return block(BLOCK.packet, 20 + pad4(bytes.length), options, (view) => {
    const stamp = EPOCH_NS + BigInt(packet.t)
    view.setUint32(0, packet.interface, true)
    view.setUint32(4, Number(stamp >> 32n), true)
    view.setUint32(8, Number(stamp & 0xffffffffn), true)
    view.setUint32(12, bytes.length, true)
    view.setUint32(16, bytes.length, true)
    new Uint8Array(view.buffer, view.byteOffset + 20, bytes.length).set(bytes)
  })
}

const EPOCH_NS = BigInt(EPOCH_MS) * 1_000_000n

export type PcapErrorCode =
  | 'not-pcapng'
  | 'short' // a block runs over the end of the file
  | 'block' // a block's fields contradict each other
  | 'linktype' // neither Ethernet nor raw IP
  | 'interface' // a packet of an interface that was not described

export interface PcapError {
  readonly code: PcapErrorCode
  readonly offset: number
}

/** A file of one or more sections. Blocks other than section, interface and enhanced packet are skipped. */
export function readPcapng(bytes: Uint8Array): Result<PcapFile, PcapError> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const file: OpenFile = { bytes, view, little: true, interfaces: [], resolutions: [], packets: [], first: 0 }
  if (bytes.length < 28 || view.getUint32(0) !== BLOCK.section) return err({ code: 'not-pcapng', offset: 0 })
  for (let at = 0; at < bytes.length;) {
    const length = readBlock(file, at)
    if (typeof length === 'string') return err({ code: length, offset: at })
    at += length
  }
  return ok({ interfaces: file.interfaces, packets: file.packets })
}

interface OpenFile {
  readonly bytes: Uint8Array
  readonly view: DataView
  little: boolean
  /** Index of the current section's first interface. */
  first: number
  readonly interfaces: PcapInterface[]
  /** Ticks per second of each interface. */
  readonly resolutions: bigint[]
  readonly packets: PcapPacket[]
}

/** Length of the block at `at`, or what is wrong with it. */
function readBlock(file: OpenFile, at: number): number | PcapErrorCode {
  const { view, bytes } = file
  if (bytes.length - at < 12) return 'short'
  if (view.getUint32(at) === BLOCK.section) {
    const magic = view.getUint32(at + 8, true)
    if (magic !== BYTE_ORDER && view.getUint32(at + 8) !== BYTE_ORDER) return 'not-pcapng'
    file.little = magic === BYTE_ORDER
    file.first = file.interfaces.length
  }
  const length = view.getUint32(at + 4, file.little)
  if (length < 12 || length % 4 !== 0) return 'block'
  if (length > bytes.length - at) return 'short'
  const type = view.getUint32(at, file.little)
  const problem =
    type === BLOCK.interface
      ? readInterface(file, at, at + length - 4)
      : type === BLOCK.packet
        ? readPacket(file, at, at + length - 4)
        : null
  return problem ?? length
}

function readInterface(file: OpenFile, at: number, end: number): PcapErrorCode | null {
  if (end - at < 16) return 'block'
  const linktype = file.view.getUint16(at + 8, file.little)
  if (linktype !== LINKTYPE.eth && linktype !== LINKTYPE.ip) return 'linktype'
  const options = readOptions(file, at + 16, end)
  if (options === null) return 'block'
  const name = options.find(([code]) => code === OPTION.name)?.[1] ?? ''
  const description = options.find(([code]) => code === OPTION.description)?.[1]
  file.interfaces.push({
    name: decodeUtf8(name),
    linktype: linktype === LINKTYPE.eth ? 'eth' : 'ip',
    description: description === undefined ? undefined : decodeUtf8(description),
  })
  const stated = options.find(([code]) => code === OPTION.tsresol)?.[1]
  if (stated === '') return 'block'
  const resolution = stated?.charCodeAt(0) ?? 6
  // the high bit chooses powers of two
  file.resolutions.push((resolution & 0x80) !== 0 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution))
  return null
}

function readPacket(file: OpenFile, at: number, end: number): PcapErrorCode | null {
  if (end - at < 28) return 'block'
  const u32 = (offset: number): number => file.view.getUint32(at + offset, file.little)
  const index = file.first + u32(8)
  const resolution = file.resolutions[index]
  if (resolution === undefined) return 'interface'
  const captured = u32(20)
  if (captured > end - at - 28) return 'block'
  const options = readOptions(file, at + 28 + pad4(captured), end)
  if (options === null) return 'block'
  const ticks = (BigInt(u32(12)) << 32n) | BigInt(u32(16))
  const comment = options.find(([code]) => code === OPTION.comment)?.[1]
  file.packets.push({
    interface: index,
    t: Number((ticks * 1_000_000_000n) / resolution - EPOCH_NS),
    bytes: file.bytes.slice(at + 28, at + 28 + captured),
    comment: comment === undefined ? undefined : decodeUtf8(comment),
    direction: directionOf(file, options),
  })
  return null
}

function directionOf(file: OpenFile, options: readonly PcapOption[]): PcapPacket['direction'] {
  const flags = options.find(([code]) => code === OPTION.flags)?.[1]
  const low = (flags?.charCodeAt(file.little ? 0 : 3) ?? 0) & 3
  return low === 1 ? 'in' : low === 2 ? 'out' : undefined
}

function readOptions(file: OpenFile, from: number, end: number): PcapOption[] | null {
  const options: PcapOption[] = []
  let at = from
  while (at + 4 <= end) {
    const code = file.view.getUint16(at, file.little)
    const length = file.view.getUint16(at + 2, file.little)
    if (code === OPTION.end) break
    if (at + 4 + length > end) return null
    options.push([code, bytesToData(file.bytes, at + 4, at + 4 + length)])
    at += 4 + pad4(length)
  }
  return options
}
