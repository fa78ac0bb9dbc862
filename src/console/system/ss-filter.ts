import { maskOf, parseCidr } from '../../core/base/cidr.ts'
import { parseIpv4 } from '../../core/base/ipv4.ts'
import { type Result, err, ok } from '../../core/base/result.ts'
import type { SocketRow, SocketState } from '../../core/kernel/socket/tables.ts'

export interface SsFilter {
  readonly states: ReadonlySet<SocketState> | null
  readonly keeps: (row: SocketRow) => boolean
}
type Test = (row: SocketRow) => boolean

const STATES: Readonly<Record<string, SocketState>> = {
  established: 'ESTAB',
  'syn-sent': 'SYN-SENT',
  'syn-recv': 'SYN-RECV',
  'fin-wait-1': 'FIN-WAIT-1',
  'fin-wait-2': 'FIN-WAIT-2',
  'time-wait': 'TIME-WAIT',
  closed: 'UNCONN',
  unconnected: 'UNCONN',
  'close-wait': 'CLOSE-WAIT',
  'last-ack': 'LAST-ACK',
  listening: 'LISTEN',
  listen: 'LISTEN',
  closing: 'CLOSING',
}
const ALL = new Set(Object.values(STATES))
const without = (...left: readonly SocketState[]): Set<SocketState> =>
  new Set([...ALL].filter((s) => !left.includes(s)))
/** misc/ss.c scan_state: names for several states. */
const GROUPS: Readonly<Record<string, ReadonlySet<SocketState>>> = {
  all: ALL,
  connected: without('UNCONN', 'LISTEN'),
  synchronized: without('UNCONN', 'LISTEN', 'SYN-SENT'),
  bucket: new Set(['SYN-RECV', 'TIME-WAIT']),
  big: without('SYN-RECV', 'TIME-WAIT'),
}

const PORTS: Readonly<Record<string, number>> = { ssh: 22, domain: 53, http: 80, https: 443 }

const OPERATORS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
}
const SPELLED: Readonly<Record<string, string>> = {
  '==': '=',
  eq: '=',
  is: '=',
  ne: '!=',
  neq: '!=',
  lt: '<',
  gt: '>',
  le: '<=',
  leq: '<=',
  ge: '>=',
  geq: '>=',
}

/** Reads the words behind ss's options: `state …`, `exclude …`, and an expression (misc/ssfilter.y). */
export function readFilter(words: readonly string[]): Result<SsFilter, string> {
  const rest = words.flatMap((word) => word.split(/\s+|(?<=[()])|(?=[()])|(?<=!)(?!=)/)).filter((word) => word !== '')
  let states: ReadonlySet<SocketState> | null = null
  while (rest[0] === 'state' || rest[0] === 'exclude') {
    const verb = rest.shift()
    const name = (rest.shift() ?? '').toLowerCase()
    const named = GROUPS[name] ?? (STATES[name] ? new Set([STATES[name]]) : null)
    if (!named) return err(`ss: wrong state name: ${name}\n`)
    const before: ReadonlySet<SocketState> = states ?? new Set(verb === 'state' ? [] : ALL)
    states = new Set(verb === 'state' ? [...before, ...named] : [...before].filter((state) => !named.has(state)))
  }
  if (rest.length === 0) return ok({ states, keeps: () => true })
  try {
    const keeps = either(rest)
    return rest.length === 0 ? ok({ states, keeps }) : wrong()
  } catch (problem) {
    if (problem instanceof SyntaxError) return wrong()
    throw problem
  }
}

const wrong = (): Result<SsFilter, string> => err('ss: bison bellows (while parsing filter): "syntax error!"\n')

function either(words: string[]): Test {
  let left = both(words)
  while (words[0] === 'or' || words[0] === '|' || words[0] === '||') {
    words.shift()
    const [first, second] = [left, both(words)]
    left = (row) => first(row) || second(row)
  }
  return left
}

/** Tests that stand side by side are joined by `and`. */
function both(words: string[]): Test {
  let left = single(words)
  while (words.length > 0 && words[0] !== ')' && words[0] !== 'or' && words[0] !== '|' && words[0] !== '||') {
    if (words[0] === 'and' || words[0] === '&' || words[0] === '&&') words.shift()
    const [first, second] = [left, single(words)]
    left = (row) => first(row) && second(row)
  }
  return left
}

function single(words: string[]): Test {
  const word = words.shift()
  if (word === '(') {
    const inside = either(words)
    if (words.shift() !== ')') throw new SyntaxError()
    return inside
  }
  if (word === 'not' || word === '!') {
    const inside = single(words)
    return (row) => !inside(row)
  }
  if (word === 'sport' || word === 'dport') return portTest(word, words)
  if (word === 'src' || word === 'dst') return addressTest(word, words)
  throw new SyntaxError()
}

function operator(words: string[]): string {
  const word = words[0] ?? ''
  const name = SPELLED[word] ?? word
  if (!Object.hasOwn(OPERATORS, name)) return '='
  words.shift()
  return name
}

function portTest(which: 'sport' | 'dport', words: string[]): Test {
  const compare = OPERATORS[operator(words)]!
  const text = (words.shift() ?? '').replace(/^.*:/, '')
  const port = PORTS[text] ?? Number(text)
  if (!Number.isInteger(port)) throw new SyntaxError()
  return (row) => compare(which === 'sport' ? row.lport : row.rport, port)
}

/** `10.0.0.0/8`, `10.1.2.3:80`, `:80`. */
function addressTest(which: 'src' | 'dst', words: string[]): Test {
  const differs = operator(words) === '!='
  const [prefix = '', port = ''] = (words.shift() ?? '').split(':')
  const alone = prefix === '' || prefix === '*' ? null : parseIpv4(prefix)
  const net = prefix.includes('/') ? parseCidr(prefix) : alone === null ? { addr: 0, len: 0 } : { addr: alone, len: 32 }
  if (!net) throw new SyntaxError()
  const wanted = port === '' || port === '*' ? null : (PORTS[port] ?? Number(port))
  const fits: Test = (row) => {
    const [addr, own] = which === 'src' ? [row.laddr, row.lport] : [row.raddr, row.rport]
    return ((addr ^ net.addr) & maskOf(net.len)) === 0 && (wanted === null || own === wanted)
  }
  return (row) => fits(row) !== differs
}
