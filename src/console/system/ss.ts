import { formatIpv4 } from '../../core/base/ipv4.ts'
import type { SocketRow, SocketState } from '../../core/kernel/socket/tables.ts'
import { readFilter } from './ss-filter.ts'
import type { ProcessLayer } from '../../core/kernel/process/layer.ts'
import { type Command, type ConsolePlace, done, fail } from '../types.ts'

interface Options {
  tcp: boolean
  udp: boolean
  all: boolean
  listening: boolean
  processes: boolean
  summary: boolean
  header: boolean
  none: boolean
  info: boolean
  /** States that the filter asks for; `null`: those of the options. */
  states: ReadonlySet<SocketState> | null
}

/** `ss` of iproute2: sockets of the namespace. Names are never resolved: `-n` changes nothing. */
export const ssCommand: Command = (env, place, argv) => {
  const options: Options = {
    tcp: false,
    udp: false,
    all: false,
    listening: false,
    processes: false,
    summary: false,
    header: true,
    none: false,
    info: false,
    states: null,
  }
  const words: string[] = []
  for (const word of argv) {
    if (word.startsWith('-') && word.length > 1) {
      if (!readOption(word, options))
        return fail(
          `ss: invalid option -- '${word.replace(/^-+/, '')[0] ?? ''}'\nUsage: ss [ OPTIONS ]\n       ss [ OPTIONS ] [ FILTER ]\n`,
          255,
        )
    } else words.push(word)
  }
  const layer = env.processes
  if (options.summary) return done(summary(layer, place))
  const filter = readFilter(words)
  if (!filter.ok) return fail(filter.error, 255)
  options.states = filter.value.states
  const rows = layer ? sockets(layer, place, options).filter(filter.value.keeps) : []
  return done(render(layer, rows, options))
}

const LONG: Readonly<Record<string, string>> = {
  '--tcp': 't',
  '--udp': 'u',
  '--all': 'a',
  '--listening': 'l',
  '--processes': 'p',
  '--numeric': 'n',
  '--summary': 's',
  '--no-header': 'H',
  '--ipv4': '4',
  '--ipv6': '6',
  '--extended': 'e',
  '--info': 'i',
  '--options': 'o',
  '--memory': 'm',
}

function readOption(word: string, options: Options): boolean {
  const letters = word.startsWith('--') ? (Object.hasOwn(LONG, word) ? LONG[word]! : '?') : word.slice(1)
  for (const letter of letters) {
    if (letter === 't') options.tcp = true
    else if (letter === 'u') options.udp = true
    else if (letter === 'a') options.all = true
    else if (letter === 'l') options.listening = true
    else if (letter === 'p') options.processes = true
    else if (letter === 's') options.summary = true
    else if (letter === 'i') options.info = true
    else if (letter === 'H') options.header = false
    else if (letter === '6' || letter === 'x' || letter === 'w' || letter === '0') options.none = true
    else if (!'nreomO4Z'.includes(letter)) return false
  }
  return true
}

function sockets(layer: ProcessLayer, place: ConsolePlace, options: Options): readonly SocketRow[] {
  const anyFamily = !options.tcp && !options.udp && !options.none
  const wanted = (row: SocketRow): boolean => {
    if (row.proto === 'icmp' || row.proto === 'arp' || row.state === 'CLOSED') return false
    if (row.proto === 'tcp' && !options.tcp && !anyFamily) return false
    if (row.proto === 'udp' && !options.udp && !anyFamily) return false
    const idle = row.state === 'LISTEN' || row.state === 'UNCONN'
    if (row.proto === 'tcp' && row.state === 'UNCONN') return false
    if (options.states) return options.states.has(row.state)
    return options.all || (options.listening ? idle : !idle && row.state !== 'TIME-WAIT' && row.state !== 'SYN-RECV')
  }
  const rank = (row: SocketRow): number =>
    row.proto === 'udp' ? 0 : row.state === 'LISTEN' ? 1 : row.state === 'TIME-WAIT' ? 3 : 2
  return [...layer.sockets.t.byNetns.at(place.netns).rows()]
    .filter(wanted)
    .sort((a, b) => rank(a) - rank(b) || a.id - b.id)
}

/** One column of the table: what stands before it, how it is aligned, what is in it. */
interface Column {
  readonly head: string
  readonly delimiter: string
  readonly right: boolean
  readonly cell: (row: SocketRow) => string
}

