import { type Cidr, maskOf } from '../../base/cidr.ts'
import { type Ipv4, formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import { formatMac, parseMac } from '../../base/mac.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import { ICMP_TYPES, PROTOCOLS, SERVICES, nameOf, numberOf } from '../netfilter/names.ts'
import { parseUint } from '../netfilter/numbers.ts'
import { KINDS, type Part } from './kinds.ts'
import type { Element, SetRow } from './types.ts'

export const NOTHING: Element = {
  ip: 0,
  len: 32,
  proto: 0,
  port: 0,
  ip2: 0,
  len2: 32,
  iface: '',
  physdev: false,
  mac: -1,
  set: '',
}

/** One element as ipset prints it: its identity within a set, too. */
export function elementText(set: Pick<SetRow, 'type'>, e: Element): string {
  let first = true
  return KINDS[set.type].parts
    .flatMap((part) => {
      const text = partText(part, e, first, set.type === 'bitmap:port')
      first = false
      return text === '' ? [] : [text]
    })
    .join(',')
}

function partText(part: Part, e: Element, first: boolean, bare: boolean): string {
  switch (part) {
    case 'ip':
    case 'net':
      return first ? prefixText(e.ip, e.len) : prefixText(e.ip2, e.len2)
    case 'port':
      return bare ? `${e.port}` : `${nameOf(PROTOCOLS, e.proto) ?? e.proto}:${portText(e)}`
    case 'iface':
      return `${e.physdev ? 'physdev:' : ''}${e.iface}`
    case 'mac':
      return e.mac < 0 ? '' : formatMac(e.mac)
    case 'set':
      return e.set
  }
}

const prefixText = (ip: Ipv4, len: number): string => (len === 32 ? formatIpv4(ip) : `${formatIpv4(ip)}/${len}`)

/** ipset(8) has a name for a type and code, none for all codes of a type that has several. */
const ICMP_NAMES = ICMP_TYPES.filter(
  ([, type, code]) => type !== 255 && (code !== null || !ICMP_TYPES.some(([, t, c]) => t === type && c === 0)),
)

function portText(e: Element): string {
  if (e.proto !== IP_PROTO.icmp) return `${e.port}`
  const [type, code] = [e.port >>> 8, e.port & 255]
  const known = ICMP_NAMES.find(([, t, c]) => t === type && (c ?? 0) === code)
  return known ? known[0] : `${type}/${code}`
}

/** At most so many elements come out of one range. */
const MAX_ELEMENTS = 65536

/** The elements that a text such as `10.0.0.1-10.0.0.9,tcp:80-90` names in a set; the words of ipset(8) where it names none. */
export function parseElements(set: SetRow, text: string): Result<readonly Element[], string> {
  const { parts } = KINDS[set.type]
  const words = text.split(',')
  if (parts.length === 1 && words.length > 1)
    return err(`Syntax error: Elem separator in ${text}, but settype ${set.type} supports none.`)
  if (parts.length === 2 && words.length > 2)
    return err(`Syntax error: Two elem separators in ${text}, but settype ${set.type} supports one.`)
  let elements: readonly Element[] = [NOTHING]
  for (const [i, part] of parts.entries()) {
    const word = words[i]
    if (word === undefined) {
      if (part === 'mac') continue
      return err(`Syntax error: ${['First', 'Second', 'Third'][i]} element is missing from ${text}.`)
    }
    const read = parsePart(set, part, word, i === 0)
    if (!read.ok) return read
    elements = elements.flatMap((element) => read.value.map((more) => ({ ...element, ...more })))
    if (elements.length > MAX_ELEMENTS) return err('The range you specified exceeds the size limit of the set')
  }
  return ok(elements)
}

type Fields = Result<readonly Partial<Element>[], string>

function parsePart(set: SetRow, part: Part, word: string, first: boolean): Fields {
  switch (part) {
    case 'ip':
      return first ? addresses(set, word) : second(word)
    case 'net': {
      const nets = prefixes(word)
      if (!nets.ok) return nets
      if (set.type !== 'hash:net,iface' && nets.value.some((net) => net.len === 0))
        return err('The value of the CIDR parameter of the IP address is invalid')
      return ok(nets.value.map(({ addr, len }) => (first ? { ip: addr, len } : { ip2: addr, len2: len })))
    }
    case 'port':
      return ports(word, set.type === 'bitmap:port')
    case 'iface': {
      const physdev = word.startsWith('physdev:')
      return ok([{ iface: physdev ? word.slice(8) : word, physdev }])
    }
    case 'mac': {
      const mac = parseMac(word)
      return mac === null ? err(`Syntax error: cannot parse '${word}' as ethernet address`) : ok([{ mac }])
    }
    case 'set':
      return ok([{ set: word }])
  }
}

const unresolved = (word: string): Result<never, string> =>
  err(`Syntax error: cannot parse ${word}: resolving to IPv4 address failed`)

/** One address, a prefix or a range: each address in it, cut to the set's netmask. */
function addresses(set: SetRow, word: string): Fields {
  const range = rangeOf(word)
  if (!range.ok) return range
  const [from, to] = range.value
  if (to - from === 0xffffffff) return err('The value of the CIDR parameter of the IP address is invalid')
  const step = 2 ** (32 - set.netmask)
  const start = (from & maskOf(set.netmask)) >>> 0
  if ((to - start) / step >= MAX_ELEMENTS) return err('The range you specified exceeds the size limit of the set')
  const all: Partial<Element>[] = []
  for (let ip = start; ip <= to; ip += step) all.push({ ip })
  return ok(all)
}

function second(word: string): Fields {
  const ip = parseIpv4(word)
  return ip === null ? unresolved(word) : ok([{ ip2: ip }])
}

/** First and last address of `a`, `a/len`, `a-b`. */
export function rangeOf(word: string): Result<readonly [Ipv4, Ipv4], string> {
  const [first = '', last] = word.split('-')
  if (last !== undefined) {
    const [from, to] = [parseIpv4(first), parseIpv4(last)]
    if (from === null) return unresolved(first)
    if (to === null) return unresolved(last)
    return ok(from <= to ? [from, to] : [to, from])
  }
  const [host = '', cidr] = first.split('/')
  const ip = parseIpv4(host)
  if (ip === null) return unresolved(host)
  const len = cidr === undefined ? 32 : parseUint(cidr, 32)
  if (len === null) return err(`Syntax error: '${cidr}' is out of range 0-32`)
  const base = (ip & maskOf(len)) >>> 0
  return ok([base, base + 2 ** (32 - len) - 1])
}

/** The prefixes that make up `a/len` or `a-b`, in order. */
function prefixes(word: string): Result<readonly Cidr[], string> {
  const range = rangeOf(word)
  if (!range.ok) return range
  const all: Cidr[] = []
  let [at, last] = range.value
  while (at <= last) {
    let len = 32
    while (len > 0 && (at & maskOf(len - 1)) >>> 0 === at && at + 2 ** (33 - len) - 1 <= last) len--
    all.push({ addr: at, len })
    at += 2 ** (32 - len)
    if (at > 0xffffffff) break
  }
  return ok(all)
}

/** `80`, `tcp:80`, `udp:53-60`, `icmp:8/0`, `icmp:ping`, `47:0`. Without a protocol it is TCP. */
function ports(word: string, bare: boolean): Fields {
  const colon = word.indexOf(':')
  const protocol = colon < 0 ? 'tcp' : word.slice(0, colon)
  const rest = word.slice(colon + 1)
  const proto = parseUint(protocol, 255) ?? numberOf(PROTOCOLS, protocol.toLowerCase())
  if (proto === null) return err(`Syntax error: cannot parse '${protocol}' as a protocol`)
  if (proto === IP_PROTO.icmp) return icmp(rest)
  const [first = '', last = first] = rest.split('-')
  const [lo, hi] = [portNumber(first), portNumber(last)]
  if (lo === null) return err(portWords(first, protocol))
  if (hi === null) return err(portWords(last, protocol))
  const [from, to] = lo <= hi ? [lo, hi] : [hi, lo]
  return ok(Array.from({ length: to - from + 1 }, (_, i) => ({ port: from + i, proto: bare ? 0 : proto })))
}

/** ipset tells of each thing it tried. */
export function portWords(text: string, protocol: string): string {
  const number = /^\d+$/.test(text) ? `'${text}' is out of range 0-65535` : `'${text}' is invalid as number`
  return `Syntax error: ${number}\nSyntax error: '${protocol}' is invalid as number\ncannot parse '${text}' as a ${protocol} port`
}

const portNumber = (text: string): number | null => parseUint(text, 65535) ?? numberOf(SERVICES, text)

function icmp(text: string): Fields {
  const known = ICMP_NAMES.find(([name]) => name === text)
  const [type, code = 0] = known ? [known[1], known[2] ?? 0] : text.split('/').map((word) => parseUint(word, 255))
  if (type === null || type === undefined || code === null) return err(`Cannot parse ${text} as an ICMP type/code.`)
  return ok([{ proto: IP_PROTO.icmp, port: (type << 8) | code }])
}
