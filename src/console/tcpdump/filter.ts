import { type Cidr, contains, parseCidr } from '../../core/base/cidr.ts'
import { parseMac } from '../../core/base/mac.ts'
import { type Result, err, ok } from '../../core/base/result.ts'
import { frameLength } from '../../core/wire/length.ts'
import type { Frame, Ipv4Packet } from '../../core/wire/types.ts'

/** A capture filter in the language of pcap-filter(7), as far as the lab reads it. */
export type Filter =
  | { readonly op: 'true' }
  | { readonly op: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly op: 'not'; readonly of: Filter }
  | { readonly op: 'proto'; readonly proto: 'ip' | 'arp' | 'tcp' | 'udp' | 'icmp' | 'ip6' }
  | { readonly op: 'host'; readonly side: Side; readonly net: Cidr }
  | { readonly op: 'port'; readonly side: Side; readonly lo: number; readonly hi: number }
  | { readonly op: 'ether'; readonly side: Side; readonly mac: number }
  | { readonly op: 'cast'; readonly what: 'broadcast' | 'multicast' }
  | { readonly op: 'length'; readonly what: 'less' | 'greater'; readonly value: number }
  | { readonly op: 'flags'; readonly mask: number; readonly equals: number | null; readonly negate: boolean }

type Side = 'src' | 'dst' | 'either' | 'both'

const SYNTAX = "can't parse filter expression: syntax error"
const MAX_TOKENS = 256
const MAX_DEPTH = 32

const PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  domain: 53,
  ssh: 22,
  telnet: 23,
  bootps: 67,
  ntp: 123,
}
const FLAGS: Readonly<Record<string, number>> = {
  'tcp-fin': 1,
  'tcp-syn': 2,
  'tcp-rst': 4,
  'tcp-push': 8,
  'tcp-ack': 16,
  'tcp-urg': 32,
}

/** Reads a filter; the error is what tcpdump says after its name. */
export function parseFilter(words: readonly string[]): Result<Filter, string> {
  const tokens = words
    .join(' ')
    .replaceAll(/&&/g, ' and ')
    .replaceAll(/\|\|/g, ' or ')
    .replaceAll(/([()!])(?!=)/g, ' $1 ')
    .replaceAll(/(!=|==|[&|](?![&|]))/g, ' $1 ')
    .split(/\s+/)
    .filter((token) => token !== '')
  if (tokens.length === 0) return ok({ op: 'true' })
  if (tokens.length > MAX_TOKENS) return err(SYNTAX)
  const parser = new Parser(tokens)
  try {
    const filter = parser.expression(0)
    return parser.done ? ok(filter) : err(SYNTAX)
  } catch (problem) {
    if (problem instanceof FilterError) return err(problem.message)
    throw problem
  }
}

class FilterError extends Error {}
const bad = (message = SYNTAX): never => {
  throw new FilterError(message)
}

