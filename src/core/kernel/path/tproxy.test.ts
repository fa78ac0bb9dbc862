import { beforeEach, describe, expect, it } from 'vitest'
import { ipv4 } from '../../base/ipv4.ts'
import type { Result } from '../../base/result.ts'
import { Scene } from '../../testkit/scene.ts'
import { DROP_REASONS } from '../../trace/vocabulary.ts'
import { restore } from '../netfilter/store.ts'
import { addRoute } from '../route/fib.ts'
import { addRule, ruleRow } from '../route/rule.ts'
import { bindSocket, createSocketLayer, openSocket, setSocketOptions } from '../socket/socket.ts'
import { type SocketStack, socketOf } from '../socket/stack.ts'
import { udpConnect, udpSend } from '../socket/udp.ts'

/** A client that asks 192.0.2.9:53, and a router that TPROXYs it to its own port 5300; judged packet by packet in e2e/kernel. */

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

let s: Scene
let stack: SocketStack
beforeEach(() => {
  s = new Scene()
  s.host('client')
  s.host('router', true)
  s.veth('client', 'eth0', '02:00:00:00:00:01', 'router', 'eth0', '02:00:00:00:00:02')
  s.addr('client', 'eth0', '10.0.0.2/24')
  s.addr('router', 'eth0', '10.0.0.1/24')
  s.route('client', '0.0.0.0/0', '10.0.0.1')
  s.route('router', '0.0.0.0/0', '10.0.0.77')
  stack = createSocketLayer(s.kernel)
  const text = '*mangle\n-A PREROUTING -p udp --dport 53 -j TPROXY --on-port 5300 --tproxy-mark 0x1/0x1\nCOMMIT\n'
  must(restore(s.kernel, s.ns('router'), text))
})

function socket(ns: string, addr: string, port: number, transparent: boolean): number {
  const fd = openSocket(stack, s.ns(ns), 'udp', 7)
  setSocketOptions(stack, socketOf(stack, fd), { transparent })
  must(bindSocket(stack, socketOf(stack, fd), ipv4(addr), port))
  return fd
}

function everythingMarkedIsLocal(): void {
  addRule(s.kernel, ruleRow({ netns: s.ns('router'), pref: 100, fwmark: 1, fwmask: 0xffffffff, table: 100 }))
  const [netns, dev] = [s.ns('router'), s.link('router', 'lo')]
  must(addRoute(s.kernel, { netns, dst: 0, len: 0, type: 'local', scope: 'host', dev, table: 100 }))
}

function asked(): readonly string[] {
  const fd = socket('client', '0.0.0.0', 40000, false)
  udpSend(stack, socketOf(stack, fd), { addr: ipv4('192.0.2.9'), port: 53 }, 'question')
  s.sim.runUntil(s.sim.now + 1e9)
  const { columns, details, length } = s.trace
  const told: string[] = []
  for (let i = 0; i < length; i++) {
    const detail = { d: '', found: '', code: '', ...details[columns.detail[i]!] }
    const drop = DROP_REASONS[columns.drop[i]!]!
    if (['tproxy', 'socket-lookup', 'note'].includes(detail.d))
      told.push(`${detail.d} ${detail.found || detail.code} ${drop}`)
  }
  return told
}

describe('TPROXY tells what it found', () => {
  it('a transparent listener: the packet is its, without another lookup', () => {
    everythingMarkedIsLocal()
    socket('router', '0.0.0.0', 5300, true)
    expect(asked()).toEqual(['tproxy listener NONE', 'socket-lookup assigned NONE'])
  })

  it('a connection of a transparent socket comes before the listener', () => {
    everythingMarkedIsLocal()
    socket('router', '0.0.0.0', 5300, true)
    const connected = socket('router', '192.0.2.9', 53, true)
    expect(udpConnect(stack, socketOf(stack, connected), ipv4('10.0.0.2'), 40000).ok).toBe(true)
    expect(asked()).toEqual(['tproxy connected NONE', 'socket-lookup assigned NONE'])
  })

  it('a socket that is not transparent, or none: the packet ends', () => {
    everythingMarkedIsLocal()
    socket('router', '0.0.0.0', 5300, false)
    expect(asked()).toEqual(['tproxy not-transparent NETFILTER_DROP'])
  })

  it('nobody', () => expect(asked()).toEqual(['tproxy none NETFILTER_DROP']))

  it('a socket, but no rule that makes the packet local: it is not forwarded', () => {
    socket('router', '0.0.0.0', 5300, true)
    expect(asked()).toEqual(['tproxy listener NONE', 'note has-socket NOT_SPECIFIED'])
  })
})

describe('bind(2) to an address of another machine', () => {
  it('takes IP_TRANSPARENT', () => {
    const fd = openSocket(stack, s.ns('router'), 'udp', 7)
    expect(bindSocket(stack, socketOf(stack, fd), ipv4('192.0.2.9'), 53)).toEqual({ ok: false, error: 'EADDRNOTAVAIL' })
  })
})
