import { describe, expect, it } from 'vitest'
import { POINTS } from '../../core/trace/vocabulary.ts'
import { en } from '../../i18n/catalogues.ts'
import { FEATURES } from '../../passport/passport.ts'
import type { DeviceKind, EntityView, StepView } from '../../worker/protocol.ts'
import { OF_DEVICE, OF_POINT, OF_SENTENCE, REASONS } from './entries.ts'
import { type Entries, featuresOf, featuresOfEntity } from './features.ts'

type Step = Parameters<typeof featuresOf>[0]
const step = (of: Partial<Step>): Step => ({
  point: 'dev.xmit',
  drop: 'NONE',
  say: { key: 'other', params: {} },
  decision: null,
  before: null,
  after: null,
  ...of,
})
const say = (key: string): StepView['say'] => ({ key, params: {} })
const decision = (kind: string, where: string, text = '', ...subject: string[]): Step['decision'] =>
  ({ kind, where, text, subject: subject.map((ref) => ({ ref, line: null })) }) as unknown as Step['decision']
const packet = (...layers: string[]): StepView['after'] => ({
  layers: layers.map((layer) => ({ layer, fields: [] })),
  bytes: new Uint8Array(),
  length: 0,
})
const KINDS = Object.keys(OF_DEVICE) as DeviceKind[]

describe('the entry of a step', () => {
  it.each<[string, Partial<Step>, DeviceKind | null, Entries]>([
    ['a bridge that looks up', { point: 'bridge.fdb' }, 'veth', ['bridge']],
    ['iptables below a bridge', { point: 'bridge.nf' }, 'veth', ['bridge-netfilter']],
    ['VXLAN', { point: 'vxlan.xmit' }, 'vxlan', ['vxlan']],
    ['a rule of nat for a Service', { point: 'nf.PREROUTING', decision: decision('rule', 'nat KUBE-SERVICES rule 4', '', 'Service/default/web') }, null, ['iptables-nat', 'services']], // prettier-ignore
    ['a policy of filter', { point: 'nf.FORWARD', decision: decision('policy', 'filter FORWARD') }, null, ['iptables-filter']], // prettier-ignore
    ['a rule that asks a set', { point: 'nf.FORWARD', decision: decision('rule', 'raw PREROUTING rule 1', '-A PREROUTING -m set --match-set bad src -j DROP') }, null, ['iptables-raw', 'ipset']], // prettier-ignore
    ['a rule of Docker', { point: 'nf.PREROUTING', decision: decision('rule', 'nat DOCKER rule 2', '-A DOCKER -j RETURN') }, null, ['iptables-nat', 'docker']], // prettier-ignore
    ['a route', { point: 'route.input', decision: decision('route', 'main') }, null, ['forwarding']],
    ['a route of another table', { point: 'route.output', decision: decision('route', '100') }, null, ['forwarding', 'policy-routing']], // prettier-ignore
    ['one of several ways', { point: 'route.output', say: say('route-multipath') }, null, ['multipath']],
    ['a route that refuses', { point: 'route.input', say: say('route-refusing') }, null, ['refusing-routes']],
    ['a packet from the wrong side', { point: 'route.input', drop: 'IP_RPFILTER' }, null, ['reverse-path-filter']],
    ['a packet too big', { point: 'ip.output', drop: 'PKT_TOO_BIG' }, null, ['path-mtu']],
    ['a program that sends TCP', { point: 'socket.send', after: packet('eth', 'ipv4', 'tcp') }, null, ['tcp']],
    ['a program that sends UDP', { point: 'socket.send', after: packet('ipv4', 'udp', 'dns') }, null, ['udp']],
    ['an answer to an error', { point: 'socket.send', say: say('send-icmp-port') }, null, ['unreachable']],
    ['wrapping in GRE', { point: 'tunnel.xmit', say: say('wrap-gretap') }, 'gretap', ['gre']],
    ['unwrapping IPIP', { point: 'tunnel.recv', say: say('unwrap-ipip') }, 'ether', ['ipip']],
    ['a handshake', { point: 'tunnel.recv', say: say('wireguard-receive-response') }, 'ether', ['wireguard']],
    ['a tunnel that fits nobody', { point: 'tunnel.recv', say: say('drop-no-tunnel'), before: packet('ipv4', 'gre', 'ipv4') }, 'ether', ['gre']], // prettier-ignore
    ['a VLAN tag', { point: 'vlan', say: say('handed-tag') }, 'ether', ['vlan']],
    ['a macvlan', { point: 'macvlan', say: say('handed-mac') }, 'ether', ['macvlan']],
    ['an ipvlan', { point: 'ipvlan', say: say('handed-ip') }, 'ether', ['ipvlan']],
    ['a process that reads', { point: 'tun', say: say('tun-deliver') }, 'tun', ['tun']],
    ['a packet into WireGuard', { point: 'dev.xmit', say: say('dev-xmit-wireguard') }, 'wireguard', ['wireguard']],
    ['a packet into a dummy', { point: 'dev.xmit', say: say('dev-xmit-dummy') }, 'dummy', ['dummy']],
    ['a write of the API server', { point: 'api' }, null, 'control-plane'],
    ['a switch', { point: 'switch' }, null, 'wire'],
    ['a frame on its way through a NIC', { point: 'dev.xmit' }, 'ether', 'every-frame'],
  ])('%s', (_, of, device, entries) => {
    expect(featuresOf(step(of), device)).toEqual(entries)
  })

  it('is there for every place of the trace at every kind of device, or the reason why not', () => {
    for (const point of POINTS)
      for (const kind of [...KINDS, null]) expect(isKnown(featuresOf(step({ point }), kind)), point).toBe(true)
  })

  it('uses every feature, and no sentence that does not exist', () => {
    for (const key of Object.keys(OF_SENTENCE)) expect(Object.keys(en.narration)).toContain(key)
    const elsewhere = ['policy-routing', 'ipset', 'docker', 'services', 'reverse-path-filter', 'iptables-filter', 'iptables-mangle', 'iptables-raw'] // prettier-ignore
    const used = [...Object.values(OF_DEVICE), ...Object.values(OF_POINT), ...Object.values(OF_SENTENCE), ...elsewhere]
    for (const feature of FEATURES) expect(used).toContain(feature)
  })

  it('is not the last resort for a tunnel', () => {
    for (const kind of ['ipip', 'gre', 'gretap', 'geneve'])
      for (const key of [`wrap-${kind}`, `unwrap-${kind}`]) {
        expect(Object.keys(en.narration)).toContain(key)
        expect(featuresOf(step({ point: 'tunnel.recv', say: say(key) }), null)).toEqual([kind.replace('gretap', 'gre')])
      }
  })
})

