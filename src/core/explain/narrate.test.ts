import { describe, expect, it } from 'vitest'
import { ipv4 } from '../base/ipv4.ts'
import { mac } from '../base/mac.ts'
import { createI18n } from '../../i18n/i18n.ts'
import { narrationEn } from '../../i18n/narration/en.ts'
import { type Message, holesOf } from '../../i18n/message.ts'
import type { NoteCode, PathDetail } from '../kernel/details.ts'
import { restore } from '../kernel/netfilter/store.ts'
import type { Match, Target } from '../kernel/netfilter/types.ts'
import type { SendReason, SocketDetail, TcpRefusal } from '../kernel/socket/details.ts'
import { setSysctl } from '../kernel/sysctl/sysctl.ts'
import { routeRow } from '../kernel/route/row.ts'
import type { Tuple } from '../kernel/tables.ts'
import { explainEnv } from '../testkit/explain-env.ts'
import { flannelScene } from '../testkit/flannel-scene.ts'
import { SERVICE_RULES } from '../testkit/service-rules.ts'
import { Scene } from '../testkit/scene.ts'
import { DROP_REASONS, type DropReason, POINTS, type Point, VERDICTS, type Verdict } from '../trace/vocabulary.ts'
import type { Frame, IpPayload } from '../wire/types.ts'
import type { ExplainEnv } from './env.ts'
import { narrate } from './narrate.ts'

const texts: Readonly<Record<string, Message>> = narrationEn
const english = createI18n('en')

/** Complaints about every record of a trace: a key without a text, or a hole that nothing fills. */
function complaints(env: ExplainEnv): string[] {
  const found = new Set<string>()
  for (let i = 0; i < env.trace.length; i++) {
    const say = narrate(env, i)
    const c = env.trace.columns
    const where =
      `${POINTS[c.point[i]!]} ${VERDICTS[c.verdict[i]!]} ${JSON.stringify(env.trace.details[c.detail[i]!])}`.slice(
        0,
        200,
      )
    if (say.key === 'other') found.add(`no sentence: ${where}`)
    const text = Object.hasOwn(texts, say.key) ? texts[say.key] : undefined
    if (!text) found.add(`no text for ${say.key}: ${where}`)
    else {
      for (const hole of holesOf(text)) {
        if (say.params[hole] === undefined) found.add(`${say.key} lacks {${hole}}: ${where}`)
      }
    }
  }
  return [...found]
}

const sentences = (env: ExplainEnv): string[] =>
  Array.from({ length: env.trace.length }, (_, i) => {
    const say = narrate(env, i)
    return english.text(`narration.${say.key}`, say.params)
  })

