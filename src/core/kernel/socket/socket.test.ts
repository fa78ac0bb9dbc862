import { describe, expect, it } from 'vitest'
import { ipv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { type FakeLan, fakeLan } from '../../testkit/fake-lan.ts'
import { lookupSocket } from './lookup.ts'
import {
  bindSocket,
  closeSocket,
  closeSocketsOf,
  connectSocket,
  listenSocket,
  openSocket,
  ownSocket,
  setSocketOptions,
} from './socket.ts'
import { type SocketEvent, socketOf } from './stack.ts'
import { udpSend } from './udp.ts'

const A = ipv4('10.0.0.1')
const B = ipv4('10.0.0.2')

function lan(): FakeLan & { events: SocketEvent[] } {
  const net = fakeLan([A, B])
  const events: SocketEvent[] = []
  net.stack.notify = (_, event) => events.push(event)
  return Object.assign(net, { events })
}

const open = (l: FakeLan, proto: 'tcp' | 'udp', netns = 1, owner = 1): number =>
  openSocket(l.stack, netns, proto, owner)
const bind = (l: FakeLan, fd: number, addr: number, port: number) =>
  bindSocket(l.stack, socketOf(l.stack, fd), addr, port)

describe('bind', () => {
  it('refuses a port that is taken, by address', () => {
    const l = lan()
    expect(bind(l, open(l, 'udp'), A, 53).ok).toBe(true)
    expect(bind(l, open(l, 'udp'), A, 53)).toEqual({ ok: false, error: 'EADDRINUSE' })
    expect(bind(l, open(l, 'udp'), 0, 53)).toEqual({ ok: false, error: 'EADDRINUSE' })
    expect(bind(l, open(l, 'udp'), ipv4('127.0.0.1'), 53).ok).toBe(true)
    expect(bind(l, open(l, 'tcp'), A, 53).ok).toBe(true)
    expect(bind(l, open(l, 'udp', 2), 0, 53).ok).toBe(true)
    expect(bind(l, open(l, 'udp'), ipv4('9.9.9.9'), 54)).toEqual({ ok: false, error: 'EADDRNOTAVAIL' })
  })

  it('SO_REUSEADDR shares a port, but not with a listener', () => {
    const l = lan()
    const [first, second] = [open(l, 'tcp'), open(l, 'tcp')]
    for (const fd of [first, second]) setSocketOptions(l.stack, socketOf(l.stack, fd), { reuseAddr: true })
    expect(bind(l, first, 0, 80).ok).toBe(true)
    expect(bind(l, second, 0, 80).ok).toBe(true)
    expect(listenSocket(l.stack, socketOf(l.stack, first), 5).ok).toBe(true)
    expect(listenSocket(l.stack, socketOf(l.stack, second), 5)).toEqual({ ok: false, error: 'EADDRINUSE' })
  })

  it('draws ephemeral ports out of the range: even ones to connect, odd ones to bind', () => {
    const l = lan()
    for (let i = 0; i < 20; i++) {
      const bound = open(l, 'tcp')
      bind(l, bound, 0, 0)
      const connected = open(l, 'tcp')
      connectSocket(l.stack, socketOf(l.stack, connected), B, 80)
      const ports = [bound, connected].map((fd) => socketOf(l.stack, fd).lport)
      for (const port of ports) expect(port >= 32768 && port <= 60999).toBe(true)
      expect(ports.map((port) => port % 2)).toEqual([1, 0])
    }
  })

  it('runs out of ports with an error', () => {
    const l = lan()
    l.world.put(l.kernel.t.sysctl, '1/net.ipv4.ip_local_port_range', {
      netns: 1,
      name: 'net.ipv4.ip_local_port_range',
      value: '40000\t40001',
    })
    const ports = [0, 1, 2].map(() => bind(l, open(l, 'udp'), 0, 0))
    expect(ports.map((p) => p.ok)).toEqual([true, true, false])
  })
})

describe('lookup', () => {
  it('prefers connected, then the address, then any', () => {
    const l = lan()
    const any = open(l, 'udp')
    setSocketOptions(l.stack, socketOf(l.stack, any), { reuseAddr: true })
    const own = open(l, 'udp')
    setSocketOptions(l.stack, socketOf(l.stack, own), { reuseAddr: true })
    const peer = open(l, 'udp')
    setSocketOptions(l.stack, socketOf(l.stack, peer), { reuseAddr: true })
    for (const [fd, addr] of [
      [any, 0],
      [own, A],
      [peer, A],
    ] as const)
      expect(bind(l, fd, addr, 53).ok).toBe(true)
    connectSocket(l.stack, socketOf(l.stack, peer), B, 4000)
    const query = { netns: 1, proto: 'udp', laddr: A, lport: 53, raddr: B, rport: 1, link: 0 } as const
    const find = (laddr: number, rport: number) => lookupSocket(l.stack, { ...query, laddr, rport })
    expect(find(A, 4000)).toMatchObject({ found: 'connected', socket: { id: peer } })
    expect(find(A, 4001)).toMatchObject({ found: 'bound', socket: { id: own } })
    expect(find(ipv4('127.0.0.1'), 4001)).toMatchObject({ found: 'wildcard', socket: { id: any } })
    expect(lookupSocket(l.stack, { ...query, lport: 54 }).found).toBe('none')
  })
})

describe('UDP', () => {
  it('delivers datagrams with where they came from', () => {
    const l = lan()
    const server = open(l, 'udp', 2, 7)
    bind(l, server, 0, 53)
    const client = open(l, 'udp')
    udpSend(l.stack, socketOf(l.stack, client), { addr: B, port: 53 }, 'question')
    l.sim.runUntilSettled(SEC)
    const { lport } = socketOf(l.stack, client)
    expect(l.events).toMatchObject([
      {
        type: 'datagram',
        fd: server,
        datagram: { from: { addr: A, port: lport }, to: B, payload: { l: 'data', data: 'question' } },
      },
    ])
  })

  it('a connected socket learns of a closed port, an unconnected one does not', () => {
    const l = lan()
    const plain = open(l, 'udp')
    udpSend(l.stack, socketOf(l.stack, plain), { addr: B, port: 9 }, 'x')
    l.sim.runUntilSettled(SEC)
    expect(l.events).toEqual([])
    const connected = open(l, 'udp')
    connectSocket(l.stack, socketOf(l.stack, connected), B, 9)
    udpSend(l.stack, socketOf(l.stack, connected), { addr: B, port: 9 }, 'x')
    l.sim.runUntilSettled(SEC)
    expect(l.events).toEqual([{ type: 'error', fd: connected, errno: 'ECONNREFUSED' }])
  })

  it('sets DF unless it must be fragmented; fails above the MTU when told not to fragment', () => {
    const l = lan()
    const fd = open(l, 'udp')
    udpSend(l.stack, socketOf(l.stack, fd), { addr: B, port: 9 }, 'x'.repeat(1472))
    udpSend(l.stack, socketOf(l.stack, fd), { addr: B, port: 9 }, 'x'.repeat(1473))
    expect(l.sent.map((p) => p.ip.df)).toEqual([true, false])
    setSocketOptions(l.stack, socketOf(l.stack, fd), { pmtu: 'do' })
    const sent = udpSend(l.stack, socketOf(l.stack, fd), { addr: B, port: 9 }, 'x'.repeat(1473))
    expect(sent).toEqual({ ok: false, error: { errno: 'EMSGSIZE', mtu: 1500 } })
  })
})

describe('ownership', () => {
  it('is per process, and an exit closes everything', () => {
    const l = lan()
    const fd = open(l, 'tcp', 1, 5)
    expect(ownSocket(l.stack, fd, 6)).toEqual({ ok: false, error: 'EBADF' })
    bind(l, fd, 0, 80)
    listenSocket(l.stack, socketOf(l.stack, fd), 5)
    open(l, 'udp', 1, 5)
    closeSocketsOf(l.stack, 5)
    expect(l.stack.t.socket.size).toBe(0)
    expect(l.sim.settled).toBe(true)
  })

  it('a connection that was not accepted dies with its listener', () => {
    const l = lan()
    const fd = open(l, 'tcp', 2, 5)
    bind(l, fd, 0, 80)
    listenSocket(l.stack, socketOf(l.stack, fd), 5)
    const client = open(l, 'tcp')
    connectSocket(l.stack, socketOf(l.stack, client), B, 80)
    l.sim.runUntilSettled(SEC)
    expect(socketOf(l.stack, fd).accepting).toHaveLength(1)
    closeSocket(l.stack, socketOf(l.stack, fd))
    l.sim.runUntilSettled(SEC)
    expect(l.events.at(-1)).toEqual({ type: 'reset', fd: client, errno: 'ECONNRESET' })
    expect(l.stack.t.socket.size).toBe(0)
  })

  it('a full accept queue drops the SYN', () => {
    const l = lan()
    const fd = open(l, 'tcp', 2, 5)
    bind(l, fd, 0, 80)
    listenSocket(l.stack, socketOf(l.stack, fd), 0)
    for (let i = 0; i < 3; i++) connectSocket(l.stack, socketOf(l.stack, open(l, 'tcp')), B, 80)
    l.sim.runUntil(SEC / 2)
    expect(socketOf(l.stack, fd).accepting.length).toBeGreaterThanOrEqual(1)
    connectSocket(l.stack, socketOf(l.stack, open(l, 'tcp')), B, 80)
    l.sim.runUntil(SEC / 2 + SEC / 10)
    expect(l.stack.t.socket.rows().filter((s) => s.state === 'SYN-SENT')).toHaveLength(1)
  })
})
