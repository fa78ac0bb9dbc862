/**
 * What a program is and what the kernel offers to it. A program holds no state: it is a reducer over events, and everything it
 * remembers is one JSON value that the kernel keeps in a row. Handlers must not keep `ctx` beyond the call.
 */
import type { Ipv4 } from '../../base/ipv4.ts'
import type { Result } from '../../base/result.ts'
import type { SimTime } from '../../base/time.ts'
import type { Mac } from '../../base/mac.ts'
import type { Arp, Data, Dns } from '../../wire/types.ts'
import type { Errno } from '../errno.ts'
import type { ArpArrival } from '../kernel.ts'
import type { SocketProto } from '../socket/tables.ts'

export type Signal = 'HUP' | 'INT' | 'KILL' | 'TERM'

/** Number of a signal, for exit statuses (128 + n) and `kill -n` (signal(7)). */
export const SIGNAL_NUMBER: Readonly<Record<Signal, number>> = { HUP: 1, INT: 2, KILL: 9, TERM: 15 }

/**
 * A program of the lab. Declared with method syntax on purpose: a `Program<MyState>` is a `Program<unknown>` for the registry.
 * `start` runs once, some time after the process was made; `on` runs for every event after that.
 */
export interface Program<S = unknown> {
  /** Name of the executable: `argv[0]` without its directory selects the program. */
  readonly name: string
  /** Signals that arrive as events instead of ending the process. */
  readonly catches?: readonly Signal[]
  start(ctx: Ctx<S>): void
  on(ctx: Ctx<S>, event: ProgramEvent): void
}

/** A socket as programs name it: the socket id, unique in the lab. Descriptor numbers are not modelled. */
export type SocketFd = number

export interface Endpoint {
  readonly addr: Ipv4
  readonly port: number
}

export type ProgramEvent =
  /** TCP: the handshake is complete. */
  | { readonly type: 'connected'; readonly fd: SocketFd }
  /** TCP: connect(2) failed; the socket is closed already. */
  | { readonly type: 'connect-failed'; readonly fd: SocketFd; readonly errno: Errno }
  /** TCP: accept(2) gave `conn`, which belongs to this process from now on. */
  | { readonly type: 'accepted'; readonly fd: SocketFd; readonly conn: SocketFd; readonly from: Endpoint }
  /** TCP: there is something to `recv`. Not repeated before it is read. */
  | { readonly type: 'data'; readonly fd: SocketFd }
  /** TCP: the peer will send no more; what is left to read comes first. The socket stays open for sending. */
  | { readonly type: 'eof'; readonly fd: SocketFd }
  /** TCP: an established connection broke (ECONNRESET, ETIMEDOUT, EPIPE …); the socket is closed already. */
  | { readonly type: 'reset'; readonly fd: SocketFd; readonly errno: Errno }
  /** TCP: everything given to `send` is acknowledged. */
  | { readonly type: 'writable'; readonly fd: SocketFd }
  /** UDP. */
  | { readonly type: 'datagram'; readonly fd: SocketFd; readonly datagram: Datagram }
  /** UDP: a connected socket learned of an error about what it sent (ECONNREFUSED …). */
  | { readonly type: 'error'; readonly fd: SocketFd; readonly errno: Errno }
  /** ARP socket: what came in by its device. */
  | { readonly type: 'arp'; readonly fd: SocketFd; readonly heard: ArpHeard }
  /** ICMP socket: an echo reply. */
  | { readonly type: 'icmp'; readonly fd: SocketFd; readonly reply: IcmpReply }
  /** Any socket with `recverr` and every ICMP socket: an ICMP error about what it sent (IP_RECVERR). */
  | { readonly type: 'icmp-error'; readonly fd: SocketFd; readonly error: IcmpErrorReport }
  | { readonly type: 'timer'; readonly tag: string }
  | {
      readonly type: 'child-exit'
      readonly pid: number
      readonly code: number
      readonly stdout: string
      readonly stderr: string
    }
  | { readonly type: 'signal'; readonly signal: Signal }

export interface Datagram {
  readonly from: Endpoint
  /** The address it was sent to (IP_PKTINFO), and the port, which TPROXY makes another one than the socket's (IP_RECVORIGDSTADDR). */
  readonly to: Ipv4
  readonly toPort: number
  readonly payload: Data | Dns
  readonly ttl: number
  /** Trace packet id, to be given as `origin` of the answer. */
  readonly packet: number
}

/** An ARP packet as a packet socket shows it. */
export type ArpHeard = Omit<ArpArrival, 'link'>

export interface IcmpReply {
  readonly from: Ipv4
  readonly to: Ipv4
  readonly id: number
  readonly seq: number
  readonly ttl: number
  readonly data: string
}

/** An ICMP error with what the quoted datagram tells: for echo `port` is the sequence number, else the destination port. */
export interface IcmpErrorReport {
  readonly from: Ipv4
  readonly icmpType: number
  readonly code: number
  readonly mtu: number
  readonly dst: Ipv4
  readonly port: number
}