describe('the entry of what was clicked', () => {
  const view = (...titles: string[]): EntityView =>
    ({ tables: titles.map((title) => ({ title })) }) as unknown as EntityView
  it('is that of the kind of device', () => {
    for (const kind of KINDS) {
      const entries = featuresOfEntity({ kind: 'device', id: 1 }, view(), kind)
      expect(isKnown(entries), kind).toBe(true)
      expect(typeof entries === 'string').toBe(['loopback', 'ether', 'veth'].includes(kind))
    }
  })
  it('is what its tables are about', () => {
    expect(featuresOfEntity({ kind: 'netns', id: 1 }, view('routes', 'neigh', 'sysctl'), null)).toEqual(['forwarding', 'arp']) // prettier-ignore
    expect(featuresOfEntity({ kind: 'object', ref: 'Service/default/web' }, view(), null)).toEqual(['services'])
    expect(featuresOfEntity({ kind: 'object', ref: 'Pod/default/a' }, view(), null)).toBe('control-plane')
    expect(featuresOfEntity({ kind: 'network', id: 'network/a' }, view(), null)).toBe('wire')
  })
})

const isKnown = (entries: Entries): boolean =>
  typeof entries === 'string'
    ? (REASONS as readonly string[]).includes(entries)
    : entries.every((feature) => FEATURES.includes(feature))
