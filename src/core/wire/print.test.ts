import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ipv4 } from '../base/ipv4.ts'
import { mac } from '../base/mac.ts'
import { MS, SEC } from '../base/time.ts'
import { ethernetArb, ipArb } from '../testkit/wire-arbitraries.ts'
import { DNS_TYPE, TCP_FLAG } from './constants.ts'
import { emitFrame, emitIpPayload } from './emit.ts'
import { layersOf } from './layers.ts'
import { writePcapng } from './pcapng.ts'
import { clockText, newTcpdumpSession, tcpdumpLine } from './print.ts'
import {
  type Dns,
  type DnsRecord,
  type Ethernet,
  type Frame,
  type Icmp,
  type IpPayload,
  type Ipv4Packet,
  type Layer,
  type Tcp,
  NO_DATA,
} from './types.ts'

const PROTO: Partial<Record<Layer['l'], number>> = { icmp: 1, ipv4: 4, tcp: 6, udp: 17, gre: 47 }

function ip(src: string, dst: string, payload: IpPayload, more: Partial<Ipv4Packet> = {}): Ipv4Packet {
  const proto = PROTO[payload.l] ?? 0
  const head = { id: 1, tos: 0, ttl: 64, df: true, mf: false, frag: 0 }
  return { l: 'ipv4', src: ipv4(src), dst: ipv4(dst), ...head, proto, payload, ...more }
}

function eth(
  src: string,
  dst: string,
  payload: Ethernet['payload'],
  type = payload.l === 'arp' ? 0x806 : 0x800,
): Ethernet {
  return { l: 'eth', src: mac(src), dst: mac(dst), type, payload }
}

const echo = (type: number, id: number, seq: number): Icmp => ({
  l: 'icmp',
  type,
  code: 0,
  rest: id * 65536 + seq,
  payload: { l: 'data', data: '\x2a'.repeat(56) },
})

const icmpError = (type: number, code: number, quote: Ipv4Packet, rest = 0): Icmp => ({
  l: 'icmp',
  type,
  code,
  rest,
  payload: quote,
})
const data = (text: string): { l: 'data'; data: string } => ({ l: 'data', data: text })
const udp = (sport: number, dport: number, text: string): IpPayload => ({ l: 'udp', sport, dport, payload: data(text) })
const A = '62:99:c9:28:48:e0'
const B = '0a:58:0a:f4:01:01'

