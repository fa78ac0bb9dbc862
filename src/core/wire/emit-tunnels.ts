/** The headers of tunnels, and what they carry. */
import { foldChecksum, sumWords } from './checksum.ts'
import { ETHERTYPE } from './constants.ts'
import { writeData, writeFrame } from './emit.ts'
import type { Geneve, Gre, Wireguard } from './types.ts'
import type { ByteWriter } from './writer.ts'

export const GRE_FLAG = { checksum: 0x8000, key: 0x2000, sequence: 0x1000 } as const

export function writeGre(out: ByteWriter, gre: Gre): void {
  const start = out.begin('gre')
  const flags =
    (gre.csum ? GRE_FLAG.checksum : 0) |
    (gre.key === undefined ? 0 : GRE_FLAG.key) |
    (gre.seq === undefined ? 0 : GRE_FLAG.sequence)
  out.hex('flags', flags, 2)
  out.hex('protocol', gre.payload.l === 'eth' ? ETHERTYPE.bridged : ETHERTYPE.ipv4, 2)
  if (gre.csum) {
    out.hex('checksum', 0, 2)
    out.put(0, 2)
  }
  if (gre.key !== undefined) out.u32('key', gre.key)
  if (gre.seq !== undefined) out.u32('seq', gre.seq)
  writeFrame(out, gre.payload)
  if (gre.csum) out.patchChecksum(start + 4, foldChecksum(sumWords(out.bytes, start, out.at)))
}

export function writeGeneve(out: ByteWriter, geneve: Geneve): void {
  out.begin('geneve')
  out.put(0, 2)
  out.hex('protocol', ETHERTYPE.bridged, 2)
  out.u24('vni', geneve.vni)
  out.put(0, 1)
  writeFrame(out, geneve.payload)
}

/** How many zero bytes stand for an authentication tag, an ephemeral key, an encrypted timestamp with its tag, a cookie's MAC. */
export const WG_TAG = 16
const EPHEMERAL = 32
const TIMESTAMP = 28
const MAC2 = 16

export function writeWireguard(out: ByteWriter, message: Wireguard): void {
  out.begin('wireguard')
  out.u8('type', message.type)
  out.put(0, 3)
  if (message.type === 4) {
    little(out, 'receiver', message.receiver, 4)
    little(out, 'counter', message.counter, 8)
    if (message.payload.l === 'ipv4') writeFrame(out, message.payload)
    else writeData(out, message.payload.data)
    return zeros(out, message.padding + WG_TAG)
  }
  little(out, 'sender', message.sender, 4)
  if (message.type === 2) little(out, 'receiver', message.receiver, 4)
  zeros(out, EPHEMERAL)
  if (message.type === 1) {
    out.data('publicKey', message.publicKey)
    zeros(out, WG_TAG + TIMESTAMP)
  } else zeros(out, WG_TAG)
  out.data('mac1', message.mac1)
  zeros(out, MAC2)
}

const zeros = (out: ByteWriter, length: number): void => {
  for (let i = 0; i < length; i++) out.put(0, 1)
}

/** WireGuard's numbers are little-endian. */
function little(out: ByteWriter, name: string, value: number, length: number): void {
  out.note(name, length, String(value))
  for (let i = 0, rest = value; i < length; i++, rest = Math.floor(rest / 256)) out.put(rest % 256, 1)
}
