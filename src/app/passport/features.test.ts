import { describe, expect, it } from 'vitest'
import { FEATURES } from '../../passport/passport.ts'
import type { StepView } from '../../worker/protocol.ts'
import { featuresOf } from './features.ts'

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
const rule = (where: string, ...subject: string[]): Step['decision'] =>
  ({ kind: 'rule', where, subject: subject.map((ref) => ({ ref, line: null })) }) as unknown as Step['decision']
const packet = (...layers: string[]): StepView['after'] => ({
  layers: layers.map((layer) => ({ layer, fields: [] })),
  bytes: new Uint8Array(),
  length: 0,
})

describe('the feature of a step', () => {
  it.each<[string, Partial<Step>, readonly string[]]>([
    ['a bridge that looks up', { point: 'bridge.fdb' }, ['bridge']],
    ['iptables below a bridge', { point: 'bridge.nf' }, ['bridge-netfilter']],
    ['a tunnel', { point: 'vxlan.xmit' }, ['vxlan']],
    ['a rule of nat for a Service', { point: 'nf.PREROUTING', decision: rule('nat KUBE-SERVICES rule 4', 'Service/default/web') }, ['iptables-nat', 'services']], // prettier-ignore
    ['a policy of filter', { point: 'nf.FORWARD', decision: rule('filter FORWARD') }, ['iptables-filter']],
    ['a route', { point: 'route.input' }, ['forwarding']],
    ['a route that refuses', { point: 'route.input', say: { key: 'route-refusing', params: {} } }, ['refusing-routes']],
    ['a packet from the wrong side', { point: 'route.input', drop: 'IP_RPFILTER' }, ['reverse-path-filter']],
    ['a packet too big', { point: 'ip.output', drop: 'PKT_TOO_BIG' }, ['path-mtu']],
    ['a program that sends TCP', { point: 'socket.send', after: packet('eth', 'ipv4', 'tcp') }, ['tcp']],
    ['a program that sends UDP', { point: 'socket.send', after: packet('ipv4', 'udp', 'dns') }, ['udp']],
    ['an answer to an error', { point: 'socket.send', say: { key: 'send-icmp-port', params: {} } }, ['unreachable']],
    ['a write of the API server', { point: 'api' }, []],
    ['a switch', { point: 'switch' }, []],
    ['a frame on its way through a NIC', { point: 'dev.xmit' }, []],
  ])('%s', (_, of, features) => {
    expect(featuresOf(step(of))).toEqual(features)
    for (const feature of features) expect(FEATURES).toContain(feature)
  })
})