/** Lines of tcpdump 4.99.3 captured on Linux 6.18 in network namespaces (time stamps left out). */
describe('lines captured from the real tool', () => {
  it('ARP and ping, with and without link-level headers', () => {
    const request = eth(A, 'ff:ff:ff:ff:ff:ff', {
      l: 'arp',
      op: 1,
      sha: mac(A),
      spa: ipv4('10.244.1.2'),
      tha: 0,
      tpa: ipv4('10.244.1.1'),
    })
    const reply = eth(B, A, {
      l: 'arp',
      op: 2,
      sha: mac(B),
      spa: ipv4('10.244.1.1'),
      tha: mac(A),
      tpa: ipv4('10.244.1.2'),
    })
    const ping = eth(A, B, ip('10.244.1.2', '10.244.2.2', echo(8, 25196, 1)))
    expect(tcpdumpLine(request)).toBe('ARP, Request who-has 10.244.1.1 tell 10.244.1.2, length 28')
    expect(tcpdumpLine(reply)).toBe('ARP, Reply 10.244.1.1 is-at 0a:58:0a:f4:01:01, length 28')
    expect(tcpdumpLine(ping)).toBe('IP 10.244.1.2 > 10.244.2.2: ICMP echo request, id 25196, seq 1, length 64')
    expect([request, reply, ping].map((frame) => tcpdumpLine(frame, { ethernet: true }))).toEqual([
      '62:99:c9:28:48:e0 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.244.1.1 tell 10.244.1.2, length 28',
      '0a:58:0a:f4:01:01 > 62:99:c9:28:48:e0, ethertype ARP (0x0806), length 42: Reply 10.244.1.1 is-at 0a:58:0a:f4:01:01, length 28',
      '62:99:c9:28:48:e0 > 0a:58:0a:f4:01:01, ethertype IPv4 (0x0800), length 98: 10.244.1.2 > 10.244.2.2: ICMP echo request, id 25196, seq 1, length 64',
    ])
  })

  it('VXLAN on its own port, and taken for OTV on the Linux port', () => {
    const inner = eth('66:00:00:00:00:01', '66:00:00:00:00:02', ip('10.0.1.2', '10.0.2.2', echo(8, 28300, 1)))
    const tunnel = (dport: number, vni: number): Frame =>
      eth('52:76:39:f3:e7:2f', '8a:e1:22:6b:09:3d', {
        ...ip('172.16.1.2', '172.16.2.2', {
          l: 'udp',
          sport: 45842,
          dport,
          payload: { l: 'vxlan', vni, payload: inner },
        }),
      })
    expect(tcpdumpLine(tunnel(4789, 4096), { ethernet: true })).toBe(
      '52:76:39:f3:e7:2f > 8a:e1:22:6b:09:3d, ethertype IPv4 (0x0800), length 148: 172.16.1.2.45842 > 172.16.2.2.4789: VXLAN, flags [I] (0x08), vni 4096\n' +
        '66:00:00:00:00:01 > 66:00:00:00:00:02, ethertype IPv4 (0x0800), length 98: 10.0.1.2 > 10.0.2.2: ICMP echo request, id 28300, seq 1, length 64',
    )
    expect(tcpdumpLine(tunnel(8472, 1))).toBe(
      'IP 172.16.1.2.45842 > 172.16.2.2.8472: OTV, flags [I] (0x08), overlay 0, instance 1\n' +
        'IP 10.0.1.2 > 10.0.2.2: ICMP echo request, id 28300, seq 1, length 64',
    )
  })

  it('a web request with relative sequence numbers', () => {
    const session = newTcpdumpSession()
    expect(conversation().map((frame) => tcpdumpLine(frame, { session }))).toEqual([
      'IP 192.168.50.1.45176 > 172.17.0.2.80: Flags [S], seq 594957691, win 64240, options [mss 1460,sackOK,TS val 2528716292 ecr 0,nop,wscale 10], length 0',
      'IP 172.17.0.2.80 > 192.168.50.1.45176: Flags [S.], seq 3735354610, ack 594957692, win 65160, options [mss 1460,sackOK,TS val 4194201301 ecr 2528716292,nop,wscale 10], length 0',
      'IP 192.168.50.1.45176 > 172.17.0.2.80: Flags [.], ack 1, win 63, options [nop,nop,TS val 2528716292 ecr 4194201301], length 0',
      'IP 192.168.50.1.45176 > 172.17.0.2.80: Flags [P.], seq 1:83, ack 1, win 63, options [nop,nop,TS val 2528716293 ecr 4194201301], length 82: HTTP: GET / HTTP/1.1',
      'IP 172.17.0.2.80 > 192.168.50.1.45176: Flags [.], ack 83, win 64, options [nop,nop,TS val 4194201302 ecr 2528716293], length 0',
      'IP 172.17.0.2.80 > 192.168.50.1.45176: Flags [P.], seq 1:156, ack 83, win 64, options [nop,nop,TS val 4194201302 ecr 2528716293], length 155: HTTP: HTTP/1.0 200 OK',
      'IP 172.17.0.2.80 > 192.168.50.1.45176: Flags [P.], seq 156:725, ack 83, win 64, options [nop,nop,TS val 4194201302 ecr 2528716293], length 569: HTTP',
      'IP 192.168.50.1.45176 > 172.17.0.2.80: Flags [F.], seq 83, ack 725, win 63, options [nop,nop,TS val 2528716293 ecr 4194201302], length 0',
    ])
  })
})

function conversation(): Frame[] {
  const [isn, peer] = [594957691, 3735354610]
  const segment = (mine: boolean, flags: number, more: Partial<Tcp>): Frame =>
    ip(mine ? '192.168.50.1' : '172.17.0.2', mine ? '172.17.0.2' : '192.168.50.1', {
      l: 'tcp',
      sport: mine ? 45176 : 80,
      dport: mine ? 80 : 45176,
      seq: isn,
      ack: 0,
      flags,
      window: 63,
      options: {},
      payload: NO_DATA,
      ...more,
    })
  const { syn, ack, psh, fin } = TCP_FLAG
  const [t0, t1, u1, u2] = [2528716292, 2528716293, 4194201301, 4194201302]
  const open = { mss: 1460, sackOk: true, wscale: 10 }
  const get = 'GET / HTTP/1.1\r\nHost: x\r\n'
  const answer = 'HTTP/1.0 200 OK\r\n'
  return [
    segment(true, syn, { window: 64240, options: { ...open, ts: [t0, 0] } }),
    segment(false, syn | ack, { seq: peer, ack: isn + 1, window: 65160, options: { ...open, ts: [u1, t0] } }),
    segment(true, ack, { seq: isn + 1, ack: peer + 1, options: { ts: [t0, u1] } }),
    segment(true, psh | ack, {
      seq: isn + 1,
      ack: peer + 1,
      options: { ts: [t1, u1] },
      payload: data(get.padEnd(82, 'x')),
    }),
    segment(false, ack, { seq: peer + 1, ack: isn + 83, window: 64, options: { ts: [u2, t1] } }),
    segment(false, psh | ack, {
      seq: peer + 1,
      ack: isn + 83,
      window: 64,
      options: { ts: [u2, t1] },
      payload: data(answer.padEnd(155, 'x')),
    }),
    segment(false, psh | ack, {
      seq: peer + 156,
      ack: isn + 83,
      window: 64,
      options: { ts: [u2, t1] },
      payload: data('<'.repeat(569)),
    }),
    segment(true, fin | ack, { seq: isn + 83, ack: peer + 725, options: { ts: [t1, u2] } }),
  ]
}

