import { formatIpv4 } from '../../core/base/ipv4.ts'
import { SEC } from '../../core/base/time.ts'
import type { Errno } from '../../core/kernel/errno.ts'
import { type Result, err, ok } from '../../core/base/result.ts'
import { chooseNextHop } from '../../core/kernel/path/multipath.ts'
import { routeOutput } from '../../core/kernel/path/route-output.ts'
import { addressType, fibLookup } from '../../core/kernel/route/lookup.ts'
import { learnedMtu } from '../../core/kernel/route/pmtu.ts'
import { rulesOf } from '../../core/kernel/route/rule.ts'
import { deviceConf } from '../../core/kernel/sysctl/sysctl.ts'
import type { LinkRow, RouteRow } from '../../core/kernel/tables.ts'
import { type Done, done } from '../types.ts'
import { type IpContext, deviceName, needDevice, needPrefix, refused } from './context.ts'
import { tableName } from './route-text.ts'
import { type Words, abbreviates, stop, wrongArgument } from './words.ts'

interface Question {
  readonly dst: number
  readonly from: number | null
  readonly iif: LinkRow | null
  readonly oif: LinkRow | null
  readonly mark: number
  readonly tos: number
}
interface Answer {
  readonly route: RouteRow
  readonly via: number
  readonly dev: number
  /** Source that the kernel would choose; 0 for a forwarded packet. */
  readonly source: number
}

/** `ip route get ADDRESS [from A] [iif D] [oif D] [mark N]`: asks the kernel which way a packet would go. */
export function routeGet(ip: IpContext, words: Words): Done {
  if (words.done) return stop('need at least a destination address\n', 1)
  const question = read(ip, words)
  const answer = question.iif ? input(ip, question, question.iif) : output(ip, question)
  return answer.ok ? done(answerText(ip, question, answer.value)) : refused(answer.error)
}

function read(ip: IpContext, words: Words): Question {
  const question: { -readonly [key in keyof Question]: Question[key] } = {
    dst: 0,
    from: null,
    iif: null,
    oif: null,
    mark: 0,
    tos: 0,
  }
  let given = false
  while (!words.done) {
    const word = words.next()
    if (word === 'from') question.from = needPrefix(words.value(), 'any valid').addr
    else if (word === 'iif') question.iif = needDevice(ip, words.value())
    else if (word === 'oif' || word === 'dev') question.oif = needDevice(ip, words.value())
    else if (word === 'mark') question.mark = numberOf(words.value())
    else if (word === 'tos' || abbreviates(word, 'dsfield')) question.tos = numberOf(words.value())
    else if (['uid', 'ipproto', 'sport', 'dport', 'vrf'].includes(word)) words.value()
    else if (word !== 'connected' && word !== 'notify' && word !== 'fibmatch') {
      question.dst = needPrefix(word === 'to' ? words.value() : word, given ? 'inet' : 'any valid').addr
      given = true
    }
  }
  if (!given) return stop('need at least a destination address\n', 1)
  return question
}

const numberOf = (word: string): number =>
  /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) ? Number(word) : wrongArgument(word, 'Invalid "mark" value')

function output(ip: IpContext, q: Question): Result<Answer, Errno> {
  const { kernel } = ip.env
  const src = q.from ?? 0
  // A source that is nobody's here cannot be sent from: the answer is the one for a route that is not there.
  if (src !== 0 && addressType(kernel, ip.netns, src) !== 'local') return err('ENETUNREACH')
  const found = routeOutput(kernel, ip.netns, q.dst, { src, mark: q.mark, oif: q.oif?.id ?? 0, tos: q.tos })
  if (found.ok) {
    const { route, via, source } = found.value
    const dev = route.type === 'local' ? loopback(ip) : found.value.out.id
    return ok({ route, via, dev, source })
  }
  // A bound device answers for any destination: on link.
  if (found.error === 'ENETUNREACH' && q.oif)
    return ok({ route: onLink(ip, q, q.oif), via: 0, dev: q.oif.id, source: 0 })
  return found
}

const loopback = (ip: IpContext): number => ip.env.kernel.t.linkByName.at(`${ip.netns}/lo`).firstKey() ?? 0

