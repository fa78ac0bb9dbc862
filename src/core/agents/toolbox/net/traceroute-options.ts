import { type Ipv4, parseIpv4 } from '../../../base/ipv4.ts'
import { SEC, type SimTime } from '../../../base/time.ts'

export interface TraceOptions {
  readonly host: string
  /** Where it stood on the command line: among the arguments, and among all words. */
  readonly hostAt: { readonly position: number; readonly index: number }
  readonly method: 'udp' | 'icmp' | 'tcp'
  /** -n. Reverse lookups are not modelled: without it the address stands for its name. */
  readonly numeric: boolean
  readonly first: number
  readonly hops: number
  readonly queries: number
  /** How many probes are on their way at once. */
  readonly together: number
  /** The longest wait, and the factors of answers from the same hop and of later ones; 0 = not looked at. */
  readonly wait: { readonly max: SimTime; readonly here: number; readonly near: number }
  readonly port: number
  /** The port does not grow from probe to probe. */
  readonly samePort: boolean
  /** Bytes of a whole packet. */
  readonly size: number
  readonly noFragment: boolean
  readonly tos: number
  readonly source: Ipv4 | null
  readonly device: string
}

const LONG: Readonly<Record<string, string>> = {
  icmp: 'I',
  tcp: 'T',
  udp: 'U',
  'dont-fragment': 'F',
  first: 'f',
  'max-hops': 'm',
  queries: 'q',
  wait: 'w',
  port: 'p',
  interface: 'i',
  source: 's',
  'sim-queries': 'N',
  tos: 't',
}
const FLAGS = '4nITUFrd'
const VALUES = 'mqwpfisNtz'
const NUMBERS = 'mqpfNt'

/** The words of the command line by option, or what the tool says of them. */
export function readTraceOptions(argv: readonly string[]): TraceOptions | string {
  const given = new Map<string, string>()
  const rest: { readonly text: string; readonly index: number }[] = []
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i]!
    if (!/^-./.test(arg)) {
      rest.push({ text: arg, index: i })
      continue
    }
    const index = i
    const [letter, inline] = split(arg)
    if (FLAGS.includes(letter) && letter !== '') {
      for (const flag of arg.startsWith('--') ? letter : arg.slice(1)) {
        if (!FLAGS.includes(flag)) return `Bad option \`-${flag}' (argc ${index})`
        given.set(flag, '')
      }
      continue
    }
    if (letter === '' || !VALUES.includes(letter)) return `Bad option \`${arg}' (argc ${index})`
    const value = inline ?? argv[++i]
    if (value === undefined) return `Option \`${arg}' (argc ${index}) requires an argument`
    const fits = letter === 'w' ? /^[\d.]+(,[\d.]*){0,2}$/ : NUMBERS.includes(letter) ? /^\d+$/ : /./
    if (!fits.test(value)) return `Cannot handle \`-${letter}' option with arg \`${value}' (argc ${i})`
    given.set(letter, value)
  }
  return withArguments(given, rest)
}

/** The letter that an option stands for, and the value that is glued to it. */
function split(arg: string): readonly [letter: string, inline: string | undefined] {
  if (!arg.startsWith('--')) return [arg[1]!, arg.length > 2 ? arg.slice(2) : undefined]
  const at = arg.indexOf('=')
  const name = arg.slice(2, at < 0 ? undefined : at)
  return [Object.hasOwn(LONG, name) ? LONG[name]! : '', at < 0 ? undefined : arg.slice(at + 1)]
}

const MAX_HOPS = 255
const MAX_QUERIES = 10
/** -U without a port. */
const DNS_PORT = 53

function withArguments(
  given: ReadonlyMap<string, string>,
  rest: readonly { readonly text: string; readonly index: number }[],
): TraceOptions | string {
  const [host, length, extra] = rest
  if (!host) return 'Specify "host" missing argument.'
  if (length && !/^\d+$/.test(length.text))
    return `Cannot handle "packetlen" cmdline arg \`${length.text}' on position 2 (argc ${length.index})`
  if (extra) return `Extra arg \`${extra.text}' (position 3, argc ${extra.index})`
  const number = (letter: string, otherwise: number): number => Number(given.get(letter) ?? otherwise)
  const method = given.has('I') ? 'icmp' : given.has('T') ? 'tcp' : 'udp'
  const [first, hops, queries] = [number('f', 1), number('m', 30), number('q', 3)]
  if (first === 0 || first > hops) return 'first hop out of range'
  if (hops > MAX_HOPS) return `max hops cannot be more than ${MAX_HOPS}`
  if (queries === 0 || queries > MAX_QUERIES) return `no more than ${MAX_QUERIES} probes per hop`
  const [max = 5, here = 3, near = 10] = (given.get('w') ?? '')
    .split(',')
    .map((text) => (text === '' ? undefined : Number(text)))
  const toPort = given.has('U') || method === 'tcp'
  return {
    host: host.text,
    hostAt: { position: 1, index: host.index },
    method,
    numeric: given.has('n'),
    first,
    hops,
    queries,
    together: Math.max(1, number('N', 16)),
    wait: { max: Math.round(max * SEC), here, near },
    port: number('p', method === 'tcp' ? 80 : given.has('U') ? DNS_PORT : 33434),
    samePort: toPort,
    size: Math.max(28, Number(length?.text ?? 60)),
    noFragment: given.has('F'),
    tos: number('t', 0),
    source: parseIpv4(given.get('s') ?? ''),
    device: given.get('i') ?? '',
  }
}
