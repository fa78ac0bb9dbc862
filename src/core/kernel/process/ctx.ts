import type { Ipv4 } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { SimTime } from '../../base/time.ts'
import type { Mac } from '../../base/mac.ts'
import type { Arp, Dns } from '../../wire/types.ts'
import type { Errno } from '../errno.ts'
import { sendArp } from '../socket/arp.ts'
import { sendEcho } from '../socket/ping.ts'
import {
  bindSocket,
  closeSocket,
  connectSocket,
  listenSocket,
  openSocket,
  ownSocket,
  setSocketOptions,
} from '../socket/socket.ts'
import type { SocketProto, SocketRow } from '../socket/tables.ts'
import { tcpRecv, tcpSend, tcpShutdown } from '../socket/tcp/calls.ts'
import { udpSend } from '../socket/udp.ts'
import { PROCESS_TIMER, type ProcessLayer, isCommand } from './layer.ts'
import { exitProcess, signalProcess, spawnChild, writeOutput } from './lifecycle.ts'
import type { Ctx, Endpoint, Signal, SocketFd, SocketOptions, SpawnOptions, SyscallError } from './program.ts'
import { type ProcessRow, timerKey } from './tables.ts'

const NOWHERE: Endpoint = { addr: 0, port: 0 }

/** The system calls of one process: a view on the tables, without anything of its own. After `exit` none of them does a thing. */
export class ProcessCtx implements Ctx {
  readonly pid: number
  readonly #layer: ProcessLayer
  readonly #row: ProcessRow

  constructor(layer: ProcessLayer, row: ProcessRow) {
    this.pid = row.pid
    this.#layer = layer
    this.#row = row
  }

  get netns(): number {
    return this.#row.netns
  }
  get argv(): readonly string[] {
    return this.#row.argv
  }
  get env(): Readonly<Record<string, string>> {
    return this.#row.env
  }
  get hostname(): string {
    return this.#row.hostname
  }
  get stdin(): string {
    return this.#row.stdin
  }
  get daemon(): boolean {
    return this.#row.daemon
  }
  get now(): SimTime {
    return this.#layer.kernel.now
  }
  get state(): unknown {
    return this.#layer.t.state.get(this.pid)?.state
  }

