import { beforeEach, describe, expect, it } from 'vitest'
import { cidr } from '../../base/cidr.ts'
import { ipv4 } from '../../base/ipv4.ts'
import { mac } from '../../base/mac.ts'
import type { Result } from '../../base/result.ts'
import { SEC } from '../../base/time.ts'
import { Scene } from '../../testkit/scene.ts'
import { sightings } from '../../testkit/sightings.ts'
import { POINTS } from '../../trace/vocabulary.ts'
import type { IpPayload } from '../../wire/types.ts'
import type { IpvlanMode, MacvlanMode } from '../link/config.ts'
import { moveLink, setLink } from '../link/link.ts'
import { addIpvlan, addMacvlan, addVlan } from '../link/stacked.ts'
import { addTun } from '../link/tun.ts'
import { type IpTunnelSpec, addGeneve, addIpTunnel } from '../link/tunnel.ts'
import { addWireguard, setWgPeer, setWireguard, wgPeerKey } from '../link/wireguard.ts'
import { datagramIn } from './tunnel.ts'
import { TUN_READ, tunAttach, tunWrite } from './tun.ts'

/** Frames on devices, in order, compared with what Linux 6.1 and 6.18 do by e2e/kernel; here the same in small. */

let s: Scene
beforeEach(() => {
  s = new Scene()
  for (const name of ['n1', 'n2', 'v1', 'v2']) s.host(name)
  s.veth('n1', 'eth0', '02:00:00:00:01:01', 'n2', 'eth0', '02:00:00:00:02:01')
  s.addr('n1', 'eth0', '192.168.56.11/24')
  s.addr('n2', 'eth0', '192.168.56.12/24')
})

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

function up(ns: string, dev: string, address: string): void {
  s.addr(ns, dev, address)
  must(setLink(s.kernel, s.link(ns, dev), { up: true }))
}

const seen = (prefix: string): readonly string[] => {
  const names = new Map([...s.ids].map(([name, id]) => [id, name]))
  return sightings(s.kernel, (id) => names.get(id)!)
    .filter((line) => line.startsWith(prefix) && !line.includes(' arp '))
    .map((line) => line.slice(prefix.length + 1))
}

/** Index of the last frame that a device sent, ARP included. */
function lastSent(ns: string, dev: string): number {
  const { columns } = s.trace
  for (let i = s.trace.length - 1; i >= 0; i--) {
    if (POINTS[columns.point[i]!] === 'dev.xmit' && columns.dev[i] === s.link(ns, dev)) return i
  }
  throw new Error(`${ns}/${dev} has sent nothing`)
}

/** The reasons of all drops so far, with what was noted. */
const drops = (): readonly string[] => {
  const out: string[] = []
  for (let i = 0; i < s.trace.length; i++) {
    if (s.trace.columns.drop[i] === 0) continue
    const detail = { d: '', code: '', ...s.trace.details[s.trace.columns.detail[i]!] }
    out.push(detail.d === 'note' ? detail.code : detail.d)
  }
  return out
}

describe('VLAN', () => {
  const vlan = (vid: number, ns = 'n1') =>
    addVlan(s.kernel, s.ns(ns), { name: `eth0.${vid}`, parent: s.link(ns, 'eth0'), vid })

  it('tags on the parent, not on itself; full-sized frames pass', () => {
    for (const [i, ns] of ['n1', 'n2'].entries()) {
      must(vlan(7, ns))
      up(ns, 'eth0.7', `10.7.0.${i + 1}/24`)
    }
    s.ping('n1', '10.7.0.2', { size: 1472 })
    s.settle()
    expect(seen('n2/eth0 in')[0]).toMatch(/ vlan 7 10\.7\.0\.1 > 10\.7\.0\.2 ttl 64 len 1500 icmp 8\/0$/)
    expect(seen('n1/eth0.7 in')).toEqual([
      '02:00:00:00:02:01 > 02:00:00:00:01:01 10.7.0.2 > 10.7.0.1 ttl 64 len 1500 icmp 0/0',
    ])
  })

  it('is refused as by rtnetlink, follows its parent', () => {
    const id = must(vlan(7))
    expect(vlan(7)).toMatchObject({ error: 'EEXIST' })
    expect(vlan(4095)).toMatchObject({ error: 'ERANGE' })
    const parent = s.link('n1', 'eth0')
    must(setLink(s.kernel, id, { up: true }))
    expect(setLink(s.kernel, id, { mtu: 1501 })).toMatchObject({ error: 'ERANGE' })
    must(setLink(s.kernel, parent, { mtu: 1400, up: false }))
    expect(s.kernel.t.link.get(id)).toMatchObject({ mtu: 1400, up: false })
    expect(setLink(s.kernel, id, { up: true })).toMatchObject({ error: 'ENETDOWN' })
  })
})