const question = (name: string, type = 1): Dns['questions'][number] => ({ name, type, class: 1 })
const dns = (more: Partial<Dns>): Dns => ({
  l: 'dns',
  id: 12345,
  qr: false,
  opcode: 0,
  aa: false,
  tc: false,
  rd: true,
  ra: false,
  rcode: 0,
  questions: [question('web.default.svc.cluster.local.')],
  answers: [],
  authority: [],
  additional: [],
  ...more,
})
const soa: DnsRecord = {
  type: 'SOA',
  name: 'cluster.local.',
  class: 1,
  ttl: 30,
  mname: 'ns.dns.cluster.local.',
  rname: 'hostmaster.cluster.local.',
  serial: 1,
  refresh: 7200,
  retry: 1800,
  expire: 86400,
  minimum: 30,
}
const answer: DnsRecord = {
  type: 'A',
  name: 'web.default.svc.cluster.local.',
  class: 1,
  ttl: 30,
  address: ipv4('10.96.0.1'),
}
const lookup = (message: Dns): Frame =>
  message.qr
    ? ip('10.96.0.10', '10.244.1.2', { l: 'udp', sport: 53, dport: 36012, payload: message })
    : ip('10.244.1.2', '10.96.0.10', { l: 'udp', sport: 36012, dport: 53, payload: message })

const HOST = 'IP 10.244.1.2.36012 > 10.96.0.10.53: '
const SERVER = 'IP 10.96.0.10.53 > 10.244.1.2.36012: '

