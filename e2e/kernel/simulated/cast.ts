import { formatIpv4, ipv4 } from '../../../src/core/base/ipv4.ts'
import { MS } from '../../../src/core/base/time.ts'
import {
  acceptSocket,
  bindSocket,
  closeSocket,
  connectSocket,
  listenSocket,
  openSocket,
  setSocketOptions,
  createSocketLayer,
} from '../../../src/core/kernel/socket/socket.ts'
import { sendEcho } from '../../../src/core/kernel/socket/ping.ts'
import { toolboxPrograms } from '../../../src/core/agents/toolbox/index.ts'
import { Files } from '../../../src/core/kernel/files/files.ts'
import type { ProcessLayer } from '../../../src/core/kernel/process/layer.ts'
import { startProcess } from '../../../src/core/kernel/process/lifecycle.ts'
import { createProcessLayer, sessionText } from '../../../src/core/kernel/process/process.ts'
import { type SocketEvent, type SocketStack, socketOf } from '../../../src/core/kernel/socket/stack.ts'
import { connectOutcome, tcpAbort, tcpRecv, tcpSend, tcpShutdown } from '../../../src/core/kernel/socket/tcp/calls.ts'
import { udpSend } from '../../../src/core/kernel/socket/udp.ts'
import { type EventKind, eventKind } from '../../../src/core/sim/sim.ts'
import type { Scene } from '../../../src/core/testkit/scene.ts'
import { type Server, type Stimulus, TCP_REPLY, TCP_SEND } from '../language.ts'

/** Moves a route; no program hears of it. */
const REDIRECT = 5

const WAKE: EventKind<{ readonly pid: number; readonly event: SocketEvent }> = eventKind('kernel-judge.wake')
const ABORT: EventKind<{ readonly socket: number }> = eventKind('kernel-judge.abort')
const CLOSE: EventKind<{ readonly socket: number }> = eventKind('kernel-judge.close')
const SHUTDOWN: EventKind<{ readonly socket: number }> = eventKind('kernel-judge.shutdown')
/** The system call that a client leaves by; one that got its answer just closes. */
const LEAVING = { answered: null, 'half-closed': SHUTDOWN, closed: CLOSE, aborted: ABORT } as const

/** How a stimulus ended, once it has; in the words of stage.c. */
export interface Asking {
  outcome: string | null
  /** Closes what is still open. */
  leave(): void
}

/** Where a socket is bound. */
interface End {
  readonly at?: string
  readonly port: number
  readonly transparent?: boolean
}

const asker = ({ from, sport }: { readonly from?: string; readonly sport: number }): End =>
  from === undefined ? { port: sport } : { at: from, port: sport, transparent: true }

/** The programs of a scenario on the simulator's sockets: what stage.c is on real ones. */
export class Cast {
  readonly #scene: Scene
  readonly #stack: SocketStack
  readonly #programs = new Map<number, (event: SocketEvent) => void>()
  /** Below those of the process layer. */
  #pids = 0
  /** Programs of the toolbox, which `ask` starts; what the console's tools see of sockets. */
  readonly processes: ProcessLayer