describe('macvlan and ipvlan', () => {
  function children(kind: 'macvlan' | 'ipvlan', mode: string): void {
    for (const [i, ns] of ['v1', 'v2'].entries()) {
      const spec = { name: 'c0', parent: s.link('n1', 'eth0') }
      if (kind === 'ipvlan') must(addIpvlan(s.kernel, s.ns(ns), { ...spec, mode: mode as IpvlanMode }))
      else
        must(addMacvlan(s.kernel, s.ns(ns), { ...spec, mode: mode as MacvlanMode, mac: mac(`02:00:00:00:09:0${i}`) }))
      up(ns, 'c0', `192.168.56.10${i + 1}/24`)
    }
  }
  const answered = (from: string, to: string): boolean => {
    s.ping(from, to)
    const before = s.trace.length
    s.settle()
    return (
      s.trace.length > before &&
      seen(`${from}/c0 in`).some((line) => line.includes(`${to} > `) && line.endsWith('icmp 0/0'))
    )
  }

  it.each([
    ['macvlan', 'bridge', true],
    ['macvlan', 'private', false],
    ['macvlan', 'vepa', false],
    ['ipvlan', 'l2', true],
    ['ipvlan', 'l3', true],
    ['ipvlan', 'l3s', true],
  ] as const)('%s %s: siblings %s', (kind, mode, siblings) => {
    children(kind, mode)
    expect(answered('v1', '192.168.56.102')).toBe(siblings)
    // Never the parent itself, whatever the mode.
    expect(answered('v1', '192.168.56.11')).toBe(false)
    // The machine beside, as long as ARP is asked on layer 2.
    expect(answered('v1', '192.168.56.12')).toBe(mode !== 'l3' && mode !== 'l3s')
  })

  it('one handler for a parent; a MAC or an address once', () => {
    children('macvlan', 'bridge')
    const parent = s.link('n1', 'eth0')
    expect(addIpvlan(s.kernel, s.ns('n1'), { name: 'x', parent })).toMatchObject({ error: 'EBUSY' })
    expect(addMacvlan(s.kernel, s.ns('n1'), { name: 'x', parent, mode: 'passthru' })).toMatchObject({ error: 'EINVAL' })
    s.bridge('n1', 'br0', '02:00:00:00:00:99')
    expect(setLink(s.kernel, parent, { master: s.link('n1', 'br0') })).toMatchObject({ error: 'EBUSY' })
    const twin = must(addMacvlan(s.kernel, s.ns('n1'), { name: 'twin', parent, mac: mac('02:00:00:00:09:00') }))
    expect(setLink(s.kernel, twin, { up: true })).toMatchObject({ error: 'EBUSY' })
  })
})

