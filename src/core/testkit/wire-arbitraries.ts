/** Random values for property tests (fast-check), in the canonical form that parsing yields. */
import fc from 'fast-check'
import { DNS_TYPE, ETHERTYPE, IP_PROTO, isIcmpError, PORT } from '../wire/constants.ts'
import {
  type Arp,
  type Data,
  type Dns,
  type DnsRecord,
  type Ethernet,
  type Frame,
  type Gre,
  type Icmp,
  type IpPayload,
  type Ipv4Packet,
  type Tcp,
  type TcpOptions,
  type Udp,
  type Wireguard,
  NO_DATA,
} from '../wire/types.ts'

const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const mac = fc.maxSafeNat().map((n) => n % 0x1000000000000)
const maybe = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined })

export const bytesArb = (maxLength = 40): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((bytes) => String.fromCharCode(...bytes))

/** Bytes that do not look like an IPv4 header, a VXLAN header or a DNS message. */
const dataArb: fc.Arbitrary<Data> = bytesArb().map((data) =>
  data === '' ? NO_DATA : { l: 'data', data: `\0\0\0${data}` },
)

const arpArb: fc.Arbitrary<Arp> = fc.record({ l: fc.constant('arp'), op: u16, sha: mac, spa: u32, tha: mac, tpa: u32 })

const optionsArb: fc.Arbitrary<TcpOptions> = fc
  .record({ mss: maybe(u16), wscale: maybe(u8), sackOk: maybe(fc.constant(true)), ts: maybe(fc.tuple(u32, u32)) })
  .map((options) => options)

const tcpArb: fc.Arbitrary<Tcp> = fc.record({
  l: fc.constant('tcp'),
  sport: u16,
  dport: u16,
  seq: u32,
  ack: u32,
  flags: u8,
  window: u16,
  options: optionsArb,
  payload: dataArb,
})

const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/)
const dnsName = fc.oneof(
  fc.constant('web.default.svc.cluster.local.'),
  fc.array(label, { maxLength: 5 }).map((labels) => (labels.length === 0 ? '.' : `${labels.join('.')}.`)),
  fc.constant('dot\\.and\\\\slash.\\000\\255.local.'),
)
const known: readonly number[] = Object.values(DNS_TYPE)
const head = { name: dnsName, class: u16, ttl: u32 }
const recordArb: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({ ...head, type: fc.constant('A'), address: u32 }),
  fc.record({
    ...head,
    type: fc.constant('AAAA'),
    address: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => String.fromCharCode(...b)),
  }),
  fc.record({ ...head, type: fc.constantFrom('CNAME', 'PTR', 'NS'), target: dnsName }),
  fc.record({ ...head, type: fc.constant('SRV'), priority: u16, weight: u16, port: u16, target: dnsName }),
  fc.record({ ...head, type: fc.constant('TXT'), texts: fc.array(bytesArb(), { maxLength: 3 }) }),
  fc.record({
    ...head,
    type: fc.constant('SOA'),
    mname: dnsName,
    rname: dnsName,
    serial: u32,
    refresh: u32,
    retry: u32,
    expire: u32,
    minimum: u32,
  }),
  fc.record({
    type: fc.constant('OPT'),
    udpSize: u16,
    extendedRcode: u8,
    version: u8,
    flags: u16,
    data: bytesArb(),
  }),
  fc.record({
    ...head,
    type: fc.constant('RAW'),
    code: u16.filter((code) => !known.includes(code)),
    data: bytesArb(),
  }),
) as fc.Arbitrary<DnsRecord>

const records = fc.array(recordArb, { maxLength: 3 })
export const dnsArb: fc.Arbitrary<Dns> = fc
  .record({
    id: u16,
    qr: fc.boolean(),
    opcode: fc.integer({ min: 0, max: 15 }),
    aa: fc.boolean(),
    tc: fc.boolean(),
    rd: fc.boolean(),
    ra: fc.boolean(),
    ad: maybe(fc.constant(true)),
    cd: maybe(fc.constant(true)),
    rcode: fc.integer({ min: 0, max: 15 }),
    questions: fc.array(fc.record({ name: dnsName, type: u16, class: u16 }), { maxLength: 2 }),
    answers: records,
    authority: records,
    additional: records,
    compress: fc.boolean(),
  })
  .map(({ compress, ...dns }): Dns => {
    if (!compress) return { l: 'dns', ...dns }
    // two equal names, so that there is something to compress
    const name = 'web.default.svc.cluster.local.'
    const questions = [...dns.questions, { name, type: 1, class: 1 }]
    const answers: DnsRecord[] = [{ type: 'A', name, class: 1, ttl: 30, address: 1 }, ...dns.answers]
    return { l: 'dns', ...dns, questions, answers, compressed: true }
  })

const special: readonly number[] = [PORT.dns, PORT.vxlan, PORT.vxlanLinux, PORT.geneve, PORT.wireguard]
const plainPort = u16.filter((port) => !special.includes(port))

