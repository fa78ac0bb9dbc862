import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SEC } from '../../base/time.ts'
import { DROP_CODE } from '../../trace/vocabulary.ts'
import { fates } from '../../testkit/fate.ts'
import { flannelScene } from '../../testkit/flannel-scene.ts'
import { Scene } from '../../testkit/scene.ts'
import { sightings } from '../../testkit/sightings.ts'
import { restore } from '../netfilter/store.ts'
import { setSysctl } from '../sysctl/sysctl.ts'

interface Shot {
  readonly from: number
  readonly to: string
  readonly ttl: number
  readonly size: number
  readonly df: boolean
  readonly udp: boolean
}
interface Plan {
  readonly router: boolean
  readonly forwarding: boolean
  readonly bridged: boolean
  readonly mtu: number
  readonly rules: readonly string[]
  readonly shots: readonly Shot[]
}

const RULES = [
  '*filter\n-A FORWARD -p icmp -j DROP\nCOMMIT\n',
  '*filter\n-A FORWARD -p udp -j REJECT\nCOMMIT\n',
  '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m conntrack --ctstate NEW -m statistic --mode nth --every 2 --packet 0 -j ACCEPT\nCOMMIT\n',
  '*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n',
  '*nat\n-A PREROUTING -d 10.0.1.2/32 -j DNAT --to-destination 10.0.0.3\nCOMMIT\n',
  '*mangle\n-A PREROUTING -j MARK --set-mark 1\n-A FORWARD -j TTL --ttl-set 1\nCOMMIT\n',
  '*raw\n-A PREROUTING -j CT --notrack\nCOMMIT\n',
]
const TARGETS = [
  '10.0.0.1',
  '10.0.0.3',
  '10.0.1.2',
  '10.0.1.77',
  '10.0.0.254',
  '10.0.9.9',
  '10.0.0.255',
  '255.255.255.255',
  '127.0.0.1',
]

const plan: fc.Arbitrary<Plan> = fc.record({
  router: fc.boolean(),
  forwarding: fc.boolean(),
  bridged: fc.boolean(),
  mtu: fc.constantFrom(1500, 600, 1280),
  rules: fc.subarray(RULES, { maxLength: 3 }),
  shots: fc.array(
    fc.record({
      from: fc.nat(2),
      to: fc.constantFrom(...TARGETS),
      ttl: fc.constantFrom(64, 1, 2),
      size: fc.constantFrom(0, 56, 1400, 3000),
      df: fc.boolean(),
      udp: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  ),
})

function build(p: Plan): Scene {
  const s = new Scene(5)
  s.network('lan', '10.0.0.0/24')
  s.network('far', '10.0.1.0/24')
  for (const [name, ip] of [
    ['a', '10.0.0.1'],
    ['c', '10.0.0.3'],
  ] as const) {
    s.host(name)
    s.nic(name, 'eth0', 'lan', `${ip}/24`)
    s.route(name, 'default', '10.0.0.254')
  }
  s.host('b')
  s.nic('b', 'eth0', 'far', '10.0.1.2/24')
  s.route('b', 'default', '10.0.1.254')
  if (!p.router) return s
  s.host('r', p.forwarding)
  s.nic('r', 'eth0', 'lan', '10.0.0.254/24')
  s.nic('r', 'eth1', 'far', '10.0.1.254/24')
  s.kernel.world.patch(s.kernel.t.link, s.link('r', 'eth1'), { mtu: p.mtu })
  if (p.bridged) setSysctl(s.kernel, s.ns('r'), 'net.bridge.bridge-nf-call-iptables', '1')
  for (const rules of p.rules) restore(s.kernel, s.ns('r'), rules, { noflush: true })
  return s
}

function fire(s: Scene, shot: Shot): void {
  const { kernel } = s
  const { ttl, df } = shot
  const data = { l: 'data', data: 'x'.repeat(shot.size) } as const
  const dst = shot.to.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const netns = s.ns(['a', 'b', 'c'][shot.from]!)
  if (shot.udp)
    kernel.send({
      netns,
      src: 0,
      dst,
      proto: 17,
      payload: { l: 'udp', sport: 1000, dport: 2000, payload: data },
      ttl,
      df,
      origin: 0,
    })
  else
    kernel.send({
      netns,
      src: 0,
      dst,
      proto: 1,
      payload: { l: 'icmp', type: 8, code: 0, rest: 1, payload: data },
      ttl,
      df,
      origin: 0,
    })
}

it('lets no packet vanish: each ends delivered, dropped with a reason, or is in flight', () => {
  fc.assert(
    fc.property(plan, fc.nat(40), (p, cut) => {
      const s = build(p)
      for (const shot of p.shots) fire(s, shot)
      for (let i = 0; i < cut; i++) s.sim.step()
      expect(vanished(s), 'in the middle').toEqual([])
      s.settle(120 * SEC)
      expect(vanished(s), 'at the end').toEqual([])
      expect(s.sim.settled).toBe(true)
    }),
    { numRuns: 300 },
  )
})

it('lets none vanish in a flannel network either, same node, other node, nowhere', () => {
  const s = flannelScene()
  for (const to of ['10.244.1.3', '10.244.2.2', '10.244.2.77', '10.244.9.9', '192.168.56.12']) s.ping('p1a', to)
  s.settle(120 * SEC)
  expect(vanished(s)).toEqual([])
})

it('bounds a storm in a loop of bridges, and says so', () => {
  const s = new Scene()
  for (const name of ['x', 'y', 'h']) s.host(name)
  for (const name of ['x', 'y']) s.bridge(name, 'br0', `02:00:00:00:0${name === 'x' ? 1 : 2}:00`)
  for (const i of [1, 2, 3]) {
    s.veth('x', `p${i}`, `02:00:00:00:01:0${i}`, 'y', `p${i}`, `02:00:00:00:02:0${i}`)
    for (const name of ['x', 'y']) s.port(name, `p${i}`, 'br0')
  }
  s.veth('h', 'eth0', '02:00:00:00:03:01', 'x', 'ph', '02:00:00:00:03:02')
  s.port('x', 'ph', 'br0')
  s.addr('h', 'eth0', '10.0.0.1/24')
  s.ping('h', '10.0.0.9')
  s.sim.runUntilSettled(s.sim.now + SEC, 60_000)
  const limit = DROP_CODE.get('HOPSCOPE_HOP_LIMIT')!
  expect(s.trace.columns.drop.subarray(0, s.trace.length)).toContain(limit)
})

function vanished(s: Scene): string[] {
  const name = (netns: number): string => s.kernel.t.netns.get(netns)?.host ?? '?'
  const lost = fates(s.kernel).flatMap((fate, id) => (fate === 'vanished' ? [id] : []))
  return lost.length === 0 ? [] : [`packets ${lost.join(', ')}`, ...sightings(s.kernel, name).slice(-20)]
}
