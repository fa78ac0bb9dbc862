import { parseIpv4 } from '../../core/base/ipv4.ts'
import { presentLength } from '../../core/explain/counters.ts'
import { conntrackText } from '../../core/explain/print/conntrack.ts'
import { liveEntries } from '../../core/kernel/conntrack/conntrack.ts'
import type { PathDetail } from '../../core/kernel/details.ts'
import type { ConntrackRow, Tuple } from '../../core/kernel/tables.ts'
import { POINT_CODE, VERDICT_CODE } from '../../core/trace/vocabulary.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, type Done, done, fail, text } from '../types.ts'

const TOOL = 'conntrack v1.4.7 (conntrack-tools): '
const HINT = "Try `conntrack -h' or 'conntrack --help' for more information.\n"
const USAGE =
  'Command line interface for the connection tracking system. Version 1.4.7\nUsage: conntrack [commands] [options]\n\n' +
  'Commands:\n  -L [table] [options]\t\tList conntrack or expectation table\n  -D [table] parameters\t\tDelete conntrack or expectation\n' +
  '  -F [table]\t\t\tFlush table\n  -C [table]\t\t\tShow counter\n  -S\t\t\t\tShow statistics\n'

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1 }

interface Selection {
  proto: number | null
  readonly orig: { src: number | null; dst: number | null; sport: number | null; dport: number | null }
  readonly reply: { src: number | null; dst: number | null; sport: number | null; dport: number | null }
  state: string | null
  mark: number | null
  zone: number | null
  snat: boolean
  dnat: boolean
}

interface Invocation {
  readonly command: string
  readonly select: Selection
  readonly extended: boolean
}

/** `conntrack -L|-D|-F|-C|-S|-E` with the options that select entries. */
export const conntrackCommand: Command = (env, place, argv) => {
  if (argv.length === 0) return done(USAGE)
  const said = read(argv)
  if (typeof said === 'string') return fail(`${TOOL}${said}\n${HINT}`, 2)
  switch (said.command) {
    case 'L':
      return list(env, place, said)
    case 'D':
      return remove(env, place, said)
    case 'F':
      for (const row of liveEntries(env.kernel, place.netns)) env.kernel.world.delete(env.kernel.t.conntrack, row.id)
      return done('', 0, `${TOOL}connection tracking table has been emptied.\n`)
    case 'C':
      return done(`${liveEntries(env.kernel, place.netns).length}\n`)
    case 'S':
      return done(statistics(env, place.netns))
    case 'h':
      return done(USAGE)
    case 'V':
      return done('conntrack v1.4.7 (conntrack-tools)\n')
    case 'E':
      return fail(`${TOOL}events are in the trace of the lab; -E is not available\n`, 1)
    default:
      return fail(`${TOOL}-${said.command} is not available in this lab\n`, 1)
  }
}

/**
 * `conntrack -S`, counted out of the trace as the kernel counts it (struct ip_conntrack_stat): the lab's machines have one CPU. What makes
 * room (early_drop) and searches that start anew are not counted.
 */
function statistics(env: ConsoleEnv, netns: number): string {
  const { trace } = env.kernel
  const { columns } = trace
  const count = { invalid: 0, insert_failed: 0, drop: 0 }
  const end = presentLength(env.kernel)
  for (let i = 0; i < end; i++) {
    if (columns.place[i] !== netns || columns.point[i] !== CONNTRACK || columns.detail[i] === 0) continue
    const detail = trace.details[columns.detail[i]!] as PathDetail
    const dropped = columns.verdict[i] === DROP
    if (detail.d === 'conntrack' && dropped) count.insert_failed++
    if (dropped) count.drop++
    if (detail.d === 'note' && detail.code === 'untracked' && detail.value !== 'untracked') count.invalid++
  }
  return (
    `cpu=0   \tfound=0 invalid=${count.invalid} insert=0 insert_failed=${count.insert_failed} drop=${count.drop} ` +
    'early_drop=0 error=0 search_restart=0 clash_resolve=0 chaintoolong=0 \n'
  )
}
const CONNTRACK = POINT_CODE.get('conntrack')!
const DROP = VERDICT_CODE.get('drop')!

const COMMANDS: Readonly<Record<string, string>> = {
  '-L': 'L',
  '--dump': 'L',
  '-D': 'D',
  '--delete': 'D',
  '-F': 'F',
  '--flush': 'F',
  '-C': 'C',
  '--count': 'C',
  '-S': 'S',
  '--stats': 'S',
  '-E': 'E',
  '--event': 'E',
  '-h': 'h',
  '--help': 'h',
  '-V': 'V',
  '--version': 'V',
  '-G': 'G',
  '--get': 'G',
  '-I': 'I',
  '-U': 'U',
}

