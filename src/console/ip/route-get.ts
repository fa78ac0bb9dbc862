import { formatIpv4, isMulticast } from '../../core/base/ipv4.ts'
import { metricWords } from '../../core/explain/print/route.ts'
import { IP_PROTO } from '../../core/wire/constants.ts'
import { SEC } from '../../core/base/time.ts'
import type { Errno } from '../../core/kernel/errno.ts'
import { type Result, err, ok } from '../../core/base/result.ts'
import { addressType, fibLookup } from '../../core/kernel/route/lookup.ts'
import { type Hop, chooseNextHop } from '../../core/kernel/route/multipath.ts'
import { routeOutput } from '../../core/kernel/route/output.ts'
import { learnedFor } from '../../core/kernel/route/pmtu.ts'
import { refusalOf } from '../../core/kernel/route/refusal.ts'
import { ROUTE_TABLE } from '../../core/kernel/route/row.ts'
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
  readonly proto: number
  readonly sport: number
  readonly dport: number
}
interface Answer {
  readonly route: RouteRow
  readonly hop: Hop
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
    proto: IP_PROTO.udp,
    sport: 0,
    dport: 0,
  }
  let given = false
  while (!words.done) {
    const word = words.next()
    if (word === 'from') question.from = needPrefix(words.value(), 'any valid').addr
    else if (word === 'iif') question.iif = needDevice(ip, words.value())
    else if (word === 'oif' || word === 'dev') question.oif = needDevice(ip, words.value())
    else if (word === 'mark') question.mark = numberOf(words.value())
    else if (word === 'tos' || abbreviates(word, 'dsfield')) question.tos = Number.parseInt(words.value(), 16)
    else if (word === 'ipproto') question.proto = protocolOf(words.value())
    else if (word === 'sport' || word === 'dport') question[word] = numberOf(words.value())
    else if (word === 'uid' || word === 'vrf') words.value()
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

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 }
const protocolOf = (word: string): number => PROTOCOLS[word] ?? numberOf(word)

function output(ip: IpContext, q: Question): Result<Answer, Errno> {
  const { kernel } = ip.env
  const src = q.from ?? 0
  const flow = { src, dst: q.dst, proto: q.proto, sport: q.sport, dport: q.dport, quoted: null }
  const query = { src, mark: q.mark, oif: q.oif?.id ?? 0, tos: q.tos }
  const found = routeOutput(kernel, ip.netns, q.dst, query, () => flow)
  if (!found.ok) return found
  const { route, hop, via, source, out } = found.value
  return ok({ route, hop, via, dev: out.id, source })
}

const loopback = (ip: IpContext): number => ip.env.kernel.t.linkByName.at(`${ip.netns}/lo`).firstKey() ?? 0

