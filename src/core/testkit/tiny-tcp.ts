import { ipv4 } from '../base/ipv4.ts'
import type { Kernel, LocalDelivery } from '../kernel/kernel.ts'
import { TCP_FLAG } from '../wire/constants.ts'
import type { Tcp } from '../wire/types.ts'

const { fin: FIN, syn: SYN, rst: RST, psh: PSH, ack: ACK } = TCP_FLAG

/**
 * The packets of one short conversation, as a client and a server with fixed ports exchange them: SYN, SYN-ACK, ACK, 18 bytes, ACK,
 * 26 bytes, ACK, FIN, FIN, ACK. For comparing paths with captures; the real TCP is in kernel/socket.
 */
export function installTinyTcp(k: Kernel, serverPort: number): void {
  const reply = (d: LocalDelivery, flags: number, size = 0): void => {
    const tcp = d.ip.payload as Tcp
    send(k, d.netns, d.ip.dst, d.ip.src, tcp.dport, tcp.sport, flags, size, d.packet)
  }
  k.sockets = {
    ...k.sockets,
    tcp: (d) => {
      const tcp = d.ip.payload as Tcp
      if (tcp.dport === serverPort) serve(tcp, (flags, size) => reply(d, flags, size))
      // An answer straight from the server's port, when the client had asked a Service's: nobody knows that connection.
      else if (tcp.sport === serverPort) reply(d, RST)
      else ask(tcp, (flags, size) => reply(d, flags, size))
      return true
    },
  }
}

type Reply = (flags: number, size?: number) => void

function serve(tcp: Tcp, reply: Reply): void {
  if (tcp.flags & SYN) return reply(SYN | ACK)
  if (tcp.flags & FIN) return reply(ACK)
  if (tcp.payload.data.length > 0) {
    reply(ACK)
    return reply(PSH | ACK, 26)
  }
  // The bare ACK that completes the handshake has window 1; the one for our data has window 2.
  if (tcp.window === 2) reply(FIN | ACK)
}

function ask(tcp: Tcp, reply: Reply): void {
  if (tcp.flags & SYN) {
    reply(ACK)
    return reply(PSH | ACK, 18)
  }
  if (tcp.flags & FIN) return reply(FIN | ACK)
  if (tcp.payload.data.length > 0) reply(ACK | WINDOW_2)
}

const WINDOW_2 = 0x100

function send(
  k: Kernel,
  netns: number,
  src: number,
  dst: number,
  sport: number,
  dport: number,
  flags: number,
  size: number,
  origin: number,
): void {
  const payload: Tcp = {
    l: 'tcp',
    sport,
    dport,
    seq: 0,
    ack: 0,
    flags: flags & 0xff,
    window: flags & WINDOW_2 ? 2 : 1,
    options: flags & SYN ? { mss: 1410 } : {},
    payload: { l: 'data', data: 'x'.repeat(size) },
  }
  k.send({ netns, src, dst, proto: 6, payload, df: true, origin })
}

/** Starts a conversation from a fixed source port. */
export function openTinyTcp(k: Kernel, netns: number, to: string, port: number, sport: number): void {
  send(k, netns, 0, ipv4(to), sport, port, SYN, 0, 0)
}