describe('tunnels over IP', () => {
  function tunnels(spec: Pick<IpTunnelSpec, 'kind'> & Partial<IpTunnelSpec>): void {
    for (const [i, j] of [
      [1, 2],
      [2, 1],
    ]) {
      const ends = { local: ipv4(`192.168.56.1${i}`), remote: ipv4(`192.168.56.1${j}`) }
      must(addIpTunnel(s.kernel, s.ns(`n${i}`), { name: 't0', ...ends, ...spec }))
      up(`n${i}`, 't0', `10.5.0.${i}/24`)
    }
  }
  const mtu = (): number => s.kernel.t.link.get(s.link('n1', 't0'))!.mtu

  it.each([
    [{ kind: 'ipip' }, 1480, 'len 104 ipip ['],
    [{ kind: 'gre' }, 1476, 'len 108 gre ['],
    [{ kind: 'gre', key: 77 }, 1472, 'len 112 gre key 77 ['],
    [{ kind: 'gretap' }, 1462, 'len 122 gre [02:'],
  ] as const)('%j: MTU %i', (spec, expected, text) => {
    tunnels(spec)
    for (const [i, ns] of ['n1', 'n2'].entries()) {
      if (spec.kind === 'gretap') must(setLink(s.kernel, s.link(ns, 't0'), { mac: mac(`02:00:00:00:05:0${i}`) }))
    }
    expect(mtu()).toBe(expected)
    s.ping('n1', '10.5.0.2')
    s.settle()
    expect(seen('n2/eth0 in').join()).toContain(text)
    expect(seen('n1/t0 in').join()).toContain('10.5.0.2 > 10.5.0.1 ttl 64 len 84 icmp 0/0')
  })

  it('copies the TTL; a TTL of its own goes with path MTU discovery only', () => {
    tunnels({ kind: 'ipip', pmtudisc: false })
    s.ping('n1', '10.5.0.2', { ttl: 9, df: false })
    s.settle()
    expect(seen('n2/eth0 in')[0]).toContain('192.168.56.11 > 192.168.56.12 ttl 9 len 104 ipip')
    expect(addIpTunnel(s.kernel, s.ns('n1'), { name: 't1', kind: 'ipip', ttl: 5, pmtudisc: false })).toMatchObject({
      error: 'EINVAL',
    })
  })

  it.each([
    [true, true, true],
    [true, false, true],
    [false, true, true],
    [false, false, false],
  ])('pmtudisc %s, DF inside %s: DF outside %s', (pmtudisc, df, outer) => {
    tunnels({ kind: 'ipip', pmtudisc })
    s.ping('n1', '10.5.0.2', { df })
    s.settle()
    const wrapped = Array.from({ length: s.trace.length }, (_, i) => s.trace.frameAt(i)).find(
      (frame) => frame?.l === 'ipv4' && frame.payload.l === 'ipv4',
    )
    expect(wrapped).toMatchObject({ df: outer, payload: { df } })
  })

  it('answers what must not be cut and does not fit, and remembers how much does', () => {
    tunnels({ kind: 'ipip', mtu: 1500 })
    s.ping('n1', '10.5.0.2', { size: 1472 })
    s.settle()
    expect(drops()).toContain('mtu')
    expect(() => s.ping('n1', '10.5.0.2', { size: 1472 })).toThrow('EMSGSIZE')
  })

  it('takes nothing with another key, and says so', () => {
    tunnels({ kind: 'gre', okey: 1, ikey: 2 })
    s.ping('n1', '10.5.0.2')
    s.settle()
    expect(drops()).toContain('no-tunnel')
  })

  it('the module brings a fallback device for every namespace of its machine, which cannot go', () => {
    tunnels({ kind: 'ipip' })
    const fallback = s.link('n1', 'tunl0')
    expect(s.kernel.t.link.get(fallback)).toMatchObject({ mtu: 1480, up: false })
    expect(s.link('v1', 'tunl0')).toBe(0)
    expect(moveLink(s.kernel, fallback, s.ns('v1'))).toMatchObject({ error: 'EINVAL' })
  })

  it('geneve: MTU 1450, another VNI is not for us', () => {
    for (const [i, j] of [
      [1, 2],
      [2, 1],
    ]) {
      const remote = ipv4(`192.168.56.1${j}`)
      must(addGeneve(s.kernel, s.ns(`n${i}`), { name: 't0', vni: 4 + i!, remote }))
      up(`n${i}`, 't0', `10.5.0.${i}/24`)
    }
    expect(mtu()).toBe(1450)
    s.ping('n1', '10.5.0.2')
    s.settle()
    expect(drops()).toContain('no-vni')
  })

  it('geneve in geneve: one source port for a conversation with ports, another for one without', () => {
    for (const [i, j] of [
      [1, 2],
      [2, 1],
    ]) {
      must(addGeneve(s.kernel, s.ns(`n${i}`), { name: 't0', vni: 4, remote: ipv4(`192.168.56.1${j}`) }))
      up(`n${i}`, 't0', `10.5.0.${i}/24`)
      must(addGeneve(s.kernel, s.ns(`n${i}`), { name: 't1', vni: 5, remote: ipv4(`10.5.0.${j}`) }))
      up(`n${i}`, 't1', `10.6.0.${i}/24`)
    }
    /** Source ports of the outermost datagrams of the last frame, outermost first. */
    const ports = (): number[] => {
      const found: number[] = []
      let frame = s.trace.frameAt(lastSent('n1', 'eth0'))
      while (frame) {
        const udp: IpPayload | undefined = datagramIn(frame)?.payload
        const geneve = udp?.l === 'udp' && udp.payload.l === 'geneve' ? udp.payload : null
        if (udp?.l === 'udp' && geneve) found.push(udp.sport)
        frame = geneve?.payload
      }
      return found
    }
    s.ping('n1', '10.6.0.2')
    s.settle()
    expect(new Set(ports()).size).toBe(2)
    const payload = { l: 'udp', sport: 4000, dport: 9, payload: { l: 'data', data: 'x' } } as const
    s.kernel.send({ netns: s.ns('n1'), src: 0, dst: ipv4('10.6.0.2'), proto: 17, payload, origin: 0 })
    s.settle()
    expect(ports()).toHaveLength(2)
    expect(new Set(ports()).size).toBe(1)
  })

  it('in another namespace a tunnel still sends where it was made', () => {
    tunnels({ kind: 'ipip' })
    must(moveLink(s.kernel, s.link('n1', 't0'), s.ns('v1')))
    up('v1', 't0', '10.5.0.1/24')
    s.ping('v1', '10.5.0.2')
    s.settle()
    expect(seen('n1/eth0 out').join()).toContain('ipip [10.5.0.1 > 10.5.0.2')
    expect(seen('v1/t0 in')).toHaveLength(1)
  })
})

