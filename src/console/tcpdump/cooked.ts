import { formatMac } from '../../core/base/mac.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { ETHERTYPE } from '../../core/wire/constants.ts'
import { ETHERNET_HEADER } from '../../core/wire/length.ts'
import type { Frame } from '../../core/wire/types.ts'

/** A frame on one of the devices of `-i any`: libpcap cooks its link-level header (LINKTYPE_LINUX_SLL2). */
interface Seen {
  readonly frame: Frame
  readonly link: LinkRow | undefined
  readonly sent: boolean
}

/** Bytes of a cooked header. */
const COOKED_HEADER = 20

/** `line`, with the device and the direction before it; with `-e` (`ethernet`) with the index and the sender, too. */
export function cookedLine(line: string, seen: Seen & { readonly ethernet: boolean }): string {
  const { frame, link } = seen
  const head = `${(link?.name ?? '?').padEnd(5)} ${directionOf(seen).padEnd(3)} `
  if (!seen.ethernet) return head + line
  const rest = line.replace(/^\S+ > \S+, (ethertype .*?, length )(\d+)/, (_, before: string, length: string) => {
    return before + (Number(length) - ETHERNET_HEADER + COOKED_HEADER)
  })
  return `${head}ifindex ${link?.ifindex ?? 0} ${formatMac(senderOf(frame))} ${rest}`
}

const PACKET_TYPE: Readonly<Record<string, number>> = { In: 0, B: 1, M: 2, P: 3, Out: 4 }
const ARPHRD = { ether: 1, loopback: 772 }

/** struct sll2_header of libpcap as a binary string: protocol, index and kind of the device, direction, sender. */
export function cookedHeader(seen: Seen): string {
  const { frame, link } = seen
  const device = bytes(link?.ifindex ?? 0, 4) + bytes(link?.kind === 'loopback' ? ARPHRD.loopback : ARPHRD.ether, 2)
  const sender = bytes(6, 1) + bytes(senderOf(frame), 6) + bytes(0, 2)
  const type = frame.l === 'eth' ? frame.type : ETHERTYPE.ipv4
  return bytes(type, 2) + bytes(0, 2) + device + bytes(PACKET_TYPE[directionOf(seen)]!, 1) + sender
}

const bytes = (value: number, count: number): string =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(Math.floor(value / 256 ** (count - 1 - i)) % 256)).join(
    '',
  )

const senderOf = (frame: Frame): number => (frame.l === 'eth' ? frame.src : 0)

function directionOf({ frame, link, sent }: Seen): string {
  return sent ? 'Out' : frame.l !== 'eth' ? 'In' : castOf(frame.dst, link?.mac ?? 0)
}

function castOf(dst: number, own: number): string {
  if (dst === 0xffffffffffff) return 'B'
  if ((Math.floor(dst / 0x10000000000) & 1) === 1) return 'M'
  return dst === own || dst === 0 ? 'In' : 'P'
}