describe('the narration of scenes', () => {
  it('has a sentence for every step of a ping through a tunnel, cold and warm', () => {
    const s = flannelScene()
    s.ping('p1a', '10.244.2.2')
    s.settle()
    s.ping('p1a', '10.244.2.2', { seq: 2 })
    s.settle()
    const env = explainEnv(s)
    expect(complaints(env)).toEqual([])
    const told = sentences(env)
    expect(told).toContain('p1a asks everybody on eth0: who has 10.244.1.1?')
    expect(told).toContain('n1 sends packets for 10.244.2.2 to 10.244.2.0 through flannel.1 (route 10.244.2.0/24).')
    expect(told).toContain('n1 wraps the frame in VXLAN (VNI 1) and addresses it to 192.168.56.12: 50 bytes more.')
    expect(told).toContain('n2 unwraps the frame that 192.168.56.11 has sent in VXLAN (VNI 1).')
    expect(told).toContain('p2a is pinged by 10.244.1.2 and answers.')
  })

  it('names rule, chain and object of a translated destination', () => {
    const s = flannelScene()
    expect(restore(s.kernel, s.ns('n1'), SERVICE_RULES).ok).toBe(true)
    for (const [i, dport] of [80, 80, 81].entries()) {
      s.kernel.send({
        netns: s.ns('p1a'),
        src: 0,
        dst: ipv4('10.96.0.10'),
        proto: 6,
        payload: tcp(40000 + i, dport, 2),
        origin: 0,
      })
      s.settle()
    }
    const env = explainEnv(s)
    expect(complaints(env)).toEqual([])
    const told = sentences(env)
    expect(told).toContain('n1 rewrites the destination: 10.96.0.10:80 → 10.244.1.3:8080 (rule 2 of KUBE-SEP-A).')
    expect(told.some((text) => /^Rule 1 of KUBE-SERVICES does not match: .*--dport 80\.$/.test(text))).toBe(true)
  })

  it('tells why packets end', () => {
    const s = new Scene()
    s.network('rack', '10.0.0.0/24')
    s.host('a')
    s.host('b', true)
    s.nic('a', 'eth0', 'rack', '10.0.0.1/24')
    s.nic('b', 'eth0', 'rack', '10.0.0.2/24')
    s.route('a', 'default', '10.0.0.2')
    setSysctl(s.kernel, s.ns('b'), 'net.ipv4.conf.eth0.rp_filter', '1')
    s.ping('a', '10.0.0.9')
    s.ping('a', '192.0.2.1')
    s.ping('a', '10.0.0.2', { ttl: 1, size: 2000, df: false })
    s.ping('a', '198.51.100.7', { ttl: 1 })
    s.kernel.send({ netns: s.ns('a'), src: 0, dst: ipv4('10.0.0.2'), proto: 17, payload: udp(1, 9), origin: 0 })
    s.settle()
    const env = explainEnv(s)
    expect(complaints(env)).toEqual([])
    const told = sentences(env)
    expect(told).toContain('b drops the packet: it has no route to 192.0.2.1.')
    expect(told).toContain('a drops the packet: nobody answered for 10.0.0.9.')
    expect(told).toContain('b tells 10.0.0.1: no route to 192.0.2.1.')
    expect(told).toContain('b drops the packet: nobody waits for it (UDP 9).')
  })
})

const tcp = (sport: number, dport: number, flags: number): IpPayload => ({
  l: 'tcp',
  sport,
  dport,
  seq: 1,
  ack: 0,
  flags,
  window: 64240,
  options: {},
  payload: { l: 'data', data: '' },
})
const udp = (sport: number, dport: number): IpPayload => ({ l: 'udp', sport, dport, payload: { l: 'data', data: 'x' } })

type Combination = readonly [point: Point, verdict: Verdict, detail: object | null, drop?: DropReason]

