import fc from 'fast-check'
import { formatIpv4 } from '../base/ipv4.ts'

/** Random rules and tables in the words of iptables; tests only. */

const bang = fc.constantFrom('', '! ')
const ip = fc.integer({ min: 0, max: 0xffffffff }).map((n) => formatIpv4(n >>> 0))
const cidr = fc.tuple(ip, fc.integer({ min: 1, max: 32 })).map(([a, len]) => `${a}/${len}`)
const port = fc.integer({ min: 0, max: 65535 })
const ports = fc.tuple(port, port).map(([a, b]) => (a <= b ? `${a}:${b}` : `${b}:${a}`))
const device = fc.constantFrom('eth0', 'cni0', 'veth+', 'flannel.1')
const mark = fc.integer({ min: 0, max: 0x7fffffff })
const text = fc.string({ unit: fc.constantFrom(...'abc XYZ"\\\'-:/;.é'), maxLength: 20 })
const quoted = text.map((s) => `"${s.replace(/["\\]/g, '\\$&')}"`)
const option = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(bang, value).map(([not, v]) => `${not}${name} ${v}`)

const header = fc
  .tuple(
    fc.option(option('-s', cidr), { nil: '' }),
    fc.option(option('-d', ip), { nil: '' }),
    fc.option(option('-i', device), { nil: '' }),
    fc.option(option('-o', device), { nil: '' }),
  )
  .map((parts) => parts.filter((part) => part !== '').join(' '))

const states = fc.subarray(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'], { minLength: 1 })
const types = fc.subarray(['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST', 'BLACKHOLE'], { minLength: 1 })

/** Extensions that need no protocol. */
const extension = fc.oneof(
  quoted.map((s) => `-m comment --comment ${s}`),
  fc.tuple(bang, mark, mark).map(([not, v, m]) => `-m mark ${not}--mark ${v}/${m}`),
  fc.tuple(bang, states).map(([not, list]) => `-m conntrack ${not}--ctstate ${list.join(',')}`),
  fc.tuple(bang, cidr).map(([not, c]) => `-m conntrack ${not}--ctorigdst ${c}`),
  fc.tuple(bang, types).map(([not, list]) => `-m addrtype ${not}--dst-type ${list.join(',')}`),
  fc.double({ min: 0, max: 1, noNaN: true }).map((p) => `-m statistic --mode random --probability ${p.toFixed(10)}`),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.nat(8))
    .map(([n, p]) => `-m statistic --mode nth --every ${n} --packet ${p % n}`),
  fc.integer({ min: 1, max: 99999 }).map((s) => `-m recent --name LIST --rcheck --seconds ${s} --reap`),
  bang.map((not) => `-m physdev ${not}--physdev-is-bridged`),
  fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom('sec', 'min', 'hour', 'day'))
    .map(([n, u]) => `-m limit --limit ${n}/${u}`),
  bang.map((not) => `-m set ${not}--match-set KUBE-X src,dst`),
  fc.tuple(bang, fc.nat(63)).map(([not, v]) => `-m dscp ${not}--dscp ${v}`),
)

const transport = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom('tcp', 'udp'), option('--dport', fc.oneof(port.map(String), ports)))
    .map(([p, o]) => `-p ${p} ${o}`),
  fc.tuple(fc.constantFrom('tcp', 'udp'), option('--sport', ports)).map(([p, o]) => `-m ${p} -p ${p} ${o}`),
  fc.constantFrom('-p tcp --syn', '-p tcp ! --tcp-flags SYN,ACK SYN', '-p icmp --icmp-type 3/4', '-p 47', '! -p udp'),
  fc.array(port, { minLength: 1, maxLength: 15 }).map((list) => `-p tcp -m multiport --dports ${list.join(',')}`),
)

/** Targets that any chain of the filter table may hold. */
const target = fc.oneof(
  fc.constantFrom(
    '',
    '-j ACCEPT',
    '-j DROP',
    '-j RETURN',
    '-j REJECT',
    '-j REJECT --reject-with icmp-admin-prohibited',
  ),
  fc.tuple(mark, mark).map(([v, m]) => `-j MARK --set-xmark ${v}/${m}`),
  mark.map((v) => `-j MARK --or-mark ${v}`),
  quoted.filter((s) => s !== '""').map((s) => `-j LOG --log-prefix ${s}`),
)

/** The arguments of one rule of the filter table, in no particular order of options. */
export const ruleArguments: fc.Arbitrary<string> = fc
  .tuple(header, transport, fc.array(extension, { maxLength: 3 }), target, fc.boolean())
  .map(([h, t, extensions, end, headerLast]) =>
    (headerLast ? [t, ...extensions, h, end] : [h, t, ...extensions, end]).filter((part) => part !== '').join(' '),
  )

/** Lines of a filter table with three user chains that only call later ones. */
export const filterTable: fc.Arbitrary<readonly string[]> = fc
  .array(
    fc.tuple(fc.constantFrom('FORWARD', 'A', 'B', 'C'), ruleArguments, fc.option(fc.constantFrom('A', 'B', 'C'))),
    { maxLength: 12 },
  )
  .map((rows) => [
    '*filter',
    ':A - [0:0]',
    ':B - [0:0]',
    ':C - [0:0]',
    ...rows.map(([chain, args, next]) => {
      const jumps = next !== null && (chain.length > 1 || next > chain)
      return `-A ${chain} ${jumps ? `-m comment --comment jump -j ${next}` : args}`.trimEnd()
    }),
    'COMMIT',
  ])