/** What send(2) fails with; `mtu` with EMSGSIZE. */
export interface SyscallError {
  readonly errno: Errno
  readonly mtu?: number | undefined
}

/** setsockopt(2), as far as it is modelled. */
export interface SocketOptions {
  /** SO_REUSEADDR. */
  readonly reuseAddr?: boolean
  /** SO_BINDTODEVICE: device name. */
  readonly device?: string
  /** IP_TTL; 0 = net.ipv4.ip_default_ttl. */
  readonly ttl?: number
  /** IP_MTU_DISCOVER: `do` sets DF, `dont` clears it, `want` is the kernel's choice. */
  readonly pmtu?: 'want' | 'do' | 'dont'
  /** IP_RECVERR. */
  readonly recvErr?: boolean
  /** SO_BROADCAST. */
  readonly broadcast?: boolean
  /** TCP_NODELAY: no Nagle. */
  readonly noDelay?: boolean
  /** IP_TRANSPARENT. */
  readonly transparent?: boolean
  readonly tos?: number
}

export interface SpawnOptions {
  /** `session`: to the terminal of the session. `capture`: kept, and handed over with `child-exit`. `null`: discarded. */
  readonly stdout?: 'session' | 'capture' | 'null'
  readonly stderr?: 'session' | 'capture' | 'null' | 'stdout'
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** System calls and C library of one process, valid during one call of its handler. */
export interface Ctx<S = unknown> {
  readonly pid: number
  readonly netns: number
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly hostname: string
  /** Everything that standard input will ever hold. */
  readonly stdin: string
  readonly now: SimTime
  /** PID 1 of a container or a child of one: what it waits for does not keep the lab from being settled. */
  readonly daemon: boolean
  /** What the program remembers; `undefined` until `set`. */
  readonly state: S
  set(state: S): void
  /** An integer of [0, bound) out of the program's own random stream. */
  random(bound: number): number

  /** `arp`: a packet socket for ARP (AF_PACKET), of one device. */
  socket(proto: SocketProto, options?: SocketOptions): SocketFd
  setOptions(fd: SocketFd, options: SocketOptions): Result<void, Errno>
  /** Address 0 is any, port 0 an ephemeral one. */
  bind(fd: SocketFd, addr: Ipv4, port: number): Result<Endpoint, Errno>
  listen(fd: SocketFd, backlog?: number): Result<void, Errno>
  /** TCP: the outcome is an event; an error at once when there is no route. UDP and ICMP: sets the peer. */
  connect(fd: SocketFd, addr: Ipv4, port: number): Result<void, SyscallError>
  /** TCP: queues bytes. UDP: one datagram to the connected peer. */
  send(fd: SocketFd, data: string | Dns): Result<void, SyscallError>
  sendto(
    fd: SocketFd,
    to: Endpoint,
    data: string | Dns,
    options?: { readonly origin?: number; readonly ttl?: number; readonly src?: Ipv4 },
  ): Result<void, SyscallError>
  /** ICMP socket: an echo request. The id is the socket's. */
  sendEcho(fd: SocketFd, to: Ipv4, seq: number, data: string): Result<void, SyscallError>
  /** ARP socket: a frame out of its device. ENETDOWN, ENODEV. */
  sendArp(fd: SocketFd, arp: Omit<Arp, 'l'>, to: Mac): Result<void, Errno>
  /** TCP: takes up to `max` bytes that have arrived in order; '' when there are none. */
  recv(fd: SocketFd, max?: number): string
  /** TCP: no more to send (FIN); still receives. */
  shutdown(fd: SocketFd): void
  close(fd: SocketFd): void
  localEnd(fd: SocketFd): Endpoint
  remoteEnd(fd: SocketFd): Endpoint
  /** The source address that a datagram to `to` would get: connect(2) on a UDP socket, then getsockname(2). */
  sourceFor(to: Ipv4, device?: string): Result<Ipv4, Errno>

  /** The device that a datagram to `to` would leave by (RTM_GETROUTE). */
  deviceFor(to: Ipv4): Result<string, Errno>
  /** A device of the namespace; `arp`: neighbours are asked for on it. */
  device(name: string): { readonly mac: Mac; readonly up: boolean; readonly arp: boolean } | null

  /** One timer per tag: setting it again replaces it. */
  setTimer(delay: SimTime, tag: string): void
  cancelTimer(tag: string): void

  /** Starts a child; `ENOENT` when no program has that name. */
  spawn(argv: readonly string[], options?: SpawnOptions): Result<number, Errno>
  kill(pid: number, signal: Signal): Result<void, Errno>
  /** Whether `name` is a program, or a command that the lab provides. */
  isCommand(name: string): boolean
  /** Writes text (not bytes) to standard output or standard error. */
  write(fd: 1 | 2, text: string): void
  /** Ends the process: its sockets close, its timers stop. The handler must return after it. */
  exit(code: number): void

  readFile(path: string): string | null
  writeFile(path: string, text: string): void
  /** Paths below a directory, in order; empty when there is none. */
  listFiles(directory: string): readonly string[]
}
