import type { Mac } from '../../base/mac.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Arp } from '../../wire/types.ts'
import type { Errno } from '../errno.ts'
import type { ArpArrival } from '../kernel.ts'
import { type SocketStack, tell } from './stack.ts'
import type { SocketRow } from './tables.ts'

/** packet_rcv for ETH_P_ARP: every packet socket of the device gets a copy, whoever the frame was for. */
export function arpInput(stack: SocketStack, { link, arp, cast }: ArpArrival): void {
  for (const socket of stack.t.arpByDevice.at(link).rows())
    tell(stack, socket, { type: 'arp', fd: socket.id, heard: { arp, cast } })
}

/** packet_sendmsg: an ARP packet as it is, out of the socket's device. ENODEV without one, ENETDOWN. */
export function sendArp(stack: SocketStack, socket: SocketRow, arp: Arp, to: Mac): Result<void, Errno> {
  const link = stack.kernel.t.link.get(socket.dev)
  if (!link) return err('ENODEV')
  if (!link.up) return err('ENETDOWN')
  stack.kernel.sendArp(link, arp, to)
  return ok(undefined)
}