  constructor(scene: Scene) {
    this.#scene = scene
    this.#stack = createSocketLayer(scene.kernel)
    this.processes = createProcessLayer(scene.kernel, this.#stack, new Files(scene.kernel.world), toolboxPrograms)
    const wake = this.#stack.notify
    // As the one process of stage.c does, programs run when the packets that woke them have arrived everywhere.
    // Who asks goes first: a connection is accepted when the first data is there.
    this.#stack.notify = (pid, event) => {
      const delay = event.type === 'accepted' ? 1.5 * MS : MS
      if (this.#programs.has(pid)) scene.sim.after(delay, WAKE, { pid, event })
      else wake(pid, event)
    }
    scene.sim.on(WAKE, ({ pid, event }) => this.#programs.get(pid)?.(connectOutcome(this.#stack, event)))
    scene.sim.on(ABORT, ({ socket }) => tcpAbort(this.#stack, socket))
    scene.sim.on(SHUTDOWN, ({ socket }) => tcpShutdown(this.#stack, socket))
    scene.sim.on(CLOSE, ({ socket }) => {
      if (this.#stack.t.socket.has(socket)) closeSocket(this.#stack, socketOf(this.#stack, socket))
    })
  }

  /** A program of the toolbox, to its end. */
  run(ns: string, argv: readonly string[]): { readonly text: string; readonly exit: number } {
    const [scene, layer] = [this.#scene, this.processes]
    const started = startProcess(layer, { host: ns, netns: scene.ns(ns), argv, hostname: ns, fs: ns })
    if (!started.ok) throw new Error(`no program ${argv[0]}`)
    const ended = (): boolean => layer.t.process.get(started.value)?.exit != null
    while (!ended() && scene.sim.step());
    return { text: sessionText(layer, started.value).both, exit: layer.t.process.get(started.value)?.exit?.code ?? -1 }
  }

  #open(ns: string, proto: 'tcp' | 'udp' | 'icmp', end: End, program: (event: SocketEvent) => void): number {
    const { at = '0.0.0.0', port, transparent = false } = end
    const pid = --this.#pids
    this.#programs.set(pid, program)
    const fd = openSocket(this.#stack, this.#scene.ns(ns), proto, pid)
    setSocketOptions(this.#stack, socketOf(this.#stack, fd), { reuseAddr: true, transparent })
    const bound = bindSocket(this.#stack, socketOf(this.#stack, fd), ipv4(at), port)
    if (!bound.ok) throw new Error(`bind ${ns} ${proto} ${port}: ${bound.error}`)
    return fd
  }

  serve(server: Server): void {
    if (server.proto === 'udp') this.#serveUdp(server)
    else this.#serveTcp(server)
  }

  #serveUdp(server: Server): void {
    const stack = this.#stack
    const fd = this.#open(server.ns, 'udp', server, (event) => {
      if (event.type !== 'datagram' || event.datagram.payload.l !== 'data') return
      const { from, to, toPort, payload, packet } = event.datagram
      // What TPROXY brought is answered from the address and port that were asked.
      const answering = server.transparent
        ? this.#open(server.ns, 'udp', { at: formatIpv4(to), port: toPort, transparent: true }, () => {})
        : fd
      udpSend(stack, socketOf(stack, answering), from, payload.data, { origin: packet })
      if (answering !== fd) closeSocket(stack, socketOf(stack, answering))
    })
  }

  #serveTcp(server: Server): void {
    const { reply = TCP_REPLY, manner = 'polite', backlog = 16 } = server
    const stack = this.#stack
    const received = new Map<number, string>()
    const listener = this.#open(server.ns, 'tcp', server, (event) => {
      if (manner === 'deaf') return
      if (event.type === 'accepted') acceptSocket(stack, event.fd, event.conn)
      if (manner === 'mute') {
        if (event.type === 'data') tcpRecv(stack, event.fd, 70_000)
        return
      }
      if (event.type === 'data' && manner === 'rude') closeSocket(stack, socketOf(stack, event.fd))
      else if (event.type === 'eof') this.#scene.sim.after(MS, CLOSE, { socket: event.fd })
      else if (event.type === 'data') {
        const text = (received.get(event.fd) ?? '') + tcpRecv(stack, event.fd, 70_000)
        received.set(event.fd, text)
        if (text.length < 5 || text.length < Number(text.slice(0, 5))) return
        tcpSend(stack, event.fd, 'y'.repeat(reply))
        this.#scene.sim.after(MS, CLOSE, { socket: event.fd })
      }
    })
    listenSocket(stack, socketOf(stack, listener), backlog)
  }

  ping(s: Stimulus & { readonly do: 'ping' }, id: number, seq: number): Asking {
    const stack = this.#stack
    const asking = this.#asking(() => fd)
    const fd = this.#open(s.ns, 'icmp', { port: id }, (event) => {
      if (event.type === 'icmp') asking.outcome ??= `reply from ${formatIpv4(event.reply.from)}, ttl ${event.reply.ttl}`
      if (event.type === 'icmp-error' && event.error.icmpType !== REDIRECT) asking.outcome ??= icmpOutcome(event.error)
    })
    setSocketOptions(stack, socketOf(stack, fd), {
      pmtu: s.df ?? 'want',
      ttl: s.ttl ?? 0,
      recvErr: true,
      broadcast: true,
    })
    const sent = sendEcho(stack, socketOf(stack, fd), ipv4(s.to), seq, 'x'.repeat(s.size ?? 56))
    if (!sent.ok) asking.outcome ??= `send ${sent.error.errno}`
    return asking
  }

  udp(s: Stimulus & { readonly do: 'udp' }): Asking {
    const stack = this.#stack
    const asking = this.#asking(() => fd)
    const fd = this.#open(s.ns, 'udp', asker(s), (event) => {
      if (event.type === 'icmp-error' && event.error.icmpType !== REDIRECT) asking.outcome ??= icmpOutcome(event.error)
      if (event.type !== 'datagram' || event.datagram.payload.l !== 'data') return
      const { from, payload } = event.datagram
      asking.outcome ??= `answer from ${formatIpv4(from.addr)}, ${payload.data.length} bytes`
    })
    setSocketOptions(stack, socketOf(stack, fd), {
      pmtu: s.df ?? 'want',
      ttl: s.ttl ?? 0,
      recvErr: true,
      broadcast: true,
    })
    const sent = udpSend(stack, socketOf(stack, fd), { addr: ipv4(s.to), port: s.port }, 'x'.repeat(s.size ?? 20))
    if (!sent.ok) asking.outcome ??= `send ${sent.error.errno}`
    return asking
  }