/** Name, frame and the line the tool prints; the differential test below runs the tool on the same frames. */
const cases: readonly (readonly [string, Frame, string])[] = [
  ['query', lookup(dns({})), `${HOST}12345+ A? web.default.svc.cluster.local. (47)`],
  [
    'query with EDNS',
    lookup(
      dns({ ad: true, additional: [{ type: 'OPT', udpSize: 1232, extendedRcode: 0, version: 0, flags: 0, data: '' }] }),
    ),
    `${HOST}12345+ [1au] A? web.default.svc.cluster.local. (58)`,
  ],
  [
    'query with a cookie of which both halves are known',
    lookup(
      dns({
        additional: [
          {
            type: 'OPT',
            udpSize: 1232,
            extendedRcode: 0,
            version: 0,
            flags: 0,
            data: '\0\x0a\0\x10clientcoserverco',
          },
        ],
      }),
    ),
    `${HOST}12345+ [1au] A? web.default.svc.cluster.local. (78)`,
  ],
  ['answer', lookup(dns({ qr: true, aa: true, answers: [answer] })), `${SERVER}12345*- 1/0/0 A 10.96.0.1 (92)`],
  [
    'no such name',
    lookup(dns({ qr: true, aa: true, rcode: 3, authority: [soa] })),
    `${SERVER}12345 NXDomain*- 0/1/0 (140)`,
  ],
  ['no data at all', lookup(dns({ qr: true, ra: true })), `${SERVER}12345 0/0/0 (47)`],
  [
    'service record',
    lookup(
      dns({
        qr: true,
        ra: true,
        questions: [question('_http._tcp.web.', 33)],
        answers: [
          {
            type: 'SRV',
            name: '_http._tcp.web.',
            class: 1,
            ttl: 5,
            priority: 0,
            weight: 100,
            port: 80,
            target: 'web.',
          },
        ],
      }),
    ),
    `${SERVER}12345 1/0/0 SRV web.:80 0 100 (69)`,
  ],
  [
    'reverse lookup',
    lookup(
      dns({
        qr: true,
        ra: true,
        questions: [question('1.0.96.10.in-addr.arpa.', 12)],
        answers: [{ type: 'PTR', name: '1.0.96.10.in-addr.arpa.', class: 1, ttl: 5, target: 'web.default.' }],
      }),
    ),
    `${SERVER}12345 1/0/0 PTR web.default. (87)`,
  ],
  ['UDP', ip('10.0.0.1', '10.0.0.2', udp(4000, 5000, 'hello')), 'IP 10.0.0.1.4000 > 10.0.0.2.5000: UDP, length 5'],
  [
    'port unreachable',
    ip('10.0.2.2', '10.0.1.2', icmpError(3, 3, ip('10.0.1.2', '10.0.2.2', udp(40000, 33434, 'x'.repeat(32))))),
    'IP 10.0.2.2 > 10.0.1.2: ICMP 10.0.2.2 udp port 33434 unreachable, length 68',
  ],
  [
    'quote cut to 8 bytes',
    ip(
      '10.0.2.2',
      '10.0.1.2',
      icmpError(3, 3, ip('10.0.1.2', '10.0.2.2', data('\x9c\x40\x82\x9a\0\x28\0\0'), { proto: 17, totalLength: 60 })),
    ),
    'IP 10.0.2.2 > 10.0.1.2: ICMP 10.0.2.2 udp port 33434 unreachable, length 36',
  ],
  [
    'need to frag',
    ip('10.0.1.1', '10.0.1.2', icmpError(3, 4, ip('10.0.1.2', '10.0.2.2', echo(8, 1, 1)), 1400)),
    'IP 10.0.1.1 > 10.0.1.2: ICMP 10.0.2.2 unreachable - need to frag (mtu 1400), length 92',
  ],
  [
    'host unreachable',
    ip('10.0.1.1', '10.0.1.2', icmpError(3, 1, ip('10.0.1.2', '10.0.2.2', echo(8, 1, 1)))),
    'IP 10.0.1.1 > 10.0.1.2: ICMP host 10.0.2.2 unreachable, length 92',
  ],
  [
    'filtered',
    ip('10.0.1.1', '10.0.1.2', icmpError(3, 13, ip('10.0.1.2', '10.0.2.2', echo(8, 1, 1)))),
    'IP 10.0.1.1 > 10.0.1.2: ICMP host 10.0.2.2 unreachable - admin prohibited filter, length 92',
  ],
  [
    'time exceeded',
    ip('10.0.1.1', '10.0.1.2', icmpError(11, 0, ip('10.0.1.2', '10.0.2.2', echo(8, 1, 1), { ttl: 1 }))),
    'IP 10.0.1.1 > 10.0.1.2: ICMP time exceeded in-transit, length 92',
  ],
  [
    'redirect',
    ip('10.0.1.1', '10.0.1.2', icmpError(5, 1, ip('10.0.1.2', '10.0.2.2', echo(8, 1, 1)), ipv4('10.0.1.3'))),
    'IP 10.0.1.1 > 10.0.1.2: ICMP redirect 10.0.2.2 to host 10.0.1.3, length 92',
  ],
  [
    'IP in IP',
    ip('192.168.1.1', '192.168.1.2', ip('10.0.1.2', '10.0.2.2', echo(0, 7, 2))),
    'IP 192.168.1.1 > 192.168.1.2: IP 10.0.1.2 > 10.0.2.2: ICMP echo reply, id 7, seq 2, length 64',
  ],
  [
    'first fragment of a ping',
    ip('10.0.1.2', '10.0.2.2', data(emitIpPayload(ip('10.0.1.2', '10.0.2.2', echo(8, 7, 1))).slice(0, 48)), {
      proto: 1,
      mf: true,
    }),
    'IP 10.0.1.2 > 10.0.2.2: ICMP echo request, id 7, seq 1, length 48',
  ],
  [
    'later fragment',
    ip('10.0.1.2', '10.0.2.2', data('x'.repeat(40)), { proto: 17, frag: 185 }),
    'IP 10.0.1.2 > 10.0.2.2: ip-proto-17',
  ],
  [
    'first fragment of UDP',
    ip('10.0.1.2', '10.0.2.2', data(`\x0f\xa0\x13\x88\x0b\xc0\0\0${'x'.repeat(1472)}`), { proto: 17, mf: true }),
    'IP 10.0.1.2.4000 > 10.0.2.2.5000: UDP, length 3000',
  ],
  [
    'reset',
    ip('10.0.1.2', '10.0.2.2', {
      l: 'tcp',
      sport: 81,
      dport: 40000,
      seq: 0,
      ack: 77,
      flags: TCP_FLAG.rst | TCP_FLAG.ack,
      window: 0,
      options: {},
      payload: NO_DATA,
    }),
    'IP 10.0.1.2.81 > 10.0.2.2.40000: Flags [R.], seq 0, ack 77, win 0, length 0',
  ],
  [
    'DNS over TCP',
    ip('10.0.1.2', '10.0.2.2', {
      l: 'tcp',
      sport: 40000,
      dport: 53,
      seq: 1,
      ack: 1,
      flags: TCP_FLAG.psh | TCP_FLAG.ack,
      window: 64,
      options: {},
      payload: data(`\0\x15\x30\x39\x01\0\0\x01\0\0\0\0\0\0\x03web\0\0\x01\0\x01`),
    }),
    'IP 10.0.1.2.40000 > 10.0.2.2.53: Flags [P.], seq 1:24, ack 1, win 64, length 23 12345+ A? web. (21)',
  ],
]

