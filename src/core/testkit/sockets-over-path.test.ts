import { describe, expect, it } from 'vitest'
import { MS, SEC } from '../base/time.ts'
import { liveEntries } from '../kernel/conntrack/conntrack.ts'
import { restore } from '../kernel/netfilter/store.ts'
import { createSocketLayer } from '../kernel/socket/socket.ts'
import { setLink } from '../kernel/link/link.ts'
import { Machines } from './machines.ts'
import { Scene } from './scene.ts'

/** Two networks with a router between: client 10.0.1.2, server 10.0.2.2. */
function scene(): { scene: Scene; machines: Machines; client: number; server: number } {
  const s = new Scene()
  const [client, , server] = [s.host('client'), s.host('router', true), s.host('server')]
  s.network('left', '10.0.1.0/24')
  s.network('right', '10.0.2.0/24')
  s.nic('client', 'eth0', 'left', '10.0.1.2/24')
  s.nic('router', 'eth0', 'left', '10.0.1.1/24')
  s.nic('router', 'eth1', 'right', '10.0.2.1/24')
  s.nic('server', 'eth0', 'right', '10.0.2.2/24')
  s.route('client', 'default', '10.0.1.1')
  s.route('server', 'default', '10.0.2.1')
  const machines = new Machines(s.kernel, createSocketLayer(s.kernel))
  return { scene: s, machines, client, server }
}

