import type { Scenario, Setup, Stimulus } from '../language.ts'
import { segmentHex } from './segment.ts'
import { chain, hw } from './topologies.ts'

const SYN = 0x02
const SYNACK = 0x12
const ACK = 0x10
const FIN = 0x11
const RST = 0x04
const RSTACK = 0x14

/** Nobody but the frames speaks: the ends take what comes and keep silent. The router counts what belongs to no connection. */
const SCENE: readonly Setup[] = [
  ...chain(1),
  { do: 'iptables', ns: 'a', text: '*raw\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n' },
  { do: 'iptables', ns: 'b', text: '*raw\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n' },
  {
    do: 'iptables',
    ns: 'r1',
    text: `*filter
-A FORWARD -m conntrack --ctstate INVALID
-A FORWARD -m conntrack --ctstate NEW
-A FORWARD -m conntrack --ctstate ESTABLISHED
-A FORWARD -m conntrack --ctstatus ASSURED
COMMIT
`,
  },
]

type Said = readonly [flags: number, seq: number, ack: number, window: number, data: number]

const seen = (client: boolean, port: number, [flags, seq, ack, window, data]: Said): Stimulus => ({
  do: 'frame',
  ns: client ? 'a' : 'b',
  dev: client ? 'r1' : 'l2',
  hex: segmentHex({
    ...(client
      ? { srcMac: hw(1, 1), dstMac: hw(1, 2), from: '10.0.1.2', to: '10.0.2.2', sport: port, dport: 80 }
      : { srcMac: hw(2, 2), dstMac: hw(2, 1), from: '10.0.2.2', to: '10.0.1.2', sport: 80, dport: port }),
    flags,
    seq,
    ack,
    window,
    data,
  }),
})
const client = (port: number, ...said: Said): Stimulus => seen(true, port, said)
const server = (port: number, ...said: Said): Stimulus => seen(false, port, said)
/** Three segments that open a connection: the client's data begin at 1001, the server's at 5001; windows of 512 and 1024 bytes. */
const opened = (port: number): Stimulus[] => [
  client(port, SYN, 1000, 0, 512, 0),
  server(port, SYNACK, 5000, 1001, 1024, 0),
  client(port, ACK, 1001, 5001, 512, 0),
]

const CONVERSATIONS: readonly Stimulus[] = [
  // What the window allows, and what it does not.
  ...opened(41001),
  client(41001, ACK, 1001, 5001, 512, 100),
  client(41001, ACK, 1101, 5001, 512, 1000),
  client(41001, ACK, 4000, 5001, 512, 100),
  server(41001, ACK, 5001, 1101, 1024, 100),
  client(41001, ACK, 1101, 9000, 512, 0),
  server(41001, ACK, 5101, 90000, 1024, 10),
  client(41001, ACK, 0xffff0000, 5001, 512, 10),
  client(41001, ACK, 1101, 0xfff00000, 512, 10),
  // Resets: too old, not exactly where expected, exactly.
  ...opened(41002),
  server(41002, RSTACK, 4000, 1001, 0, 0),
  server(41002, RST, 5100, 0, 0, 0),
  ...opened(41003),
  server(41003, RST, 5001, 0, 0, 0),
  client(41003, SYN, 9000, 0, 512, 0),
  // A train: data and the reset right behind them.
  ...opened(41004),
  client(41004, ACK, 1001, 5001, 512, 100),
  client(41004, RSTACK, 1101, 5001, 512, 0),
  // Picked up in the middle: no window is known, none is held against it.
  client(41005, ACK, 7000, 8000, 512, 10),
  server(41005, ACK, 8000, 7010, 512, 10),
  client(41005, ACK, 900000, 8010, 512, 10),
  server(41005, ACK, 8010, 7010, 512, 10),
  // Closed by both, and opened again while it waits.
  ...opened(41006),
  client(41006, FIN, 1001, 5001, 512, 0),
  server(41006, FIN, 5001, 1002, 1024, 0),
  client(41006, ACK, 1002, 5002, 512, 0),
  client(41006, SYN, 20000, 0, 512, 0),
  server(41006, SYNACK, 70000, 20001, 512, 0),
  // A SYN sent again, with another number, too; a reset before any answer.
  client(41007, SYN, 1000, 0, 512, 0),
  client(41007, SYN, 1000, 0, 512, 0),
  client(41007, SYN, 3000, 0, 512, 0),
  server(41007, SYNACK, 5000, 3001, 512, 0),
  client(41007, ACK, 3001, 5001, 512, 0),
  client(41008, SYN, 1000, 0, 512, 0),
  server(41008, RSTACK, 0, 1001, 0, 0),
  // A SYN in the middle of a connection is let pass unjudged; what answers it shows who is right.
  ...opened(41009),
  client(41009, SYN, 30000, 0, 512, 0),
  server(41009, ACK, 5001, 1001, 1024, 0),
  client(41009, RST, 1001, 0, 0, 0),
  ...opened(41010),
  client(41010, SYN, 30000, 0, 512, 0),
  server(41010, SYNACK, 60000, 30001, 512, 0),
  client(41010, ACK, 30001, 60001, 512, 20),
  // Both open at once.
  client(41011, SYN, 1000, 0, 512, 0),
  server(41011, SYN, 5000, 0, 512, 0),
  client(41011, SYNACK, 1000, 5001, 512, 0),
  server(41011, SYNACK, 5000, 1001, 512, 0),
  // A window of nothing, and one byte into it.
  ...opened(41012),
  server(41012, ACK, 5001, 1001, 0, 0),
  client(41012, ACK, 1001, 5001, 512, 1),
  server(41012, ACK, 5001, 1002, 0, 0),
  client(41012, ACK, 1002, 5001, 512, 1200),
]

/** Which segments belong to a connection (nf_conntrack_proto_tcp.c). */
export const WINDOWS: readonly Scenario[] = [
  {
    name: 'tcp-windows',
    about: 'segments inside and outside of the windows, old and exact resets, reopened and half-open connections',
    setup: SCENE,
    stimuli: CONVERSATIONS,
  },
  {
    name: 'tcp-windows-liberal',
    about: 'the same with nf_conntrack_tcp_be_liberal: only resets outside of the window are invalid',
    setup: [...SCENE, { do: 'sysctl', ns: 'r1', name: 'net.netfilter.nf_conntrack_tcp_be_liberal', value: '1' }],
    stimuli: CONVERSATIONS,
  },
  {
    name: 'tcp-windows-strict',
    about: 'the same without nf_conntrack_tcp_loose: a connection that was missed stays unknown',
    setup: [...SCENE, { do: 'sysctl', ns: 'r1', name: 'net.netfilter.nf_conntrack_tcp_loose', value: '0' }],
    stimuli: CONVERSATIONS,
  },
]