function udpArb(depth: number): fc.Arbitrary<Udp> {
  const plain = fc.record({ l: fc.constant('udp'), sport: plainPort, dport: plainPort, payload: dataArb })
  const dns = fc.record({ l: fc.constant('udp'), sport: plainPort, dport: fc.constant(53), payload: dnsArb })
  const answer = fc.record({ l: fc.constant('udp'), sport: fc.constant(53), dport: plainPort, payload: dnsArb })
  if (depth === 0) return fc.oneof(plain, dns, answer) as fc.Arbitrary<Udp>
  const vni = u32.map((n) => n >>> 8)
  const vxlan = fc.record({
    l: fc.constant('udp'),
    sport: plainPort,
    dport: fc.constantFrom(4789, 8472),
    payload: fc.record({ l: fc.constant('vxlan'), vni, payload: ethernetArb(depth - 1) }),
  })
  const geneve = fc.record({
    l: fc.constant('udp'),
    sport: plainPort,
    dport: fc.constant(PORT.geneve),
    payload: fc.record({ l: fc.constant('geneve'), vni, payload: ethernetArb(depth - 1) }),
  })
  const wireguard = fc.record({
    l: fc.constant('udp'),
    sport: fc.constant(PORT.wireguard),
    dport: plainPort,
    payload: wireguardArb(depth - 1),
  })
  return fc.oneof(plain, dns, answer, vxlan, geneve, wireguard) as fc.Arbitrary<Udp>
}

const exactly = (length: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => String.fromCharCode(...bytes))

function wireguardArb(depth: number): fc.Arbitrary<Wireguard> {
  const own = { l: fc.constant('wireguard'), payload: fc.constant(NO_DATA) }
  const data = { l: fc.constant('wireguard'), type: fc.constant(4), receiver: u32, counter: fc.maxSafeNat() }
  return fc.oneof(
    fc.record({ ...own, type: fc.constant(1), sender: u32, publicKey: exactly(32), mac1: exactly(16) }),
    fc.record({ ...own, type: fc.constant(2), sender: u32, receiver: u32, mac1: exactly(16) }),
    fc.record({ ...data, padding: fc.constant(0), payload: fc.constant(NO_DATA) }),
    fc.record({ ...data, padding: fc.integer({ min: 0, max: 15 }), payload: ipArb(depth) }),
  ) as fc.Arbitrary<Wireguard>
}

const greArb = (depth: number): fc.Arbitrary<Gre> =>
  fc.record({
    l: fc.constant('gre'),
    csum: fc.boolean(),
    key: maybe(u32),
    seq: maybe(u32),
    payload: fc.oneof(ipArb(depth), ethernetArb(depth)),
  }) as fc.Arbitrary<Gre>

function icmpArb(depth: number): fc.Arbitrary<Icmp> {
  const plain = fc.record({
    l: fc.constant('icmp'),
    type: u8.filter((type) => !isIcmpError(type)),
    code: u8,
    rest: u32,
    payload: dataArb,
  })
  if (depth === 0) return plain
  const error = fc.record({
    l: fc.constant('icmp'),
    type: fc.constantFrom(3, 11, 5, 12),
    code: u8,
    rest: u32,
    payload: fc.oneof(dataArb, ipArb(depth - 1), cutArb),
  })
  return fc.oneof(plain, error) as fc.Arbitrary<Icmp>
}

const ipHead = { l: fc.constant('ipv4'), src: u32, dst: u32, ttl: u8, id: u16, tos: u8, df: fc.boolean() }
const unframed = { mf: fc.constant(false), frag: fc.constant(0) }

/** A datagram as an ICMP error quotes it when it is too long. */
const cutArb = fc
  .record({ ...ipHead, ...unframed, proto: u8, payload: dataArb, more: fc.integer({ min: 1, max: 1000 }) })
  .map(({ more, ...ip }) => ({ ...ip, totalLength: 20 + ip.payload.data.length + more }))

const fragmentArb = fc
  .record({ ...ipHead, proto: u8, mf: fc.boolean(), frag: fc.integer({ min: 0, max: 0x1fff }), payload: dataArb })
  .map((ip) => (ip.mf || ip.frag > 0 ? ip : { ...ip, mf: true }))

const protoOf = (payload: IpPayload): number => {
  if (payload.l === 'ipv4') return IP_PROTO.ipip
  return payload.l === 'data' ? IP_PROTO.esp : IP_PROTO[payload.l]
}

export function ipArb(depth: number): fc.Arbitrary<Ipv4Packet> {
  const payload: fc.Arbitrary<IpPayload>[] = [tcpArb, udpArb(depth), icmpArb(depth), dataArb]
  if (depth > 0) payload.push(ipArb(depth - 1), greArb(depth - 1))
  const whole = fc
    .record({ ...ipHead, ...unframed, payload: fc.oneof(...payload) })
    .map((ip) => ({ ...ip, proto: protoOf(ip.payload) }))
  return fc.oneof({ weight: 5, arbitrary: whole }, { weight: 1, arbitrary: fragmentArb }) as fc.Arbitrary<Ipv4Packet>
}

export function ethernetArb(depth: number): fc.Arbitrary<Ethernet> {
  const type = fc.constantFrom(ETHERTYPE.ipv6, 0x88cc)
  return fc
    .record({
      src: mac,
      dst: mac,
      vlan: maybe(fc.integer({ min: 0, max: 4095 })),
      payload: fc.oneof(
        { weight: 4, arbitrary: ipArb(depth) },
        { weight: 1, arbitrary: arpArb },
        { weight: 1, arbitrary: dataArb },
      ),
      type,
    })
    .map(({ payload, ...eth }): Ethernet => {
      if (payload.l === 'data') return { l: 'eth', ...eth, payload }
      return { l: 'eth', ...eth, type: ETHERTYPE[payload.l], payload }
    })
}

export const frameArb: fc.Arbitrary<Frame> = fc.oneof(ethernetArb(3), ipArb(3))