const onLink = (ip: IpContext, q: Question, oif: LinkRow): RouteRow => ({
  netns: ip.netns,
  table: 254,
  dst: q.dst,
  len: 32,
  tos: 0,
  metric: 0,
  type: 'unicast',
  scope: 'link',
  proto: 3,
  dev: oif.id,
  via: 0,
  src: 0,
  onlink: false,
  mtu: 0,
  nexthops: [],
})

/** ip_route_input_slow, as far as its answers go. */
function input(ip: IpContext, q: Question, iif: LinkRow): Result<Answer, Errno> {
  const { kernel } = ip.env
  const src = q.from ?? 0
  const found = fibLookup(kernel, ip.netns, q.dst, { src, mark: q.mark, tos: q.tos, iif: iif.name })
  if (!found) return err('EHOSTUNREACH')
  const { route } = found
  const refusal = { unreachable: 'EHOSTUNREACH', prohibit: 'EACCES', blackhole: 'EINVAL' } as const
  if (route.type === 'unreachable' || route.type === 'prohibit' || route.type === 'blackhole')
    return err(refusal[route.type])
  const spoofed = sourceRefused(ip, q, iif)
  if (spoofed) return err(spoofed)
  if (route.type === 'local' || route.type === 'broadcast') return ok({ route, via: 0, dev: loopback(ip), source: 0 })
  if (!deviceConf(kernel, ip.netns, iif.name).forwarding) return err('EHOSTUNREACH')
  const hop = chooseNextHop(route, src, q.dst)
  return ok({ route, via: hop.via, dev: hop.dev, source: 0 })
}

/** fib_validate_source: EINVAL for a martian, EXDEV where rp_filter expects the source elsewhere. */
function sourceRefused(ip: IpContext, q: Question, iif: LinkRow): Errno | null {
  const { kernel } = ip.env
  if (q.from === null || q.from === 0) return null
  if (addressType(kernel, ip.netns, q.from) === 'local') return 'EINVAL'
  const { rpFilter } = deviceConf(kernel, ip.netns, iif.name)
  if (rpFilter === 0) return null
  const back = fibLookup(kernel, ip.netns, q.from, { mark: q.mark })
  const reachable = back !== null && (rpFilter === 2 || back.route.dev === iif.id)
  return reachable ? null : 'EXDEV'
}

function answerText(ip: IpContext, q: Question, { route, via, dev, source }: Answer): string {
  const { kernel } = ip.env
  const words: string[] = []
  if (route.type !== 'unicast') words.push(route.type)
  words.push(formatIpv4(q.dst))
  if (q.from !== null && q.from !== 0) words.push(`from ${formatIpv4(q.from)}`)
  if (via !== 0) words.push(`via ${formatIpv4(via)}`)
  words.push(`dev ${deviceName(ip, dev)}`)
  // Until somebody adds a rule, local and main are one table inside the kernel, and it says main.
  const table = route.table === 255 && rulesOf(kernel, ip.netns).length <= 3 ? 254 : route.table
  if (table !== 254) words.push(`table ${tableName(table)}`)
  if (q.iif === null && q.from === null && source !== 0) words.push(`src ${formatIpv4(source)}`)
  if (q.mark !== 0) words.push(`mark ${q.mark >= 16 ? `0x${q.mark.toString(16)}` : q.mark}`)
  if (!q.iif) words.push('uid 0')
  return `${words.join(' ')} \n    cache ${cacheText(ip, q, route)}\n`
}

function cacheText(ip: IpContext, q: Question, route: RouteRow): string {
  const { kernel } = ip.env
  const flags = route.type === 'local' ? '<local> ' : route.type === 'broadcast' ? '<local,brd> ' : ''
  const learned = route.type === 'unicast' ? learnedMtu(kernel, ip.netns, q.dst) : undefined
  const expires = learned ? `expires ${Math.ceil((learned.expires - kernel.now) / SEC)}sec mtu ${learned.mtu} ` : ''
  const mtu = !learned && route.mtu !== 0 ? `mtu ${route.mtu} ` : ''
  return flags + expires + mtu + (q.iif ? `iif ${q.iif.name} ` : '')
}