  get #running(): boolean {
    return this.#layer.t.process.get(this.pid)?.exit === null
  }

  set(state: unknown): void {
    if (this.#running) this.#layer.kernel.world.put(this.#layer.t.state, this.pid, { state })
  }

  random(bound: number): number {
    return this.#layer.kernel.world.randomBelow(`program/${this.#row.host}/${this.#row.program}`, bound)
  }

  socket(proto: SocketProto, options: SocketOptions = {}): SocketFd {
    const fd = openSocket(this.#layer.sockets, this.netns, proto, this.pid)
    this.setOptions(fd, options)
    return fd
  }

  #with<T>(fd: SocketFd, use: (socket: SocketRow) => Result<T, Errno>): Result<T, Errno> {
    const socket = ownSocket(this.#layer.sockets, fd, this.pid)
    return socket.ok ? use(socket.value) : socket
  }

  #sending(fd: SocketFd, use: (socket: SocketRow) => Result<void, SyscallError>): Result<void, SyscallError> {
    const socket = ownSocket(this.#layer.sockets, fd, this.pid)
    return socket.ok ? use(socket.value) : err({ errno: socket.error })
  }

  setOptions(fd: SocketFd, options: SocketOptions): Result<void, Errno> {
    return this.#with(fd, (socket) => setSocketOptions(this.#layer.sockets, socket, options))
  }

  bind(fd: SocketFd, addr: Ipv4, port: number): Result<Endpoint, Errno> {
    return this.#with(fd, (socket) => bindSocket(this.#layer.sockets, socket, addr, port))
  }

  listen(fd: SocketFd, backlog = 4096): Result<void, Errno> {
    return this.#with(fd, (socket) => listenSocket(this.#layer.sockets, socket, backlog))
  }

  connect(fd: SocketFd, addr: Ipv4, port: number): Result<void, SyscallError> {
    return this.#sending(fd, (socket) => connectSocket(this.#layer.sockets, socket, addr, port))
  }

  send(fd: SocketFd, data: string | Dns): Result<void, SyscallError> {
    return this.#sending(fd, (socket) => {
      if (socket.proto === 'tcp') {
        return typeof data === 'string' ? tcpSend(this.#layer.sockets, fd, data) : err({ errno: 'EINVAL' })
      }
      if (socket.rport === 0) return err({ errno: 'ENOTCONN' })
      return udpSend(this.#layer.sockets, socket, { addr: socket.raddr, port: socket.rport }, data)
    })
  }

  sendto(
    fd: SocketFd,
    to: Endpoint,
    data: string | Dns,
    options: { readonly origin?: number; readonly ttl?: number; readonly src?: Ipv4 } = {},
  ): Result<void, SyscallError> {
    return this.#sending(fd, (socket) => udpSend(this.#layer.sockets, socket, to, data, options))
  }

  sendEcho(fd: SocketFd, to: Ipv4, seq: number, data: string): Result<void, SyscallError> {
    return this.#sending(fd, (socket) => sendEcho(this.#layer.sockets, socket, to, seq, data))
  }

  sendArp(fd: SocketFd, arp: Omit<Arp, 'l'>, to: Mac): Result<void, Errno> {
    return this.#with(fd, (socket) => sendArp(this.#layer.sockets, socket, { l: 'arp', ...arp }, to))
  }

  recv(fd: SocketFd, max = Number.MAX_SAFE_INTEGER): string {
    return ownSocket(this.#layer.sockets, fd, this.pid).ok ? tcpRecv(this.#layer.sockets, fd, max) : ''
  }

  shutdown(fd: SocketFd): void {
    if (ownSocket(this.#layer.sockets, fd, this.pid).ok) tcpShutdown(this.#layer.sockets, fd)
  }

  close(fd: SocketFd): void {
    const socket = ownSocket(this.#layer.sockets, fd, this.pid)
    if (socket.ok) closeSocket(this.#layer.sockets, socket.value)
  }

  localEnd(fd: SocketFd): Endpoint {
    const row = this.#layer.sockets.t.socket.get(fd)
    return row ? { addr: row.laddr, port: row.lport } : NOWHERE
  }

  remoteEnd(fd: SocketFd): Endpoint {
    const row = this.#layer.sockets.t.socket.get(fd)
    return row ? { addr: row.raddr, port: row.rport } : NOWHERE
  }

  sourceFor(to: Ipv4, device = ''): Result<Ipv4, Errno> {
    const { kernel, sockets } = this.#layer
    const dev = device === '' ? 0 : kernel.t.linkByName.at(`${this.netns}/${device}`).firstKey()
    if (dev === undefined) return err('ENODEV')
    const route = sockets.routes.output(this.netns, to, 0, dev)
    return route.ok ? ok(route.value.src) : route
  }

  deviceFor(to: Ipv4): Result<string, Errno> {
    const { kernel, sockets } = this.#layer
    const route = sockets.routes.output(this.netns, to, 0, 0)
    return route.ok ? ok(kernel.t.link.get(route.value.dev)?.name ?? '') : route
  }

  device(name: string): ReturnType<Ctx['device']> {
    const { kernel } = this.#layer
    const link = kernel.t.linkByName.at(`${this.netns}/${name}`).first()
    return link ? { mac: link.mac, up: link.up, arp: !link.noarp && link.kind !== 'loopback' } : null
  }

  setTimer(delay: SimTime, tag: string): void {
    if (!this.#running) return
    const { kernel, t } = this.#layer
    const key = timerKey(this.pid, tag)
    const old = t.timer.get(key)
    if (old) kernel.sim.cancel(old.event)
    const event = kernel.sim.after(delay, PROCESS_TIMER, { pid: this.pid, tag }, this.daemon)
    kernel.world.put(t.timer, key, { pid: this.pid, tag, event })
  }

  cancelTimer(tag: string): void {
    const { kernel, t } = this.#layer
    const key = timerKey(this.pid, tag)
    const old = t.timer.get(key)
    if (!old) return
    kernel.sim.cancel(old.event)
    kernel.world.delete(t.timer, key)
  }

  spawn(argv: readonly string[], options: SpawnOptions = {}): Result<number, Errno> {
    return this.#running ? spawnChild(this.#layer, this.#row, argv, options) : err('ESRCH')
  }

  kill(pid: number, signal: Signal): Result<void, Errno> {
    return signalProcess(this.#layer, pid, signal)
  }

  isCommand(name: string): boolean {
    return isCommand(this.#layer, name)
  }

  write(fd: 1 | 2, text: string): void {
    if (this.#running) writeOutput(this.#layer, this.#row, fd, text)
  }

  exit(code: number): void {
    exitProcess(this.#layer, this.pid, code & 0xff)
  }

  readFile(path: string): string | null {
    return this.#layer.files.read(this.#row.fs, path)
  }

  writeFile(path: string, text: string): void {
    if (this.#running) this.#layer.files.write(this.#row.fs, path, text)
  }

  listFiles(directory: string): readonly string[] {
    return this.#layer.files.list(this.#row.fs, directory)
  }
}