/** Widths follow the content, as when ss writes to a pipe (misc/ss.c render_calc_width). */
function render(layer: ProcessLayer | null, rows: readonly SocketRow[], options: Options): string {
  const both = (options.tcp && options.udp) || (!options.tcp && !options.udp)
  // Of sockets that are all in one state it goes without saying.
  const oneState = options.states?.size === 1
  const columns: readonly Column[] = [
    ...(both ? [{ head: 'Netid', delimiter: '', right: false, cell: (row: SocketRow) => row.proto }] : []),
    ...(oneState
      ? []
      : [{ head: 'State', delimiter: both ? ' ' : '', right: false, cell: (row: SocketRow) => row.state }]),
    {
      head: 'Recv-Q',
      delimiter: both || !oneState ? ' ' : '',
      right: false,
      cell: (row) => String(queues(layer, row)[0]),
    },
    { head: 'Send-Q', delimiter: ' ', right: false, cell: (row) => String(queues(layer, row)[1]) },
    { head: 'Local Address:', delimiter: ' ', right: true, cell: (row) => `${localText(layer, row)}:` },
    { head: 'Port', delimiter: '', right: false, cell: (row) => String(row.lport) },
    { head: 'Peer Address:', delimiter: ' ', right: true, cell: (row) => `${formatIpv4(row.raddr)}:` },
    { head: 'Port', delimiter: '', right: false, cell: (row) => (row.rport === 0 ? '*' : String(row.rport)) },
    { head: 'Process', delimiter: '', right: false, cell: (row) => (options.processes ? userText(layer, row) : '') },
  ]
  // The queues are printed six wide, header or not.
  const least = ({ head }: Column): number => (options.header || head.endsWith('-Q') ? head.length : 0)
  const widths = columns.map((column) => Math.max(least(column), ...rows.map((row) => column.cell(row).length)))
  const line = (cells: readonly string[], last: boolean): string =>
    `${cells
      .map((cell, i) => {
        const { delimiter, right } = columns[i]!
        if (i === cells.length - 1 && last) return cell
        return delimiter + (right ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
      })
      .join('')}\n`
  const header = options.header
    ? line(
        columns.map((column) => column.head),
        true,
      )
    : ''
  return (
    header +
    rows
      .map(
        (row) =>
          line(
            columns.map((column) => column.cell(row)),
            false,
          ) + (options.info ? infoText(layer, row) : ''),
      )
      .join('')
  )
}

function localText(layer: ProcessLayer | null, row: SocketRow): string {
  const dev = row.dev === 0 ? '' : `%${layer?.kernel.t.link.get(row.dev)?.name ?? ''}`
  return `${formatIpv4(row.laddr)}${dev}`
}

/** Recv-Q and Send-Q; of a listening socket, connections that wait and how many may. */
function queues(layer: ProcessLayer | null, row: SocketRow): readonly [number, number] {
  if (row.state === 'LISTEN') return [row.accepting.length, row.backlog]
  const tcp = layer?.sockets.t.tcp.get(row.id)
  if (!tcp) return [0, 0]
  const unacknowledged = row.state === 'SYN-SENT' ? 1 : tcp.sndBuf.length
  return [tcp.recvQueue.length, unacknowledged]
}

function userText(layer: ProcessLayer | null, row: SocketRow): string {
  const process = layer?.t.process.get(row.owner)
  return process ? ` users:(("${process.program}",pid=${process.pid},fd=3))` : ''
}

/** The line that `-i` adds: what of struct tcp_info is modelled. Congestion control is Reno here, whatever the sysctl says. */
function infoText(layer: ProcessLayer | null, row: SocketRow): string {
  const tcp = layer?.sockets.t.tcp.get(row.id)
  if (!tcp || row.state === 'LISTEN') return ''
  const ms = (ns: number): string => String(Math.round(ns / 1000) / 1000)
  const words = [
    ...(tcp.timestamps ? ['ts'] : []),
    ...(tcp.sackOk ? ['sack'] : []),
    'reno',
    ...(tcp.sndScale || tcp.rcvScale ? [`wscale:${tcp.sndScale},${tcp.rcvScale}`] : []),
    `rto:${ms(tcp.rto)}`,
    ...(tcp.srtt ? [`rtt:${ms(tcp.srtt)}/${ms(tcp.rttvar / 4)}`] : []),
    `mss:${tcp.mss}`,
    `advmss:${tcp.advMss}`,
    `cwnd:${tcp.cwnd}`,
    ...(tcp.ssthresh < 0x7fffffff ? [`ssthresh:${tcp.ssthresh}`] : []),
    ...(tcp.retransmits ? [`backoff:${tcp.retransmits}`] : []),
  ]
  return `\t ${words.join(' ')} \n`
}

function summary(layer: ProcessLayer | null, place: ConsolePlace): string {
  const all = layer ? layer.sockets.t.byNetns.at(place.netns).rows() : []
  const tcp = all.filter((row) => row.proto === 'tcp')
  const udp = all.filter((row) => row.proto === 'udp').length
  const count = (state: string): number => tcp.filter((row) => row.state === state).length
  const open = tcp.length - count('TIME-WAIT') - count('CLOSED')
  const row = (name: string, n: number): string =>
    `${name}\t  ${String(n).padEnd(9)} ${String(n).padEnd(9)} ${'0'.padEnd(9)}\n`
  return (
    `Total: ${all.length}\n` +
    `TCP:   ${tcp.length} (estab ${count('ESTAB')}, closed ${tcp.length - open}, orphaned 0, timewait ${count('TIME-WAIT')})\n\n` +
    'Transport Total     IP        IPv6\n' +
    row('RAW', 0) +
    row('UDP', udp) +
    row('TCP', open) +
    row('INET', udp + open) +
    row('FRAG', 0) +
    '\n'
  )
}