/** One of each that the packet path, sockets, processes, the fabric, the API server and agents can record. */
function everything(): Combination[] {
  const rule = (target: Target | null) => ({
    d: 'rule',
    table: 'nat',
    chain: 'X',
    num: 1,
    rule: { id: 1, text: '', matches: [] as Match[], target, subject: [], cause: 0 },
  })
  const range = { minIp: 1, maxIp: 1, minPort: 80, maxPort: 80, random: false, randomFully: false, persistent: false }
  const targets: (Target | null)[] = [
    null,
    { t: 'ACCEPT' },
    { t: 'DROP' },
    { t: 'RETURN' },
    { t: 'TRACE' },
    { t: 'jump', chain: 'Y' },
    { t: 'goto', chain: 'Y' },
    { t: 'MARK', value: 1, mask: 1 },
    { t: 'CONNMARK', op: 'save', nfmask: 1, ctmask: 1 },
    { t: 'DNAT', range },
    { t: 'SNAT', range },
    { t: 'MASQUERADE', range },
    { t: 'REDIRECT', range },
    { t: 'NETMAP', to: { addr: 0, len: 24 } },
    { t: 'REJECT', with: 'tcp-reset' },
    { t: 'LOG', level: 4, prefix: '', flags: 0 },
    { t: 'CT', name: 'CT', notrack: true, zone: null },
    { t: 'CT', name: 'CT', notrack: false, zone: 1 },
    { t: 'TCPMSS', mss: 'clamp' },
    { t: 'TEE', gateway: 1 },
    { t: 'NFLOG', group: 1, prefix: '' },
    { t: 'NFQUEUE', num: 1, bypass: false },
    { t: 'TPROXY', ip: 1, port: 1, value: 1, mask: 1 },
    { t: 'unknown', name: 'X', text: '-j X' },
  ]
  const route = (type: 'unicast' | 'local' | 'broadcast' | 'blackhole', via = 0) => ({
    d: 'route',
    rulePref: 0,
    route: routeRow({ netns: 1, dst: 0, len: 0, type, via }),
  })
  const tuple: Tuple = { proto: 6, src: 1, dst: 2, sport: 3, dport: 4 }
  const ct = (info: string) => ({ d: 'conntrack', id: 1, info, orig: tuple, reply: tuple, tcp: null })
  const nat = (manip: 'src' | 'dst') => ({ d: 'nat', manip, from: 1, fromPort: 2, to: 3, toPort: 4, id: 9 })
  const fdb = (local: boolean) => ({
    d: 'fdb',
    row: { table: 1, mac: 2, port: 3, dst: 0, state: 'learned', local, updated: 0 },
  })
  const neigh = (state: string) => ({ d: 'neigh', ip: 1, mac: 2, state, dev: 1 })
  const arp = (what: (PathDetail & { d: 'arp' })['what']) => ({ d: 'arp', what, ip: 1 })
  const noted = (code: NoteCode, value?: string) => ({ d: 'note', code, value })
  const s = { socket: 1, pid: 0 }
  const tproxied = (found: (PathDetail & { d: 'tproxy' })['found']) => ({
    d: 'tproxy',
    found,
    proto: 'tcp',
    addr: 1,
    port: 2,
    ...s,
  })
  const vxlan = { d: 'vxlan', vni: 1, remote: 2, overhead: 50, dev: 1 }
  const mtu = { d: 'mtu', mtu: 1400, length: 1500 }
  const frag = { d: 'fragment', index: 0, count: 2, mtu: 1400 }
  const why: SendReason[] = [
    'syn',
    'syn-ack',
    'ack',
    'delayed-ack',
    'duplicate-ack',
    'challenge-ack',
    'window-update',
    'data',
    'fin',
    'rst',
    'retransmit',
    'window-probe',
    'datagram',
    'echo',
  ]
  const refused: TcpRefusal[] = [
    'no-listener',
    'unacceptable-ack',
    'outside-window',
    'syn-in-connection',
    'rst-not-exact',
    'no-ack',
    'backlog-full',
    'after-close',
    'old-data',
  ]
  const socket: [Point, Verdict, SocketDetail, DropReason?][] = [
    ['tcp', 'lookup', { d: 'socket-lookup', proto: 'tcp', found: 'connected', ...s, addr: 1, port: 2 }],
    ['udp', 'lookup', { d: 'socket-lookup', proto: 'udp', found: 'bound', ...s, addr: 1, port: 2 }],
    ['udp', 'lookup', { d: 'socket-lookup', proto: 'udp', found: 'wildcard', ...s, addr: 1, port: 2 }],
    ['tcp', 'lookup', { d: 'socket-lookup', proto: 'tcp', found: 'assigned', ...s, addr: 1, port: 2 }],
    ['udp', 'drop', { d: 'socket-lookup', proto: 'udp', found: 'none', ...s, addr: 1, port: 2 }, 'NO_SOCKET'],
    ['socket.recv', 'deliver', { d: 'socket-deliver', ...s, bytes: 2 }],
    ['app', 'create', { d: 'socket-bind', proto: 'tcp', ...s, addr: 1, port: 2, listen: true }],
    ['app', 'create', { d: 'socket-bind', proto: 'udp', ...s, addr: 1, port: 2, listen: false }],
    ['icmp', 'deliver', { d: 'socket-error', socket: 1, type: 3, code: 3, errno: 'ECONNREFUSED', hard: true }],
    ['icmp', 'deliver', { d: 'socket-error', socket: 1, type: 11, code: 0, errno: null, hard: false }],
    ['tcp', 'accept', { d: 'tcp-ack', socket: 1, acked: 1, flight: 2, cwnd: 3 }],
    ['tcp', 'accept', { d: 'tcp-dup-ack', socket: 1, count: 1 }],
    ['tcp', 'queue', { d: 'tcp-out-of-order', socket: 1, ahead: 1, bytes: 2 }],
    ['tcp', 'send', { d: 'tcp-retransmit', socket: 1, attempt: 1, next: 2, fast: false }],
    ['tcp', 'send', { d: 'tcp-retransmit', socket: 1, attempt: 1, next: 2, fast: true }],
    ['tcp', 'send', { d: 'tcp-window-probe', socket: 1, attempt: 1 }],
    ['tcp', 'delete', { d: 'tcp-timeout', socket: 1, errno: 'ETIMEDOUT' }],
    ['tcp', 'accept', { d: 'tcp-reset', socket: 1, errno: 'ECONNRESET' }],
    ['tcp', 'delete', { d: 'tcp-reset', socket: 1, errno: 'ECONNRESET' }],
    ['tcp', 'update', { d: 'tcp-mss', socket: 1, from: 1460, to: 1400, mtu: 1440 }],
    ...(
      [
        'LISTEN',
        'SYN-SENT',
        'SYN-RECV',
        'ESTAB',
        'FIN-WAIT-1',
        'FIN-WAIT-2',
        'CLOSE-WAIT',
        'CLOSING',
        'LAST-ACK',
        'TIME-WAIT',
        'CLOSED',
      ] as const
    ).map((to): [Point, Verdict, SocketDetail] => ['tcp', 'update', { d: 'tcp-state', socket: 1, from: 'ESTAB', to }]),
    ...why.map((each): [Point, Verdict, SocketDetail] => [
      'socket.send',
      'create',
      { d: 'socket-send', proto: 'tcp', ...s, why: each },
    ]),
    ...refused.map((each): [Point, Verdict, SocketDetail, DropReason] => [
      'tcp',
      'drop',
      { d: 'tcp-refused', socket: 1, why: each, answer: 'none' },
      'TCP_FLAGS',
    ]),
  ]
  return [
    ...targets.map((target): Combination => ['nf.FORWARD', 'match', rule(target)]),
    ['nf.POSTROUTING', 'drop', rule({ t: 'MASQUERADE', range }), 'NETFILTER_DROP'],
    ['nf.INPUT', 'miss', { ...rule(null), d: 'miss', term: '-p tcp' }],
    ['nf.INPUT', 'policy', { d: 'policy', table: 'filter', chain: 'INPUT', policy: 'ACCEPT' }],
    ['nf.INPUT', 'drop', { d: 'policy', table: 'filter', chain: 'INPUT', policy: 'DROP' }, 'NETFILTER_DROP'],
    ['nf.INPUT', 'return', { d: 'chain-end', table: 'filter', chain: 'X' }],
    ['nf.INPUT', 'continue', noted('unmodelled-target', 'X')],
    ...(['connected', 'listener'] as const).map((found): Combination => ['nf.PREROUTING', 'lookup', tproxied(found)]),
    ...(['not-transparent', 'none'] as const).map((found): Combination => [
      'nf.PREROUTING',
      'drop',
      tproxied(found),
      'NETFILTER_DROP',
    ]),
    ['ip.forward', 'drop', noted('has-socket'), 'NOT_SPECIFIED'],
    ['nf.INPUT', 'continue', noted('unmodelled-match', 'X')],
    ...(['NEW', 'ESTABLISHED', 'RELATED'] as const).map((info): Combination => ['conntrack', 'lookup', ct(info)]),
    ['conntrack', 'create', ct('NEW')],
    ['conntrack', 'confirm', ct('NEW')],
    ['conntrack', 'drop', ct('insert_failed'), 'NETFILTER_DROP'],
    ['conntrack', 'drop', noted('table-full'), 'NETFILTER_DROP'],
    ...['flags', 'state', 'seq-over', 'ack-over', 'reset', 'icmp', 'no-request', 'fragment', 'other'].map(
      (why): Combination => ['conntrack', 'lookup', noted('untracked', why)],
    ),
    ['conntrack', 'lookup', noted('untracked', 'untracked')],
    ['nat', 'rewrite', nat('src')],
    ['nat', 'rewrite', nat('dst')],
    ...(['unicast', 'local', 'broadcast', 'blackhole'] as const).map((type): Combination => [
      'route.input',
      'lookup',
      route(type),
    ]),
    ['route.output', 'lookup', route('local')],
    ['route.output', 'lookup', route('unicast', 7)],
    ['bridge.nf', 'lookup', route('unicast', 7)],
    ['route.input', 'drop', route('blackhole'), 'IP_INNOROUTES'],
    ['route.input', 'drop', { d: 'no-route', dst: 1 }, 'IP_INNOROUTES'],
    ['route.input', 'drop', { d: 'no-route', dst: 1 }, 'IP_INADDRERRORS'],
    ['route.output', 'drop', { d: 'no-route', dst: 1 }, 'IP_OUTNOROUTES'],
    ['vxlan.xmit', 'drop', { d: 'no-route', dst: 1 }, 'IP_OUTNOROUTES'],
    ['route.input', 'drop', { d: 'rpfilter', src: 1, mode: 1 }, 'IP_RPFILTER'],
    ['route.input', 'drop', noted('martian-source'), 'IP_INVALID_SOURCE'],
    ['route.input', 'drop', noted('martian-destination'), 'IP_INVALID_DEST'],
    ['route.input', 'drop', noted('forwarding-off', 'eth0'), 'IP_INADDRERRORS'],
    ['route.output', 'drop', noted('device-down'), 'DEV_READY'],
    ['neigh', 'lookup', neigh('REACHABLE')],
    ['neigh', 'lookup', neigh('PERMANENT')],
    ['neigh', 'queue', neigh('INCOMPLETE')],
    ['neigh', 'release', neigh('REACHABLE')],
    ['neigh', 'drop', arp('failed'), 'NEIGH_FAILED'],
    ['neigh', 'drop', null, 'NEIGH_QUEUEFULL'],
    ['neigh', 'drop', null, 'NEIGH_DEAD'],
    ['arp', 'create', arp('who-has')],
    ['arp', 'create', arp('answer')],
    ...(['answer', 'proxy', 'learned', 'updated', 'ignored'] as const).map((what): Combination => [
      'arp',
      'deliver',
      arp(what),
    ]),
    ['arp', 'drop', arp('ignored'), 'ARP_IGNORED'],
    ['arp', 'drop', noted('other-host'), 'OTHERHOST'],
    ['arp', 'drop', null, 'NOT_SPECIFIED'],
    ['arp', 'drop', null, 'IP_INVALID_DEST'],
    ['bridge.fdb', 'learn', { d: 'learn', mac: 1, port: 'veth0', moved: false }],
    ['bridge.fdb', 'learn', { d: 'learn', mac: 1, port: 'veth0', moved: true }],
    ['bridge.fdb', 'lookup', noted('local-address', 'cni0')],
    ['bridge.fdb', 'lookup', fdb(true)],
    ['bridge.fdb', 'lookup', fdb(false)],
    ['bridge.fdb', 'flood', { d: 'fdb-miss', mac: 1, ports: 2 }],
    ['bridge.fdb', 'flood', { d: 'fdb-miss', mac: mac('ff:ff:ff:ff:ff:ff'), ports: 1 }],
    ['bridge.forward', 'forward', noted('local-address', 'veth1')],
    ['bridge.forward', 'drop', noted('hairpin-off', 'veth1'), 'NOT_SPECIFIED'],
    ['bridge.forward', 'drop', null, 'NOT_SPECIFIED'],
    ['bridge.forward', 'drop', null, 'HOPSCOPE_NO_OTHER_PORT'],
    ['bridge.nf', 'rewrite', noted('local-address', 'cni0')],
    ['bridge.nf', 'rewrite', noted('bridged-dnat')],
    ['bridge.nf', 'drop', noted('peer-gone'), 'DEV_READY'],
    ['bridge.input', 'drop', null, 'MAC_INVALID_SOURCE'],
    ['bridge.input', 'drop', null, 'MAC_IEEE_MAC_CONTROL'],
    ['bridge.input', 'drop', null, 'BRIDGE_INGRESS_STP_STATE'],
    ['vxlan.xmit', 'lookup', fdb(false)],
    ['vxlan.xmit', 'drop', { d: 'fdb-miss', mac: 1, ports: 0 }, 'VXLAN_NO_REMOTE'],
    ['vxlan.xmit', 'encapsulate', vxlan],
    ['vxlan.recv', 'decapsulate', vxlan],
    ['vxlan.recv', 'drop', null, 'VXLAN_INVALID_HDR'],
    ['vxlan.recv', 'drop', null, 'LOCAL_MAC'],
    ['vxlan.recv', 'drop', noted('no-vni', '2'), 'VXLAN_VNI_NOT_FOUND'],
    ...(['ipip', 'gre', 'gretap', 'geneve'] as const).flatMap((kind): Combination[] => {
      const detail = { d: 'tunnel', kind, remote: 1, overhead: 20, dev: 0, label: '' } as const
      return [
        ['tunnel.xmit', 'encapsulate', detail],
        ['tunnel.recv', 'decapsulate', detail],
      ]
    }),
    ...(['initiation', 'response', 'data', 'keepalive'] as const).flatMap((what): Combination[] => {
      const detail = { d: 'wireguard', what, peer: 'AAcOFRwjKjE4', remote: 1, port: 51820, dev: 0 } as const
      return [
        ['tunnel.xmit', 'create', detail],
        ['tunnel.recv', 'deliver', detail],
      ]
    }),
    ...(
      [
        'tag',
        'tagged',
        'mac',
        'ip',
        'passthru',
        'group',
        'sibling',
        'wire',
        'past-parent',
        'own-mac',
        'routed',
      ] as const
    ).map((why): Combination => ['macvlan', 'forward', { d: 'handed', to: 'c0', dev: 0, why }]),
    ['tun', 'deliver', noted('to-process', 'tun0')],
    ...(
      [
        'no-remote',
        'no-tunnel',
        'tunnel-loop',
        'private',
        'no-process',
        'no-peer',
        'no-endpoint',
        'wg-message',
        'wg-key',
        'wg-session',
        'wg-source',
        'wg-silent',
      ] as const
    ).map((code): Combination => ['tunnel.xmit', 'drop', noted(code, 'wg0'), 'NOT_SPECIFIED']),
    ['dev.xmit', 'send', null],
    ['dev.recv', 'receive', null],
    ['dev.xmit', 'drop', noted('device-down'), 'DEV_READY'],
    ['dev.xmit', 'drop', noted('peer-gone'), 'DEV_READY'],
    ['dev.xmit', 'drop', noted('hop-limit'), 'HOPSCOPE_HOP_LIMIT'],
    ['dev.xmit', 'drop', null, 'NOT_SPECIFIED'],
    ['dev.recv', 'drop', noted('hop-limit'), 'HOPSCOPE_HOP_LIMIT'],
    ['dev.recv', 'drop', null, 'HOPSCOPE_NETNS_GONE'],
    ['dev.recv', 'drop', null, 'UNHANDLED_PROTO'],
    ['switch', 'forward', null],
    ['switch', 'flood', null],
    ...(
      ['HOPSCOPE_LINK_LOSS', 'PKT_TOO_BIG', 'HOPSCOPE_NO_CARRIER', 'HOPSCOPE_NO_OTHER_PORT', 'UNHANDLED_PROTO'] as const
    ).map((reason): Combination => ['wire', 'drop', null, reason]),
    ['ip.rcv', 'drop', noted('other-host'), 'OTHERHOST'],
    ['ip.forward', 'rewrite', { d: 'ttl', ttl: 63 }],
    ['ip.forward', 'drop', { d: 'ttl', ttl: 1 }, 'IP_INHDR'],
    ['ip.forward', 'drop', mtu, 'PKT_TOO_BIG'],
    ['ip.forward', 'drop', null, 'UNICAST_IN_L2_MULTICAST'],
    ['ip.forward', 'drop', noted('device-down'), 'DEV_READY'],
    ['ip.output', 'drop', mtu, 'PKT_TOO_BIG'],
    ['ip.local', 'deliver', null],
    ['ip.local', 'drop', null, 'IP_NOPROTO'],
    ['ip.frag', 'fragment', frag],
    ['ip.frag', 'queue', frag],
    ['ip.frag', 'reassemble', frag],
    ['ip.frag', 'drop', null, 'FRAG_REASM_TIMEOUT'],
    ['ip.frag', 'drop', null, 'DUP_FRAG'],
    ['ip.frag', 'drop', noted('overlapping-pieces'), 'NOT_SPECIFIED'],
    ['icmp', 'deliver', { d: 'icmp', type: 8, code: 0, to: 1 }],
    ...[
      [3, 0],
      [3, 1],
      [3, 2],
      [3, 3],
      [3, 4],
      [3, 13],
      [11, 0],
      [11, 1],
      [5, 1],
      [12, 0],
    ].map(([type, code]): Combination => ['icmp', 'deliver', { d: 'icmp', type, code, to: 1 }]),
    ['icmp', 'drop', noted('no-listener'), 'NO_SOCKET'],
    ['icmp', 'drop', null, 'NOT_SPECIFIED'],
    ['icmp', 'drop', null, 'PKT_TOO_SMALL'],
    ['tcp', 'drop', noted('no-listener'), 'NO_SOCKET'],
    ['udp', 'drop', noted('no-listener'), 'NO_SOCKET'],
    ['socket.send', 'create', null],
    ...socket,
    ['app', 'start', { d: 'process', pid: 1, root: 1, program: 'curl', argv: ['curl', 'web'], code: -1 }],
    ['app', 'exit', { d: 'process', pid: 1, root: 1, program: 'curl', argv: ['curl', 'web'], code: 0 }],
    ['app', 'exit', { d: 'process', pid: 1, root: 1, program: 'curl', argv: ['curl', 'web'], code: 7 }],
    ['app', 'continue', { d: 'output', pid: 1, root: 1, fd: 1, text: 'hello\n' }],
    ...(['caught', 'ignored', 'ended'] as const).map((effect): Combination => [
      'app',
      'receive',
      { d: 'signal', pid: 1, signal: 'TERM', effect },
    ]),
    ...(['create', 'update', 'delete'] as const).map((verb): Combination => [
      'api',
      verb,
      { d: 'api', verb, ref: 'Pod/default/web', actor: 'you', resourceVersion: '3' },
    ]),
    [
      'api',
      'update',
      {
        d: 'api',
        verb: 'update',
        ref: 'Pod/default/web',
        actor: 'kubelet@n1',
        resourceVersion: '3',
        subresource: 'status',
      },
    ],
    ['agent', 'update', { d: 'agent', actor: 'flanneld@n1', verb: 'sync', ref: 'Node/n2', text: 'ip route replace …' }],
    ['agent', 'update', { d: 'agent', actor: 'flanneld@n1', verb: 'start', ref: '', text: 'ip link add flannel.1' }],
  ]
}

