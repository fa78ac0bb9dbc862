import { type SimTime, MS, SEC } from '../../../base/time.ts'
import { type Result, err, ok } from '../../../base/result.ts'
import { type Options, readOptions } from '../options.ts'

export interface PingOptions {
  readonly host: string
  /** 0 = for ever. */
  readonly count: number
  readonly interval: SimTime
  /** -W: how long to wait for the last replies; -1 = not given. */
  readonly linger: SimTime
  /** -w; 0 = none. */
  readonly deadline: SimTime
  readonly size: number
  /** -p: what fills the rest of a packet; empty = bytes that count up. */
  readonly pattern: readonly number[]
  /** -l: so many are sent without waiting. */
  readonly preload: number
  readonly quiet: boolean
  /** -D: the time before each line. */
  readonly stamps: boolean
  /** -O: tell of what has not been answered when the next one is sent. */
  readonly outstanding: boolean
  readonly broadcast: boolean
  readonly ttl: number
  readonly tos: number
  readonly pmtu: 'want' | 'do' | 'dont'
  /** -I: an address or a device. */
  readonly from: string
}

/** What ping says of its arguments, and its exit status. */
export interface PingRefusal {
  readonly text: string
  readonly exit: 1 | 2
}

const refused = (text: string, exit: 1 | 2): Result<never, PingRefusal> => err({ text: `ping: ${text}\n`, exit })

/** Shown in the lab alone: real ones, that are not modelled. */
const UNMODELLED = 'AfRTm6'

/** The arguments behind the program's name, refused in the words of iputils 20221126 (ping/ping.c main). */
export function readPingOptions(args: readonly string[]): Result<PingOptions, PingRefusal> {
  const options = readOptions(args, { flags: '4nqOvbDBLUrda6AfR', values: 'ciWwtsMIQplTmSe' })
  const { bad } = options
  if (bad) {
    const letter = bad.name.replace(/^-+/, '')
    const why = bad.why === 'no-value' ? 'option requires an argument' : 'invalid option'
    return refused(`${why} -- '${letter}'`, 2)
  }
  const numbers = new Map<string, number>()
  for (const [letter, least, most] of LIMITS) {
    const text = options.value(letter)
    if (text === undefined) continue
    if (!/^[+-]?\d+$/.test(text)) return refused(`invalid argument: '${text}'`, 1)
    const value = Number(text)
    if (value < least || value > most) {
      return refused(`invalid argument: '${text}': out of range: ${least} <= value <= ${limitText(most)}`, 1)
    }
    numbers.set(letter, value)
  }
  const unmodelled = [...UNMODELLED].find((letter) => options.has(letter))
  if (unmodelled) return refused(`-${unmodelled}: not modelled in this lab`, 2)
  if (numbers.get('t') === 0) return refused('cannot set unicast time-to-live: Invalid argument', 2)
  const tos = tosOf(options.value('Q') ?? '0')
  if (!tos.ok) return tos
  const pmtu = options.value('M') ?? 'want'
  if (pmtu !== 'do' && pmtu !== 'dont' && pmtu !== 'want') return refused(`invalid -M argument: ${pmtu}`, 2)
  const pattern = options.value('p') ?? ''
  if (!/^[0-9a-f]*$/i.test(pattern)) return refused(`patterns must be specified as hex digits: ${pattern}`, 2)
  const host = options.rest.at(-1)
  if (host === undefined) return refused('usage error: Destination address required', 1)
  const count = numbers.get('c') ?? 0
  return ok({
    host,
    count,
    interval: Math.max(2 * MS, secondsOf(options, 'i', 1)),
    linger: options.has('W') ? secondsOf(options, 'W', 10) : -1,
    deadline: (numbers.get('w') ?? 0) * SEC,
    size: numbers.get('s') ?? 56,
    pattern: [...pattern.matchAll(/..?/g)].map(([hex]) => Number.parseInt(hex, 16)),
    preload: Math.min(numbers.get('l') ?? 1, count || Infinity),
    quiet: options.has('q'),
    stamps: options.has('D'),
    outstanding: options.has('O'),
    broadcast: options.has('b'),
    ttl: numbers.get('t') ?? 0,
    tos: tos.value,
    pmtu,
    from: options.value('I') ?? '',
  })
}

const INT_MAX = 2_147_483_647
const LIMITS: readonly (readonly [string, number, number])[] = [
  ['c', 1, Number.MAX_SAFE_INTEGER],
  ['l', 1, 65536],
  ['s', 0, INT_MAX],
  ['t', 0, 255],
  ['w', 0, INT_MAX],
]
/** LONG_MAX, which a double cannot say. */
const limitText = (most: number): string => (most === Number.MAX_SAFE_INTEGER ? '9223372036854775807' : String(most))

/** Seconds with a fraction. What is no number counts as 0, as strtod has it. */
const secondsOf = (options: Options, letter: string, otherwise: number): SimTime => {
  const given = Number.parseFloat(options.value(letter) ?? String(otherwise))
  return Math.round(Math.max(0, Math.min(given || 0, INT_MAX / 1000)) * SEC)
}

function tosOf(text: string): Result<number, PingRefusal> {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) return refused(`bad TOS value: ${text}`, 2)
  const value = Number(text)
  return value <= 255 ? ok(value) : refused(`the decimal value of TOS bits must be in range 0-255: ${text}`, 2)
}