describe('tun', () => {
  it('gives what is routed into it to the process that holds it, and takes what that one writes', () => {
    const id = must(addTun(s.kernel, s.ns('n1'), { name: 'tun0', mode: 'tun' }))
    up('n1', 'tun0', '10.66.0.1/24')
    s.ping('n1', '10.66.0.2')
    s.settle()
    expect(drops()).toContain('no-process')
    expect(seen('n1/tun0')).toEqual([])
    s.sim.on(TUN_READ, ({ frame }) => {
      if (frame.l !== 'ipv4' || frame.payload.l !== 'icmp') return
      const payload = { ...frame.payload, type: 0 }
      must(tunWrite(s.kernel, id, { ...frame, src: frame.dst, dst: frame.src, payload }))
    })
    must(tunAttach(s.kernel, id, true))
    expect(tunAttach(s.kernel, id, true)).toMatchObject({ error: 'EBUSY' })
    s.ping('n1', '10.66.0.2')
    s.settle()
    expect(seen('n1/tun0 in')).toEqual(['10.66.0.2 > 10.66.0.1 ttl 64 len 84 icmp 0/0'])
  })
})

describe('WireGuard', () => {
  const KEYS = [
    ['AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk=', 'F32PIx9sq4nqA/kNLy1T3ZuhPHiUfV2FuD1JRRTgtxQ='],
    ['AwQHDBMcJzRDVGd8k6zH5AMkR2yTvOcUQ3Sn3BNMh8Q=', 'PrtA6NukZubRwPoCmVEMXBbISCdRe0wl16CFCBwDyyE='],
  ] as const

  /** n2 does not know where n1 is: it hears. */
  function peers(allowed = '10.5.0.1/32'): void {
    for (const i of [1, 2] as const) {
      const link = must(addWireguard(s.kernel, s.ns(`n${i}`), { name: 'wg0' }))
      must(setWireguard(s.kernel, link, { privateKey: KEYS[i - 1]![0], port: 51820 }))
      up(`n${i}`, 'wg0', `10.5.0.${i}/24`)
      const far = { allowed: [cidr(i === 1 ? '10.5.0.2/32' : allowed)] }
      const endpoint = i === 1 ? { endpoint: { addr: ipv4('192.168.56.12'), port: 51820 } } : {}
      must(setWgPeer(s.kernel, link, KEYS[2 - i]![1], { ...far, ...endpoint }))
    }
  }
  const sizes = (): readonly string[] =>
    seen('n2/eth0').map((line) => line.replace(/.*?(in|out)? ?02:.*ttl 64 len (\d+) wireguard (\d).*/, '$3 $2'))

  it('agrees on a session, then sends; sizes are exact', () => {
    peers()
    s.ping('n1', '10.5.0.2')
    s.settle()
    expect(sizes()).toEqual(['1 176', '2 120', '4 156', '4 156'])
    expect(seen('n1/wg0 in')).toEqual(['10.5.0.2 > 10.5.0.1 ttl 64 len 84 icmp 0/0'])
    const known = s.kernel.t.wgPeer.get(wgPeerKey(s.link('n2', 'wg0'), KEYS[0][1]))!
    expect(known.endpoint).toMatchObject({ addr: ipv4('192.168.56.11'), port: 51820 })
    // Who was answered and has nothing to say shows after ten seconds that it is there.
    s.sim.runUntil(s.sim.now + 11 * SEC)
    expect(sizes().at(-1)).toBe('4 60')
  })

  it('does not let a peer use addresses that are not its own', () => {
    peers('10.5.0.99/32')
    s.ping('n1', '10.5.0.2')
    s.settle()
    expect(drops()).toContain('wg-source')
    expect(seen('n2/wg0 in')).toEqual([])
  })

  it('tells the sender that nobody has the address', () => {
    peers()
    expect(() => s.ping('n1', '10.5.0.7')).toThrow('ENOKEY')
    expect(() => s.ping('n2', '10.5.0.1')).toThrow('EDESTADDRREQ')
  })
})