/** Frames of every protocol, so that sentences that look into the packet have met it. */
function frames(): Frame[] {
  const ip = (payload: IpPayload, proto: number): Frame => ({
    l: 'eth',
    src: 1,
    dst: 2,
    type: 0x800,
    payload: { l: 'ipv4', src: 1, dst: 2, ttl: 64, proto, id: 0, tos: 0, df: false, mf: false, frag: 0, payload },
  })
  const dns = (qr: boolean, rcode: number, address: boolean): IpPayload => ({
    l: 'udp',
    sport: 53,
    dport: 53,
    payload: {
      l: 'dns',
      id: 1,
      qr,
      opcode: 0,
      aa: false,
      tc: false,
      rd: true,
      ra: true,
      rcode,
      questions: [{ name: 'web.default.svc.cluster.local.', type: 1, class: 1 }],
      answers: address ? [{ name: 'web.', class: 1, ttl: 5, type: 'A', address: 5 }] : [],
      authority: [],
      additional: [],
    },
  })
  const icmp = (type: number, code = 0): IpPayload => ({
    l: 'icmp',
    type,
    code,
    rest: 0,
    payload: { l: 'data', data: '' },
  })
  return [
    ip(tcp(1, 2, 4), 6),
    ip(udp(1, 2), 17),
    ip(icmp(0), 1),
    ip(icmp(8), 1),
    ip(icmp(3, 3), 1),
    ip(icmp(11), 1),
    ip(icmp(12), 1),
    ip(dns(false, 0, false), 17),
    ip(dns(true, 0, true), 17),
    ip(dns(true, 0, false), 17),
    ip(dns(true, 3, false), 17),
    ip({ l: 'data', data: '' }, 50),
    ip({ ...(tcp(1, 80, 24) as IpPayload & { l: 'tcp' }), payload: { l: 'data', data: 'GET / HTTP/1.1\r\n\r\n' } }, 6),
    {
      l: 'eth',
      src: 1,
      dst: mac('ff:ff:ff:ff:ff:ff'),
      type: 0x806,
      payload: { l: 'arp', op: 1, sha: 1, spa: 2, tha: 0, tpa: 3 },
    },
  ]
}

