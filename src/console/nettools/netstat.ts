import { formatIpv4 } from '../../core/base/ipv4.ts'
import type { ProcessLayer } from '../../core/kernel/process/layer.ts'
import type { SocketRow, SocketState } from '../../core/kernel/socket/tables.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, done, fail, text } from '../types.ts'
import { routeColumns, routeLines } from './route-table.ts'

/** `netstat` of net-tools 2.10: sockets (-t, -u, -l, -a, -p) and routes (-r). Names are not looked up; other options are not modelled. */
export const netstatCommand: Command = (env, place, argv) => {
  const letters = new Set<string>()
  for (const word of argv) {
    const long = LONG[word]
    if (long === undefined && !/^-[tulanprWe4]+$/.test(word))
      return fail(`netstat: ${word}: not modelled in this lab\n`, 1)
    for (const letter of long ?? word.slice(1)) letters.add(letter)
  }
  return letters.has('r') ? routes(env, place) : done(sockets(env, place, letters))
}

const LONG: Readonly<Record<string, string>> = {
  '--tcp': 't',
  '--udp': 'u',
  '--listening': 'l',
  '--all': 'a',
  '--numeric': 'n',
  '--programs': 'p',
  '--route': 'r',
  '--inet': '4',
}

const routes = (env: ConsoleEnv, place: ConsolePlace) => {
  const lines = routeLines(env, place).map((line) => {
    const { metrics } = line.row
    const segment = metrics?.advmss === undefined ? 0 : metrics.advmss + 40
    const cells = line.refuses ? '    - -          -' : `${String(segment).padStart(5)} 0          0`
    return `${routeColumns(line)} ${line.flags.padEnd(5)} ${cells} ${line.device}`
  })
  const head = 'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface'
  return done(text(['Kernel IP routing table', head, ...lines]))
}

const STATES: Readonly<Partial<Record<SocketState, string>>> = {
  UNCONN: '',
  ESTAB: 'ESTABLISHED',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECV': 'SYN_RECV',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'TIME-WAIT': 'TIME_WAIT',
  'LAST-ACK': 'LAST_ACK',
}

function sockets({ processes }: ConsoleEnv, { netns }: ConsolePlace, letters: ReadonlySet<string>): string {
  const [all, listening] = [letters.has('a'), letters.has('l')]
  const either = !letters.has('t') && !letters.has('u')
  const wanted = (row: SocketRow): boolean => {
    if (row.state === 'CLOSED' || (row.proto !== 'tcp' && row.proto !== 'udp')) return false
    if (!either && !letters.has(row.proto === 'tcp' ? 't' : 'u')) return false
    const idle = row.state === 'LISTEN' || row.state === 'UNCONN'
    if (row.proto === 'tcp' && row.state === 'UNCONN') return false
    return all || idle === listening
  }
  const rank = (row: SocketRow): number => (row.proto === 'udp' ? 2 : row.state === 'LISTEN' ? 0 : 1)
  const rows = [...(processes?.sockets.t.byNetns.at(netns).rows() ?? [])]
    .filter(wanted)
    .sort((a, b) => rank(a) - rank(b) || a.id - b.id)
  const which = all ? 'servers and established' : listening ? 'only servers' : 'w/o servers'
  const withProgram = letters.has('p')
  const head = `Proto Recv-Q Send-Q Local Address           Foreign Address         State      ${withProgram ? ' PID/Program name    ' : ''}`
  const lines = rows.map((row) => socketLine(processes, row, withProgram))
  return (
    text([`Active Internet connections (${which})`, head, ...lines]) + (either && !letters.has('4') ? unix(which) : '')
  )
}

/** Sockets of the file system are not modelled: there are none. */
const unix = (which: string): string =>
  text([`Active UNIX domain sockets (${which})`, 'Proto RefCnt Flags       Type       State         I-Node   Path'])

function socketLine(layer: ProcessLayer | null, row: SocketRow, withProgram: boolean): string {
  const tcp = layer?.sockets.t.tcp.get(row.id)
  const received = row.state === 'LISTEN' ? row.accepting.length : (tcp?.recvQueue.length ?? 0)
  const unacknowledged = row.state === 'SYN-SENT' ? 1 : (tcp?.sndBuf.length ?? 0)
  const end = (addr: number, port: number): string => `${formatIpv4(addr)}:${port === 0 ? '*' : port}`.padEnd(23)
  const process = layer?.t.process.get(row.owner)
  const program = process ? `${process.pid}/${process.program}` : '-'
  // Of an established connection of UDP the state is shown, too.
  const state = (STATES[row.state] ?? row.state).padEnd(11)
  const queues = `${String(received).padStart(6)} ${String(unacknowledged).padStart(6)}`
  const line = `${row.proto.padEnd(4)}  ${queues} ${end(row.laddr, row.lport)} ${end(row.raddr, row.rport)} ${state}`
  return withProgram ? `${line} ${program.padEnd(20)}` : line
}
