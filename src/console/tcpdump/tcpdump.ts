import { type SimTime, EPOCH_MS, SEC, US } from '../../core/base/time.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { POINT_CODE, VERDICT_CODE } from '../../core/trace/vocabulary.ts'
import { emitFrame } from '../../core/wire/emit.ts'
import { ETHERNET_HEADER, VLAN_TAG } from '../../core/wire/length.ts'
import { type BytesLook, bytesText } from '../../core/wire/print-bytes.ts'
import { tcpdumpLine } from '../../core/wire/print.ts'
import type { Frame } from '../../core/wire/types.ts'
import type { Poll } from '../follow/follower.ts'
import { type Command, type ConsoleEnv, fail, follow, text } from '../types.ts'
import { cookedHeader, cookedLine } from './cooked.ts'
import { type Filter, matchesFilter, parseFilter } from './filter.ts'

/** A capture that runs: everything it remembers, as plain data. */
export interface TcpdumpState {
  readonly f: 'tcpdump'
  readonly netns: number
  /** Link id; 0: every device of the namespace. */
  readonly dev: number
  readonly filter: Filter
  /** Stop after so many; 0: never. */
  readonly count: number
  readonly seen: number
  /** Records of the trace that it has looked at. */
  readonly at: number
  readonly ethernet: boolean
  readonly stamps: 'clock' | 'none' | 'date' | 'epoch'
  readonly absolute: boolean
  /** How many `-v`. */
  readonly verbose: number
  readonly bytes: Bytes | null
  readonly numbered: boolean
  /** First sequence numbers of each conversation, for the relative ones. */
  readonly conversations: Readonly<Record<string, { readonly seq: number; readonly ack: number }>>
}

/** `-x`, `-X`, `-A`; `link`: twice, the link-level header with them. */
interface Bytes {
  readonly look: BytesLook
  readonly link: boolean
}

type Options = { dev: string } & {
  -readonly [
    name in 'count' | 'ethernet' | 'stamps' | 'absolute' | 'verbose' | 'bytes' | 'numbered'
  ]: TcpdumpState[name]
}

const VERSION = 'tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\n'

/**
 * `tcpdump [-i DEV|any] [-n] [-e] [-t] [-v…] [-x|-X|-A] [-S] [-#] [-c N] [FILTER]`. Names are never resolved; `-q`, `-K` and what is about
 * buffers change nothing; files are refused.
 */
export const tcpdumpCommand: Command = (env, place, argv) => {
  const options: Options = {
    dev: '',
    count: 0,
    ethernet: false,
    stamps: 'clock',
    absolute: false,
    verbose: 0,
    bytes: null,
    numbered: false,
  }
  const words: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (!word.startsWith('-') || word === '-' || words.length > 0) {
      words.push(word)
      continue
    }
    if (word === '--version') return { kind: 'done', stdout: '', stderr: VERSION, exit: 0 }
    if (word === '-D' || word === '--list-interfaces') return listDevices(env, place.netns)
    const problem = readLetters(word, () => argv[++i] ?? null, options)
    if (problem !== null) return fail(`tcpdump: ${problem}`, 1)
  }
  return start(env, place.netns, options, words)
}

const LOOK: Readonly<Record<string, BytesLook>> = { x: 'hex', X: 'hexText', A: 'text' }

function readLetters(word: string, value: () => string | null, options: Options): string | null {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!
    const look = LOOK[letter]
    if (look) options.bytes = { look, link: options.bytes?.look === look }
    else if (letter === 'v') options.verbose++
    else if (letter === 'S') options.absolute = true
    else if (letter === '#') options.numbered = true
    else if (letter === 'e') options.ethernet = true
    else if ('nNqlUpKHLdOb'.includes(letter)) continue
    else if (letter === 't')
      options.stamps = options.stamps === 'clock' ? 'none' : options.stamps === 'none' ? 'epoch' : 'date'
    else if ('icsBwrCGWyDjz'.includes(letter)) {
      const said = at + 1 < word.length ? word.slice(at + 1) : value()
      if (said === null) return `option requires an argument -- '${letter}'\n`
      if (letter === 'i') options.dev = said
      if (letter === 'c') {
        if (!/^\d{1,9}$/.test(said) || Number(said) === 0) return `invalid packet count ${said}\n`
        options.count = Number(said)
      }
      if (letter === 'r' || letter === 'w')
        return `-${letter}: files of packets are not modelled; export a pcapng of the lab instead\n`
      return null
    } else
      return `invalid option -- '${letter}'\n${VERSION}Usage: tcpdump [-ennqStU] [ -c count ] [ -i interface ] [ expression ]\n`
  }
  return null
}

function start(env: ConsoleEnv, netns: number, options: Options, words: readonly string[]): ReturnType<Command> {
  const { kernel } = env
  const name = options.dev === '' ? defaultDevice(env, netns) : options.dev
  const link = name === 'any' ? undefined : kernel.t.linkByName.at(`${netns}/${name}`).first()
  if (name !== 'any' && !link) return fail(`tcpdump: ${name}: No such device exists\n(No such device exists)\n`)
  if (link && !link.up) return fail(`tcpdump: ${name}: That device is not up\n`)
  const filter = parseFilter(words)
  if (!filter.ok) return fail(`tcpdump: ${filter.error}\n`)
  const { dev: _, ...asked } = options
  const state: TcpdumpState = {
    f: 'tcpdump',
    ...asked,
    netns,
    dev: link?.id ?? 0,
    filter: filter.value,
    seen: 0,
    at: kernel.trace.length,
    conversations: {},
  }
  const type = link ? 'EN10MB (Ethernet)' : 'LINUX_SLL2 (Linux cooked v2)'
  const head =
    (link ? '' : 'tcpdump: data link type LINUX_SLL2\n') +
    (options.verbose > 0 ? 'tcpdump: ' : QUIET) +
    `listening on ${name}, link-type ${type}, snapshot length 262144 bytes\n`
  return follow(state, '', head)
}