  tcp(s: Stimulus & { readonly do: 'tcp' }): Asking {
    const stack = this.#stack
    let got = 0
    const asking = this.#asking(() => fd)
    const fd = this.#open(s.ns, 'tcp', asker(s), (event) => {
      if (event.type === 'connected') {
        const size = s.send ?? TCP_SEND
        tcpSend(stack, fd, `${size}`.padStart(5, '0').padEnd(size, 'x'))
        // What it sent has arrived, and been acknowledged, before the next system call.
        const next = s.leaves === undefined ? undefined : LEAVING[s.leaves]
        if (next) this.#scene.sim.after(MS / 2, next, { socket: fd })
        if (s.leaves === 'closed' || s.leaves === 'aborted') asking.outcome ??= 'left'
      } else if (event.type === 'data') got += tcpRecv(stack, fd, 70_000).length
      else if (event.type === 'eof') {
        got += tcpRecv(stack, fd, 70_000).length
        asking.outcome ??= `closed after ${got} bytes`
        closeSocket(stack, socketOf(stack, fd))
      } else if (event.type === 'connect-failed') asking.outcome ??= event.errno
      else if (event.type === 'reset') asking.outcome ??= `read ${event.errno}`
    })
    const connected = connectSocket(stack, socketOf(stack, fd), ipv4(s.to), s.port)
    if (!connected.ok) asking.outcome ??= connected.error.errno
    return asking
  }

  #asking(fd: () => number): Asking {
    const stack = this.#stack
    const asking: Asking = {
      outcome: null,
      leave: () => {
        const socket = stack.t.socket.get(fd())
        if (socket && socket.owner !== 0 && asking.outcome !== 'left') closeSocket(stack, socket)
      },
    }
    return asking
  }
}

function icmpOutcome(e: { readonly icmpType: number; readonly code: number; readonly from: number }): string {
  return `icmp ${e.icmpType}/${e.code} from ${formatIpv4(e.from)}`
}