/** The invocation, or what is wrong with it. */
function read(argv: readonly string[]): Invocation | string {
  const none = { src: null, dst: null, sport: null, dport: null }
  const select: Selection = {
    proto: null,
    orig: { ...none },
    reply: { ...none },
    state: null,
    mark: null,
    zone: null,
    snat: false,
    dnat: false,
  }
  let command = ''
  let extended = false
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    const known = Object.hasOwn(COMMANDS, word) ? COMMANDS[word]! : ''
    if (known !== '') command = known
    else if (word === 'conntrack' || word === 'expect') continue
    else if (word === '-n' || word === '--src-nat') select.snat = true
    else if (word === '-g' || word === '--dst-nat') select.dnat = true
    else if (word === '-j' || word === '--any-nat') select.snat = select.dnat = true
    else if (!word.startsWith('-')) return `unexpected argument \`${word}'`
    else {
      const value = argv[++i]
      const problem = readOption(word, value, select)
      if (problem !== null) return problem
      if ((word === '-o' || word === '--output') && value!.split(',').includes('extended')) extended = true
    }
  }
  return command === '' ? 'You need to supply a command' : { command, select, extended }
}

function readOption(word: string, value: string | undefined, select: Selection): string | null {
  const { orig, reply } = select
  const address = (): number | null => parseIpv4((value ?? '').split('/')[0]!)
  const needed = value === undefined ? `option \`${word}' requires an argument` : null
  switch (word) {
    case '-p':
    case '--proto':
    case '--protonum':
      select.proto = PROTOCOLS[value ?? ''] ?? (/^\d{1,3}$/.test(value ?? '') ? Number(value) : null)
      return needed ?? (select.proto === null ? `\`${value}' unsupported protocol` : null)
    case '-s':
    case '--src':
    case '--orig-src':
      orig.src = address()
      return needed ?? (orig.src === null ? 'Invalid IP address' : null)
    case '-d':
    case '--dst':
    case '--orig-dst':
      orig.dst = address()
      return needed ?? (orig.dst === null ? 'Invalid IP address' : null)
    case '-r':
    case '--reply-src':
      reply.src = address()
      return needed
    case '-q':
    case '--reply-dst':
      reply.dst = address()
      return needed
    case '--sport':
    case '--orig-port-src':
      orig.sport = Number(value)
      return needed
    case '--dport':
    case '--orig-port-dst':
      orig.dport = Number(value)
      return needed
    case '--reply-port-src':
      reply.sport = Number(value)
      return needed
    case '--reply-port-dst':
      reply.dport = Number(value)
      return needed
    case '--state':
      select.state = value ?? ''
      return needed
    case '-m':
    case '--mark':
      select.mark = Number(value)
      return needed
    case '-w':
    case '--zone':
      select.zone = Number(value)
      return needed
    case '-o':
    case '--output':
    case '-f':
    case '--family':
    case '-z':
    case '-t':
    case '--timeout':
    case '-u':
    case '--status':
      return needed
    default:
      return `unknown option \`${word}'`
  }
}

function selected(
  env: ConsoleEnv,
  place: ConsolePlace,
  { proto, orig, reply, ...more }: Selection,
): readonly ConntrackRow[] {
  const fits = (side: Selection['orig'], tuple: Tuple): boolean =>
    (side.src === null || side.src === tuple.src) &&
    (side.dst === null || side.dst === tuple.dst) &&
    (side.sport === null || side.sport === tuple.sport) &&
    (side.dport === null || side.dport === tuple.dport)
  return liveEntries(env.kernel, place.netns).filter(
    (row) =>
      (proto === null || row.orig.proto === proto) &&
      fits(orig, row.orig) &&
      fits(reply, row.reply) &&
      (more.state === null || row.tcp === more.state) &&
      (more.mark === null || row.mark === more.mark) &&
      (more.zone === null || row.zone === more.zone) &&
      (!(more.snat || more.dnat) || (more.snat && row.snat) || (more.dnat && row.dnat)),
  )
}

function list(env: ConsoleEnv, place: ConsolePlace, said: Invocation): Done {
  const rows = selected(env, place, said.select)
  const lines = rows.map((row) => (said.extended ? 'ipv4     2 ' : '') + conntrackText(row, env.kernel.now))
  return done(text(lines), 0, `${TOOL}${rows.length} flow entries have been shown.\n`)
}

function remove(env: ConsoleEnv, place: ConsolePlace, said: Invocation): Done {
  const rows = selected(env, place, said.select)
  const lines = rows.map((row) => conntrackText(row, env.kernel.now))
  for (const row of rows) env.kernel.world.delete(env.kernel.t.conntrack, row.id)
  return done(text(lines), rows.length === 0 ? 1 : 0, `${TOOL}${rows.length} flow entries have been deleted.\n`)
}
