import { describe, expect, it } from 'vitest'
import { ipv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { type MatchContext, matchTerm } from './evaluate.ts'
import { parseRule } from './parse.ts'
import { matchText } from './save-text.ts'
import { bucketStep, nthStep, type RecentEntry, recentStep } from './stateful.ts'
import { ADDR_TYPE, CT_STATE, CT_STATUS, type Match, TCP_FLAG } from './types.ts'

/** A SYN from 10.244.1.2:40000 to 10.96.0.10:80, marked 0x4000, from the bridge port veth1 behind cni0. */
const SYN: MatchContext = {
  rule: { id: 1 },
  src: ipv4('10.244.1.2'),
  dst: ipv4('10.96.0.10'),
  proto: 6,
  ttl: 64,
  tos: 0xb8,
  length: 60,
  laterFragment: false,
  sport: 40000,
  dport: 80,
  tcpFlags: TCP_FLAG.SYN,
  tcpMss: 1410,
  icmpType: -1,
  icmpCode: -1,
  in: 'cni0',
  out: '',
  physIn: 'veth1',
  physOut: '',
  bridged: false,
  mark: 0x4000,
  ctState: CT_STATE.NEW,
  conntrack: {
    proto: 6,
    status: CT_STATUS.CONFIRMED,
    mark: 0x80,
    reply: false,
    expires: 120,
    ctorigsrc: ipv4('10.244.1.2'),
    ctorigdst: ipv4('10.96.0.10'),
    ctreplsrc: ipv4('10.244.2.3'),
    ctrepldst: ipv4('10.244.1.2'),
    ctorigsrcport: 40000,
    ctorigdstport: 80,
    ctreplsrcport: 8080,
    ctrepldstport: 40000,
  },
  srcMac: 0x0a5800000001,
  pktType: 'unicast',
  uid: -1,
  hasSocket: false,
  gid: -1,
  addrType: (ip) => (ip === ipv4('10.244.1.2') ? ADDR_TYPE.UNICAST : ADDR_TYPE.LOCAL),
  hasTcpOption: (kind) => kind === 2,
  random: () => 0x20000000,
  nth: () => true,
  recent: () => false,
  limit: () => true,
  hashlimit: () => true,
  inSet: (match) => match.name === 'IN',
  socket: () => true,
  rpfilter: () => true,
}

function terms(args: string): readonly Match[] {
  const rule = parseRule(args)
  if (!rule.ok) throw new Error(rule.error.message)
  return rule.value.matches
}

const holds = (args: string, packet: MatchContext = SYN): boolean =>
  terms(args).every((term) => matchTerm(term, packet))

describe('terms that hold for the packet', () => {
  it.each([
    '-s 10.244.0.0/16 -d 10.96.0.10',
    '! -s 10.96.0.0/12',
    '-i cni+ -p tcp --dport 80',
    '-p tcp --sport 1024: ! --dport 443',
    '! -p udp',
    '! -f',
    '-p tcp --syn',
    '-p tcp --tcp-option 2',
    '-p tcp ! --tcp-option 3',
    '-p tcp -m multiport --dports 8080,80,443',
    '-p tcp -m multiport ! --sports 1:1023',
    '-m mark --mark 0x4000/0x4000',
    '-m mark ! --mark 1',
    '-m connmark --mark 0x80/0xff',
    '-m conntrack --ctstate NEW,RELATED',
    '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT',
    '-m conntrack --ctstatus CONFIRMED --ctproto tcp --ctdir ORIGINAL',
    '-m conntrack --ctreplsrc 10.244.2.0/24 --ctreplsrcport 8080 --ctexpire 100:200',
    '-m state ! --state ESTABLISHED',
    '-m addrtype --dst-type LOCAL',
    '-m addrtype ! --src-type LOCAL',
    '-m comment --comment anything',
    '-m statistic --mode random --probability 0.3',
    '-m statistic --mode nth --every 3 --packet 0',
    '-m recent ! --rcheck --name X',
    '-m physdev --physdev-in veth+ --physdev-is-in',
    '-m physdev ! --physdev-is-bridged',
    '-m iprange --src-range 10.244.1.1-10.244.1.9',
    '-m mac --mac-source 0a:58:00:00:00:01',
    '-m owner ! --uid-owner 0',
    '-m limit --limit 3/min',
    '-m set --match-set IN src',
    '-m set ! --match-set OUT src',
    '-m nfacct --nfacct-name x',
    '-m pkttype --pkt-type unicast',
    '-m ttl --ttl-gt 63',
    '-m length --length 60',
    '-p tcp -m tcpmss --mss 1400:1420',
    '-m dscp --dscp-class EF',
    '-m tos --tos 0xb8/0xfc',
    '-m rpfilter --loose',
  ])('%s', (args) => {
    expect(holds(args)).toBe(true)
    const inverted = terms(args).filter((term) => 'invert' in term)
    // And each of them turned round does not hold.
    for (const term of inverted) {
      if (!('invert' in term)) continue
      const turned = { ...term, invert: !term.invert } as Match
      expect(matchTerm(turned, SYN), matchText(turned)).toBe(false)
    }
  })
})

describe('terms that ask for what the packet has not', () => {
  it('a later fragment has no ports, inverted or not', () => {
    const fragment = { ...SYN, laterFragment: true, sport: -1, dport: -1, tcpFlags: -1 }
    for (const args of [
      '-p tcp --dport 80',
      '-p tcp ! --dport 80',
      '-p tcp ! --syn',
      '-p tcp -m multiport ! --ports 1',
    ])
      expect(holds(args, fragment), args).toBe(false)
    expect(holds('-f', fragment)).toBe(true)
  })

  it('an untracked packet has no conntrack entry', () => {
    const untracked = { ...SYN, ctState: CT_STATE.UNTRACKED, conntrack: null }
    expect(holds('-m conntrack --ctstate UNTRACKED', untracked)).toBe(true)
    expect(holds('-m connmark ! --mark 1', untracked)).toBe(false)
    expect(holds('-m conntrack ! --ctproto 17', untracked)).toBe(false)
  })

  it('ICMP types', () => {
    const icmp = { ...SYN, proto: 1, icmpType: 3, icmpCode: 4 }
    expect(holds('-p icmp --icmp-type fragmentation-needed', icmp)).toBe(true)
    expect(holds('-p icmp --icmp-type 3', icmp)).toBe(true)
    expect(holds('-p icmp --icmp-type any', icmp)).toBe(true)
    expect(holds('-p icmp --icmp-type 8', icmp)).toBe(false)
    expect(holds('-p icmp ! --icmp-type 8', icmp)).toBe(true)
  })

  it('what is not modelled never holds', () => {
    expect(holds('-m u32 --u32 0')).toBe(false)
  })
})

describe('stateful matches', () => {
  it('nth: packet p of every n', () => {
    const match = terms('-m statistic --mode nth --every 3 --packet 1')[0] as Match & { m: 'nth' }
    let count: number | null = null
    const hits = Array.from({ length: 7 }, () => {
      const step = nthStep(match, count)
      count = step.count
      return step.hit
    })
    expect(hits).toEqual([false, true, false, false, true, false, false])
  })

  it('recent: remembers, expires, forgets', () => {
    const of = (args: string) => terms(`-m recent --name L ${args}`)[0] as Match & { m: 'recent' }
    let entry: RecentEntry | null = null
    expect(recentStep(of('--rcheck --seconds 10'), entry, 0, 64).hit).toBe(false)
    entry = recentStep(of('--set'), entry, 0, 64).entry
    expect(recentStep(of('--rcheck --seconds 10'), entry, 9 * SEC, 64).hit).toBe(true)
    expect(recentStep(of('--rcheck --seconds 10'), entry, 11 * SEC, 64).hit).toBe(false)
    expect(recentStep(of('--rcheck --seconds 10 --reap'), entry, 11 * SEC, 64).entry).toBe(null)
    expect(recentStep(of('--update --seconds 10'), entry, 5 * SEC, 64).entry?.seen.length).toBe(2)
    expect(recentStep(of('--rcheck --hitcount 2'), entry, SEC, 64).hit).toBe(false)
    expect(recentStep(of('--remove'), entry, SEC, 64)).toEqual({ hit: true, entry: null })
  })

  it('limit: a burst, then the rate', () => {
    const limit = { rate: 1, per: 1, burst: 2 }
    let bucket = null as Parameters<typeof bucketStep>[1]
    const passed = [0, 0, 0, SEC, SEC].map((at) => {
      const step = bucketStep(limit, bucket, at)
      bucket = step.bucket
      return step.pass
    })
    expect(passed).toEqual([true, true, false, true, false])
  })
})