class Parser {
  readonly #tokens: readonly string[]
  #at = 0
  /** Qualifiers of the primitive before: `port 80 or 443` is `port 80 or port 443`. */
  #last: { readonly type: string; readonly side: Side } = { type: '', side: 'either' }

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? ''
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? bad()
  }

  /** `and` and `or` bind alike, to the left. */
  expression(depth: number): Filter {
    if (depth > MAX_DEPTH) return bad()
    let left = this.#unary(depth)
    for (;;) {
      const word = this.#peek()
      if (word !== 'and' && word !== 'or') return left
      this.#next()
      left = { op: word, left, right: this.#unary(depth) }
    }
  }

  #unary(depth: number): Filter {
    if (depth > MAX_DEPTH) return bad()
    const word = this.#peek()
    if (word === 'not' || word === '!') {
      this.#next()
      return { op: 'not', of: this.#unary(depth + 1) }
    }
    if (word !== '(') return this.#primitive()
    this.#next()
    const inner = this.expression(depth + 1)
    return this.#next() === ')' ? inner : bad()
  }

  #primitive(): Filter {
    const word = this.#next()
    if (/^tcp\[(tcpflags|13)\]$/.test(word)) return this.#flags()
    if (word === 'broadcast' || word === 'multicast') return { op: 'cast', what: word }
    if (word === 'less' || word === 'greater') return { op: 'length', what: word, value: this.#number(this.#next()) }
    if (word === 'ether') return this.#ether()
    if (word === 'ip' && this.#peek() === 'proto') {
      this.#next()
      return this.#protocol(this.#next().replace('\\', ''))
    }
    const proto = PROTOCOLS.find((name) => name === word)
    if (!proto) return this.#qualified(word)
    return this.#startsQualifier()
      ? { op: 'and', left: { op: 'proto', proto }, right: this.#qualified(this.#next()) }
      : { op: 'proto', proto }
  }

  #protocol(name: string): Filter {
    const byNumber: Readonly<Record<string, 'tcp' | 'udp' | 'icmp'>> = { '1': 'icmp', '6': 'tcp', '17': 'udp' }
    const proto = Object.hasOwn(byNumber, name) ? byNumber[name] : PROTOCOLS.find((known) => known === name)
    return proto ? { op: 'proto', proto } : bad(`unknown ip proto '${name}'`)
  }

  #startsQualifier(): boolean {
    return ['host', 'net', 'port', 'portrange', 'src', 'dst'].includes(this.#peek())
  }

  #qualified(first: string): Filter {
    let word = first
    let side: Side = 'either'
    let type = ''
    if (word === 'src' || word === 'dst') {
      side = word
      word = this.#next()
      if ((word === 'or' || word === 'and') && (this.#peek() === 'src' || this.#peek() === 'dst')) {
        side = word === 'or' ? 'either' : 'both'
        this.#next()
        word = this.#next()
      }
    }
    if (word === 'host' || word === 'net' || word === 'port' || word === 'portrange') {
      type = word
      word = this.#next()
    }
    const bare = type === '' && side === 'either'
    const qualifiers = bare && this.#last.type !== '' ? this.#last : { type: type || 'host', side }
    if (bare && this.#last.type === '' && !/^\d/.test(word)) return bad()
    this.#last = qualifiers
    return this.#value(qualifiers.type, qualifiers.side, word)
  }

  #value(type: string, side: Side, word: string): Filter {
    if (type === 'port') {
      const port = Object.hasOwn(PORTS, word) ? PORTS[word]! : this.#number(word, `port '${word}' is invalid`)
      return { op: 'port', side, lo: port, hi: port }
    }
    if (type === 'portrange') {
      const [lo, hi] = word.split('-')
      return { op: 'port', side, lo: this.#number(lo ?? ''), hi: this.#number(hi ?? '') }
    }
    if (type === 'net') return { op: 'host', side, net: this.#network(word) }
    const net = parseCidr(word) ?? bad(`unknown host '${word}'`)
    return word.includes('/') ? bad('non-network bits set in "' + word + '"') : { op: 'host', side, net }
  }

  #network(word: string): Cidr {
    const [address = '', length] = word.split('/')
    const octets = address.split('.')
    const full = [...octets, '0', '0', '0'].slice(0, 4).join('.')
    return parseCidr(`${full}/${length ?? octets.length * 8}`) ?? bad(`unknown network '${word}'`)
  }

  #ether(): Filter {
    let word = this.#next()
    let side: Side = 'either'
    if (word === 'broadcast' || word === 'multicast') return { op: 'cast', what: word }
    if (word === 'src' || word === 'dst') {
      side = word
      word = this.#next()
    }
    if (word === 'host') word = this.#next()
    if (word === 'proto') return this.#protocol(this.#next().replace('\\', ''))
    return { op: 'ether', side, mac: parseMac(word) ?? bad(`unknown ether host '${word}'`) }
  }

  /** `tcp[tcpflags] & (tcp-syn|tcp-ack) != 0`, `tcp[tcpflags] == tcp-syn`. */
  #flags(): Filter {
    let mask = 0xff
    let word = this.#next()
    if (word === '&') {
      mask = this.#flagBits()
      word = this.#peek()
      if (word !== '!=' && word !== '==' && word !== '=') return { op: 'flags', mask, equals: 0, negate: true }
      this.#next()
    }
    if (word !== '!=' && word !== '==' && word !== '=') return bad()
    return { op: 'flags', mask, equals: this.#flagBits(), negate: word === '!=' }
  }

  #flagBits(): number {
    const bit = (word: string): number => (Object.hasOwn(FLAGS, word) ? FLAGS[word]! : this.#number(word))
    const first = this.#next()
    if (first !== '(') return bit(first)
    let bits = bit(this.#next())
    while (this.#peek() === '|') {
      this.#next()
      bits |= bit(this.#next())
    }
    return this.#next() === ')' ? bits : bad()
  }

  #number(word: string, message = SYNTAX): number {
    return /^(\d{1,9}|0x[0-9a-f]{1,8})$/i.test(word) ? Number(word) : bad(message)
  }
}

const PROTOCOLS = ['ip', 'arp', 'tcp', 'udp', 'icmp', 'ip6'] as const

const ipOf = (frame: Frame): Ipv4Packet | null => {
  const payload = frame.l === 'eth' ? frame.payload : frame
  return payload.l === 'ipv4' ? payload : null
}

function sides(side: Side, source: boolean, destination: boolean): boolean {
  if (side === 'src') return source
  if (side === 'dst') return destination
  return side === 'both' ? source && destination : source || destination
}

/** Whether a frame is captured. Like BPF it looks at the outermost IP header: what a tunnel carries is payload. */
export function matchesFilter(filter: Filter, frame: Frame): boolean {
  const ip = ipOf(frame)
  switch (filter.op) {
    case 'true':
      return true
    case 'and':
      return matchesFilter(filter.left, frame) && matchesFilter(filter.right, frame)
    case 'or':
      return matchesFilter(filter.left, frame) || matchesFilter(filter.right, frame)
    case 'not':
      return !matchesFilter(filter.of, frame)
    case 'proto':
      return matchesProtocol(filter.proto, frame, ip)
    case 'host': {
      const arp = frame.l === 'eth' && frame.payload.l === 'arp' ? frame.payload : null
      const [src, dst] = ip ? [ip.src, ip.dst] : arp ? [arp.spa, arp.tpa] : [null, null]
      return src !== null && dst !== null && sides(filter.side, contains(filter.net, src), contains(filter.net, dst))
    }
    case 'port': {
      const l4 = ip?.payload
      if (!ip || ip.frag > 0 || (l4?.l !== 'tcp' && l4?.l !== 'udp')) return false
      const within = (port: number): boolean => port >= filter.lo && port <= filter.hi
      return sides(filter.side, within(l4.sport), within(l4.dport))
    }
    case 'ether':
      return frame.l === 'eth' && sides(filter.side, frame.src === filter.mac, frame.dst === filter.mac)
    case 'cast': {
      if (frame.l !== 'eth') return false
      const group = (Math.floor(frame.dst / 0x10000000000) & 1) === 1
      return filter.what === 'broadcast' ? frame.dst === 0xffffffffffff : group
    }
    case 'length':
      return filter.what === 'less' ? frameLength(frame) <= filter.value : frameLength(frame) >= filter.value
    case 'flags': {
      if (!ip || ip.payload.l !== 'tcp') return false
      const holds = (ip.payload.flags & filter.mask) === filter.equals
      return filter.negate ? !holds : holds
    }
  }
}

function matchesProtocol(proto: (typeof PROTOCOLS)[number], frame: Frame, ip: Ipv4Packet | null): boolean {
  if (proto === 'arp') return frame.l === 'eth' && frame.payload.l === 'arp'
  if (proto === 'ip6') return false
  if (!ip) return false
  return proto === 'ip' || ip.proto === { tcp: 6, udp: 17, icmp: 1 }[proto]
}