describe('the narration of everything that can be recorded', () => {
  it('has a sentence with all its parameters', () => {
    for (const frame of frames()) {
      const s = flannelScene()
      const { trace } = s
      const id = trace.packet(0, 0)
      const state = trace.frame(frame, id)
      const silent = new Set<Point>(['app', 'api', 'agent'])
      for (const [point, verdict, detail, drop] of everything()) {
        const packet = silent.has(point) ? 0 : id
        const link = s.link('n1', 'cni0')
        trace.add(0, packet, state, s.ns('n1'), link, point, verdict, detail, drop ?? 'NONE')
      }
      expect(complaints(explainEnv(s))).toEqual([])
    }
  })

  it('knows every kind of device', () => {
    const s = flannelScene()
    s.ping('n1', '127.0.0.1')
    s.settle()
    expect(complaints(explainEnv(s))).toEqual([])
    for (const kind of ['ether', 'veth', 'loopback', 'bridge', 'vxlan', 'dummy'])
      for (const key of [`dev-xmit-${kind}`, `dev-recv-${kind}`]) expect(texts, key).toHaveProperty(key)
  })

  it('explains every drop reason', () => {
    for (const reason of DROP_REASONS) expect(texts, reason).toHaveProperty(`why-${reason}`)
  })

  it('names the object of every kind of rule', () => {
    const keys = Object.keys(texts).filter(
      (key) => key.startsWith('rule-') && key !== 'rule-miss' && !key.endsWith('-for'),
    )
    for (const key of keys) expect(texts, key).toHaveProperty(`${key}-for`)
  })
})