describe('sockets and programs over the packet path', () => {
  it('curl through a router', () => {
    const { scene: s, machines, client, server } = scene()
    machines.serve(server, ['nginx'])
    const got = machines.run(client, 'curl -s http://10.0.2.2/')
    expect(got.code).toBe(0)
    expect(got.stdout).toContain('Welcome to nginx!')
    s.sim.runUntil(s.sim.now + 61 * SEC)
    expect(machines.layer.sockets.t.tcp.size).toBe(0)
    expect(machines.run(client, 'curl -sS http://10.0.2.2:81/').stderr).toBe(
      "curl: (7) Failed to connect to 10.0.2.2 port 81 after 0 ms: Couldn't connect to server\n",
    )
    expect(machines.run(client, 'curl -s http://127.0.0.1/').code).toBe(7)
    expect(machines.run(server, 'curl -s http://127.0.0.1/ | head -1').stdout).toBe('<!DOCTYPE html>\n')
    expect(machines.run(server, 'curl -s http://10.0.2.2/ | head -1').stdout).toBe('<!DOCTYPE html>\n')
  })

  it('ping: replies, TTL, an address nobody has, too big', () => {
    const { machines, client } = scene()
    expect(machines.run(client, 'ping -c 1 10.0.2.2').stdout).toMatch(
      /64 bytes from 10\.0\.2\.2: icmp_seq=1 ttl=63 time=0\.\d{3} ms\n/,
    )
    expect(machines.run(client, 'ping -c 1 -t 1 10.0.2.2').stdout).toContain(
      'From 10.0.1.1 icmp_seq=1 Time to live exceeded\n',
    )
    const nobody = machines.run(client, 'ping -c 1 10.0.1.99')
    expect(nobody.stdout).toContain('From 10.0.1.2 icmp_seq=1 Destination Host Unreachable\n')
    expect(nobody.stdout).toContain('1 packets transmitted, 0 received, +1 errors, 100% packet loss')
    expect(machines.run(client, 'ping -c 1 -M do -s 1500 10.0.2.2').stderr).toBe(
      'ping: local error: message too long, mtu=1500\n',
    )
    expect(machines.run(client, 'ping -c 1 -s 3000 10.0.2.2').stdout).toContain('3008 bytes from 10.0.2.2: icmp_seq=1')
  })

  it('traceroute in three ways', () => {
    const { machines, client, server } = scene()
    machines.serve(server, ['nginx'])
    for (const line of ['traceroute -n 10.0.2.2', 'traceroute -n -I 10.0.2.2', 'traceroute -n -T -p 80 10.0.2.2']) {
      const lines = machines.run(client, line).stdout.split('\n')
      expect(lines[0]).toBe('traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 60 byte packets')
      expect(lines[1]).toMatch(/^ 1 {2}10\.0\.1\.1( {2}\d\.\d{3} ms){3}$/)
      expect(lines[2]).toMatch(/^ 2 {2}10\.0\.2\.2( {2}\d\.\d{3} ms){3}$/)
      expect(lines).toHaveLength(4)
      // The router answers a receiver with errors in bursts of six, then one a second (icmp_ratelimit).
      machines.run(client, 'sleep 10')
    }
  })

  it('traceroute without -n has no names to show', () => {
    const { machines, client } = scene()
    expect(machines.run(client, 'traceroute -q 1 10.0.2.2').stdout).toMatch(
      /^.*\n 1 {2}10\.0\.1\.1 \(10\.0\.1\.1\) {2}\d\.\d{3} ms\n 2 {2}10\.0\.2\.2 \(10\.0\.2\.2\) {2}\d\.\d{3} ms\n$/,
    )
  })

  it('a connection to an address nobody has fails when ARP gives up', () => {
    const { machines, client } = scene()
    const got = machines.run(client, 'curl -sS http://10.0.1.99/')
    expect(got).toMatchObject({ code: 7 })
    expect(got.took / SEC).toBeGreaterThan(2.9)
    expect(got.took / SEC).toBeLessThan(3.3)
  })

  it('a router that resets a connection has it closed before the reset says so', () => {
    const { scene: s, machines, client, server } = scene()
    machines.serve(server, ['nginx'])
    const router = s.ns('router')
    const rule = '-A FORWARD -p tcp -m conntrack --ctstate ESTABLISHED -j REJECT --reject-with tcp-reset'
    expect(restore(s.kernel, router, `*filter\n${rule}\nCOMMIT\n`).ok).toBe(true)
    machines.run(client, 'curl -s -m 1 http://10.0.2.2/')
    expect(liveEntries(s.kernel, router)).toMatchObject([{ tcp: 'CLOSE', seenReply: true }])
  })

  it('a smaller MTU on the way is found by TCP', () => {
    const { scene: s, machines, client, server } = scene()
    const page = 'x'.repeat(20_000)
    machines.serve(server, ['nginx'], { '/usr/share/nginx/html/index.html': page })
    for (const name of ['server', 'client']) setLink(s.kernel, s.link(name, 'eth0'), { mtu: 1500 })
    setLink(s.kernel, s.link('router', 'eth0'), { mtu: 1400 })
    expect(machines.run(client, 'curl -s http://10.0.2.2/').stdout).toBe(page)
  })

  it('a UDP port nobody listens on is refused, and a datagram without route fails', () => {
    const { machines, client } = scene()
    machines.layer.files.write(`fs${client}`, '/etc/resolv.conf', 'nameserver 10.0.2.2\n')
    expect(machines.run(client, 'dig +short +tries=1 x').stdout).toBe(
      ';; communications error to 10.0.2.2#53: connection refused\n;; no servers could be reached\n',
    )
  })

  it('says why each packet is sent', () => {
    const { scene: s, machines, client, server } = scene()
    machines.serve(server, ['nginx'])
    machines.run(client, 'curl -s http://10.0.2.2/')
    s.sim.runUntil(s.sim.now + 100 * MS)
    const why = s.trace.details.flatMap((detail) =>
      'why' in detail && 'd' in detail && detail.d === 'socket-send' ? [detail.why] : [],
    )
    expect(why).toEqual(['syn', 'syn-ack', 'ack', 'data', 'ack', 'data', 'ack', 'fin', 'fin', 'ack'])
  })

  it('runs the same twice, and backwards', () => {
    const twice = [1, 2].map(() => {
      const { scene: s, machines, client, server } = scene()
      machines.serve(server, ['nginx'])
      const before = { hash: s.world.hash(), position: s.world.journal.position }
      machines.run(client, 'ping -c 2 10.0.2.2; curl -s http://10.0.2.2/; nc -zv 10.0.2.2 81')
      const after = { hash: s.world.hash(), position: s.world.journal.position }
      s.sim.seek(before.position)
      expect(s.world.hash()).toBe(before.hash)
      s.sim.seek(after.position)
      expect(s.world.hash()).toBe(after.hash)
      return after.hash
    })
    expect(twice[0]).toBe(twice[1])
  })
})
