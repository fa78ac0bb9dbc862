import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseFrame } from '../../../src/core/wire/parse.ts'
import type { Sighting } from '../sighting.ts'

/** Bytes of a classic pcap file's header, and of the one before each packet. */
const FILE_HEADER = 24
const PACKET_HEADER = 16
const LITTLE_ENDIAN = 0xa1b2c3d4
const LINKTYPE_ETHERNET = 1

/** Frames of a pcap file as tcpdump -w writes it on this machine (draft-ietf-opsawg-pcap). Throws for any other file. */
function framesOf(file: Buffer): readonly Uint8Array[] {
  if (file.readUInt32LE(0) !== LITTLE_ENDIAN) throw new Error('no pcap file of this machine')
  if (file.readUInt32LE(20) !== LINKTYPE_ETHERNET) throw new Error(`link type ${file.readUInt32LE(20)}`)
  const frames: Uint8Array[] = []
  for (let at = FILE_HEADER; at + PACKET_HEADER <= file.length;) {
    const length = file.readUInt32LE(at + 8)
    frames.push(file.subarray(at + PACKET_HEADER, at + PACKET_HEADER + length))
    at += PACKET_HEADER + length
  }
  return frames
}

/**
 * What `capture` with DIRECTIONS=1 left of one device: `NAMESPACE.DEVICE.in.pcap` and `….out.pcap`. Of a loopback libpcap shows only what
 * comes in, since the same has gone out.
 */
export function captured(folder: string, ns: string, dev: string): readonly Sighting[] {
  return [false, true].flatMap((out) => {
    const file = join(folder, `${ns}.${dev}.${out && dev !== 'lo' ? 'out' : 'in'}.pcap`)
    if (!existsSync(file)) return []
    return framesOf(readFileSync(file)).map((bytes): Sighting => {
      const parsed = parseFrame(bytes, 'eth')
      return { ns, dev, out, frame: parsed.ok ? parsed.value : null }
    })
  })
}