describe('lines', () => {
  it.each(cases)('%s', (_, frame, line) => expect(tcpdumpLine(frame)).toBe(line))

  it('the clock is UTC of the lab and goes round at midnight', () => {
    expect(clockText(0)).toBe('00:00:00.000000')
    expect(clockText(1204318999)).toBe('00:00:01.204318')
    expect(clockText((86400 + 14 * 3600 + 35 * 60 + 28) * SEC + 777 * MS)).toBe('14:35:28.777000')
    expect(tcpdumpLine(cases[0]![1], { t: SEC })).toMatch(/^00:00:01\.000000 IP /)
  })
})

const tool = spawnSync('tcpdump', ['--version'], { encoding: 'utf8' })
// other versions word some rare cases differently
const present = /tcpdump version 4\.99\.3/.test(`${tool.stdout}${tool.stderr}`)

/** What the tool prints for a file with these frames. */
function run(frames: readonly Frame[], linktype: 'eth' | 'ip', flags: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-'))
  try {
    const file = join(folder, 'x.pcapng')
    const packets = frames.map((frame, i) => ({ interface: 0, t: i * MS, bytes: emitFrame(frame) }))
    writeFileSync(file, writePcapng([{ name: 'eth0', linktype }], packets))
    const text = execFileSync('tcpdump', ['-n', ...flags, '-r', file], {
      env: { ...process.env, TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'latin1',
    })
    return text.split(/\n(?=\d\d:\d\d:\d\d\.)/).map((line) => line.trimEnd())
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const KNOWN_TYPES: readonly number[] = Object.values(DNS_TYPE)

/** What print.ts says it does not model. */
function modelled(frame: Frame, verbose: number): boolean {
  return layersOf(frame).every((layer) => {
    if (layer.l === 'eth') return layer.payload.l !== 'data'
    if (layer.l === 'arp') return layer.op === 1 || layer.op === 2
    if (layer.l === 'ipv4') return layer.frag > 0 || layer.payload.l !== 'data'
    if (layer.l === 'dns') {
      const named = layer.questions.every(({ type }) => type > 0x300 || KNOWN_TYPES.includes(type))
      const others = verbose > 1 ? [...layer.authority, ...layer.additional] : []
      return named && [...layer.answers, ...others].every(({ type }) => type !== 'OPT' && type !== 'RAW')
    }
    if (layer.l !== 'icmp') return true
    return layer.payload.l === 'ipv4' ? layer.code !== 3 : [0, 8].includes(layer.type)
  })
}

describe.skipIf(!present)('against tcpdump itself', () => {
  for (const flags of [[], ['-e'], ['-v'], ['-vv'], ['-e', '-vvv']]) {
    const ethernet = flags.includes('-e')
    const verbose = flags.join('').replaceAll(/[^v]/g, '').length
    const ours = (frames: readonly Frame[]): string[] => {
      const session = newTcpdumpSession()
      return frames.map((frame, i) => tcpdumpLine(frame, { t: i * MS, ethernet, session, verbose }).trimEnd())
    }

    it(`the cases above ${flags.join('')}`, () => {
      const frames = [...conversation(), ...cases.map(([, frame]) => frame)]
      expect(ours(frames)).toEqual(run(frames, 'ip', flags))
    })

    it(`random frames ${flags.join('')}`, () => {
      const frames = fc.sample(ethernetArb(2), { numRuns: 1000, seed: 7 }).filter((frame) => modelled(frame, verbose))
      expect(ours(frames)).toEqual(run(frames, 'eth', flags))
      const packets = fc.sample(ipArb(2), { numRuns: 1000, seed: 7 }).filter((frame) => modelled(frame, verbose))
      expect(ours(packets)).toEqual(run(packets, 'ip', flags))
    })
  }
})