/** ip_route_input_slow, as far as its answers go. */
function input(ip: IpContext, q: Question, iif: LinkRow): Result<Answer, Errno> {
  const { kernel } = ip.env
  const src = q.from ?? 0
  const found = fibLookup(kernel, ip.netns, q.dst, { src, mark: q.mark, tos: q.tos, iif: iif.name })
  if (!found) return err('EHOSTUNREACH')
  const { route } = found
  const refusal = refusalOf(found)
  if (refusal) return err(refusal.errno)
  const spoofed = sourceRefused(ip, q, iif)
  if (spoofed) return err(spoofed)
  if (route.type === 'local' || route.type === 'broadcast')
    return ok({ route, hop: route, via: 0, dev: loopback(ip), source: 0 })
  if (!deviceConf(kernel, ip.netns, iif.name).forwarding) return err('EHOSTUNREACH')
  const hop = chooseNextHop(kernel, route, () => ({ ...q, src, quoted: null }))
  return ok({ route, hop, via: learnedFor(kernel, ip.netns, q.dst, hop)?.gateway || hop.via, dev: hop.dev, source: 0 })
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

/** How the answer calls a destination: the route's type, but for what is a broadcast or a group whatever the route says. */
function typeOf(q: Question, route: RouteRow): RouteRow['type'] | 'multicast' {
  if (q.dst === 0xffffffff) return 'broadcast'
  return isMulticast(q.dst) && route.type === 'unicast' ? 'multicast' : route.type
}

function answerText(ip: IpContext, q: Question, { route, hop, via, dev, source }: Answer): string {
  const { kernel } = ip.env
  const words: string[] = []
  const type = typeOf(q, route)
  if (type !== 'unicast') words.push(type)
  words.push(formatIpv4(q.dst))
  if (q.from !== null && q.from !== 0) words.push(`from ${formatIpv4(q.from)}`)
  if (route.tos !== 0) words.push(`tos 0x${route.tos.toString(16).padStart(2, '0')}`)
  if (via !== 0) words.push(`via ${formatIpv4(via)}`)
  words.push(`dev ${deviceName(ip, dev)}`)
  // Until somebody adds a rule, local and main are one table inside the kernel, and it says main.
  const table =
    route.table === ROUTE_TABLE.local && rulesOf(kernel, ip.netns).length <= 3 ? ROUTE_TABLE.main : route.table
  if (table !== 254 && table !== 0) words.push(`table ${tableName(table)}`)
  if (q.iif === null && q.from === null && source !== 0) words.push(`src ${formatIpv4(source)}`)
  // The flag that marks a multicast route inside the kernel is one that the tool takes for another.
  if (type === 'multicast') words.push('rt_offload_failed')
  if (q.mark !== 0) words.push(`mark ${q.mark >= 16 ? `0x${q.mark.toString(16)}` : q.mark}`)
  if (!q.iif) words.push('uid 0')
  return `${words.join(' ')} \n    cache ${cacheText(ip, q, route, hop)}\n`
}

/** `ip route show cache`: the exceptions of next hops, each as an answer to the question for its destination. */
export function exceptionsText(ip: IpContext): string {
  const { kernel } = ip.env
  const rows = kernel.t.pmtuByNetns.at(ip.netns).rows()
  return rows
    .filter((row) => row.expires > kernel.now)
    .map((row) => {
      const via = row.gateway || row.via
      const head = [formatIpv4(row.dst), ...(via ? [`via ${formatIpv4(via)}`] : []), `dev ${deviceName(ip, row.dev)}`]
      const flags = row.gateway ? '<redirected> ' : ''
      const mtu = metricWords({ mtu: row.mtu, mtuLock: row.locked, metrics: {} }, 'output').map((word) => `${word} `)
      return `${head.join(' ')} \n    cache ${flags}expires ${secondsLeft(ip, row)}sec ${mtu.join('')}\n`
    })
    .join('')
}

const secondsLeft = (ip: IpContext, row: { readonly expires: number }): number =>
  Math.ceil((row.expires - ip.env.kernel.now) / SEC)

const FLAGS: Readonly<Partial<Record<ReturnType<typeof typeOf>, string>>> = {
  local: 'local',
  broadcast: 'local,brd',
  multicast: 'local,mc',
}

function cacheText(ip: IpContext, q: Question, route: RouteRow, hop: Hop): string {
  const { kernel } = ip.env
  const learned = learnedFor(kernel, ip.netns, q.dst, hop)
  const byLoopback = kernel.t.link.get(hop.dev)?.kind === 'loopback' && !q.iif
  const flag = learned?.gateway ? 'redirected' : (FLAGS[typeOf(q, route)] ?? (byLoopback ? 'local' : undefined))
  const words: string[] = flag === undefined ? [] : [`<${flag}>`]
  if (learned) words.push(`expires ${secondsLeft(ip, learned)}sec`)
  const known = learned?.mtu ? { mtu: learned.mtu, mtuLock: learned.locked } : {}
  words.push(...metricWords({ ...route, ...known }, 'output'))
  if (q.iif) words.push(`iif ${q.iif.name}`)
  return words.map((word) => `${word} `).join('')
}