const QUIET = 'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n'

/** The first device that is up and is not the loopback (pcap_findalldevs). */
function defaultDevice(env: ConsoleEnv, netns: number): string {
  const links = [...env.kernel.t.linkByNetns.at(netns).rows()].sort((a, b) => a.ifindex - b.ifindex)
  return (links.find((link) => link.up && link.kind !== 'loopback') ?? links[0])?.name ?? 'any'
}

function listDevices(env: ConsoleEnv, netns: number): ReturnType<Command> {
  const links = [...env.kernel.t.linkByNetns.at(netns).rows()].sort((a, b) => a.ifindex - b.ifindex)
  const state = (link: LinkRow): string =>
    link.kind === 'loopback' ? '[Up, Running, Loopback]' : link.up ? '[Up, Running, Connected]' : '[none, Disconnected]'
  const lines = links.map((link, i) => `${i + 1}.${link.name} ${state(link)}`)
  return {
    kind: 'done',
    stdout: text([...lines, `${links.length + 1}.any (Pseudo-device that captures on all interfaces) [Up, Running]`]),
    stderr: '',
    exit: 0,
  }
}

const TRANSMIT = POINT_CODE.get('dev.xmit')!
const RECEIVE = POINT_CODE.get('dev.recv')!
const SEND = VERDICT_CODE.get('send')!
const RECEIVED = VERDICT_CODE.get('receive')!

/** The lines of what the capture has seen since it was last asked, up to record `to` of the trace (default: all). */
export function followTcpdump(env: ConsoleEnv, state: TcpdumpState, to: number = env.kernel.trace.length): Poll {
  const { trace } = env.kernel
  const { point, verdict, place, dev, t } = trace.columns
  const conversations = new Map(Object.entries(state.conversations))
  const session = state.absolute ? undefined : { conversations }
  let seen = state.seen
  let stdout = ''
  let i = Math.min(state.at, to)
  for (; i < to && (state.count === 0 || seen < state.count); i++) {
    if (place[i] !== state.netns || (state.dev !== 0 && dev[i] !== state.dev)) continue
    const sent = point[i] === TRANSMIT && verdict[i] === SEND
    if (!sent && (point[i] !== RECEIVE || verdict[i] !== RECEIVED)) continue
    const link = env.kernel.t.link.get(dev[i]!)
    // On the loopback every packet passes twice, and libpcap shows it once.
    if (sent && (!link || link.kind === 'loopback')) continue
    const frame = trace.frameAt(i)
    if (!frame || !matchesFilter(state.filter, frame)) continue
    seen++
    const { verbose } = state
    const line = tcpdumpLine(frame, { ethernet: state.ethernet, session, verbose })
    const at = stamp(state, t[i]!)
    const number = state.numbered ? `${String(seen).padStart(5)}  ` : ''
    const head = state.dev === 0 ? cookedLine(line, { link, frame, sent, ethernet: state.ethernet }) : line
    stdout += `${number}${at}${head}${state.bytes ? bytesOf(state, state.bytes, frame, link, sent) : ''}\n`
  }
  const finished = state.count !== 0 && seen >= state.count
  if (finished) return { stdout, stderr: tcpdumpSummary(seen), follower: null, exit: 0 }
  const next: TcpdumpState = { ...state, seen, at: i, conversations: Object.fromEntries(conversations) }
  return { stdout, stderr: '', follower: next, exit: 0 }
}

/** What it says at the end; after Ctrl+C a line break comes first. */
export const tcpdumpSummary = (seen: number): string => {
  const packets = `${seen} packet${seen === 1 ? '' : 's'}`
  return `${packets} captured\n${packets} received by filter\n0 packets dropped by kernel\n`
}

function bytesOf(state: TcpdumpState, bytes: Bytes, frame: Frame, link: LinkRow | undefined, sent: boolean): string {
  const whole = Array.from(emitFrame(frame), (byte) => String.fromCharCode(byte)).join('')
  const head = frame.l !== 'eth' ? 0 : ETHERNET_HEADER + (frame.vlan === undefined ? 0 : VLAN_TAG)
  const payload = whole.slice(head)
  const kept = bytes.link ? (state.dev === 0 ? cookedHeader({ frame, link, sent }) + payload : whole) : payload
  return bytesText(kept, bytes.look)
}

function stamp(state: TcpdumpState, t: SimTime): string {
  if (state.stamps === 'none') return ''
  const micros = String(Math.floor((t % SEC) / US)).padStart(6, '0')
  const seconds = Math.floor(t / SEC) + EPOCH_MS / 1000
  if (state.stamps === 'epoch') return `${seconds}.${micros} `
  const iso = new Date(seconds * 1000).toISOString()
  const clock = `${iso.slice(11, 19)}.${micros} `
  return state.stamps === 'date' ? `${iso.slice(0, 10)} ${clock}` : clock
}
