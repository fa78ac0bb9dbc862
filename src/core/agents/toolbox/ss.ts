import { formatIpv4 } from '../../base/ipv4.ts'
import type { CommandResult, ProcessLayer } from '../../kernel/process/layer.ts'
import type { SocketRow, SocketState } from '../../kernel/socket/tables.ts'
import { readOptions } from './options.ts'

const ESTABLISHED: ReadonlySet<SocketState> = new Set([
  'ESTAB',
  'SYN-SENT',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'LAST-ACK',
  'CLOSING',
  'TIME-WAIT',
  'SYN-RECV',
])

interface Line {
  readonly netid: string
  readonly state: string
  readonly recv: string
  readonly send: string
  readonly local: readonly [address: string, port: string]
  readonly peer: readonly [address: string, port: string]
  readonly process: string
}

/**
 * `ss` of iproute2 as a command of the lab: -t -u -l -a -n -p -H. Columns are as wide as their content. Not modelled: filters, -s,
 * -i, service names, descriptor numbers.
 */
export function ssCommand(layer: ProcessLayer, netns: number, argv: readonly string[]): CommandResult {
  const options = readOptions(argv.slice(1), {
    flags: 'tulanpHo46reims',
    values: 'f',
    long: { tcp: 't', udp: 'u', listening: 'l', all: 'a', numeric: 'n', processes: 'p', 'no-header': 'H' },
  })
  if (options.bad)
    return { stdout: '', stderr: `ss: invalid option -- '${options.bad.name.replace(/^-+/, '')}'\n`, exit: 255 }
  const both = options.has('t') === options.has('u')
  const wanted = (s: SocketRow): boolean => {
    if (s.proto === 'icmp' || s.proto === 'arp' || (!both && s.proto !== (options.has('t') ? 'tcp' : 'udp')))
      return false
    const listening = s.state === 'LISTEN' || s.state === 'UNCONN'
    if (s.state === 'UNCONN' && s.lport === 0) return false
    if (options.has('a')) return true
    return options.has('l') ? listening : ESTABLISHED.has(s.state)
  }
  const rows = layer.sockets.t.byNetns.at(netns).rows().filter(wanted)
  const order = (s: SocketRow): number => (s.proto === 'udp' ? 0 : s.state === 'LISTEN' ? 1 : 2)
  const lines = [...rows]
    .sort((a, b) => order(a) - order(b) || a.id - b.id)
    .map((s) => lineOf(layer, s, options.has('p')))
  return { stdout: table(lines, both, !options.has('H')), stderr: '', exit: 0 }
}

function lineOf(layer: ProcessLayer, s: SocketRow, withProcess: boolean): Line {
  const tcp = layer.sockets.t.tcp.get(s.id)
  const unsent = tcp ? tcp.sndBuf.length + (s.state === 'SYN-SENT' ? 1 : 0) : 0
  const owner = layer.t.process.get(s.owner)
  const anyone = s.raddr === 0
  return {
    netid: s.proto,
    state: s.state,
    recv: String(s.state === 'LISTEN' ? s.accepting.length : (tcp?.recvQueue.length ?? 0)),
    send: String(s.state === 'LISTEN' ? s.backlog : unsent),
    local: [formatIpv4(s.laddr), String(s.lport)],
    peer: [formatIpv4(s.raddr), anyone ? '*' : String(s.rport)],
    process: withProcess && owner ? `users:(("${owner.program}",pid=${owner.pid},fd=3))` : '',
  }
}

/** Addresses end and ports begin at the colon of their column. */
function table(lines: readonly Line[], netid: boolean, header: boolean): string {
  const width = (title: string, pick: (line: Line) => string): number =>
    Math.max(title.length, ...lines.map((line) => pick(line).length))
  const states = width('State', (line) => line.state)
  const ids = width('Netid', (line) => line.netid)
  const widths = [
    width('Local Address', (line) => line.local[0]),
    width('Port', (line) => line.local[1]),
    width('Peer Address', (line) => line.peer[0]),
    width('Port', (line) => line.peer[1]),
  ] as const
  const row = (line: Line): string => {
    const first = netid ? `${line.netid.padEnd(ids)} ` : ''
    const local = `${line.local[0].padStart(widths[0])}:${line.local[1].padEnd(widths[1])}`
    const peer = `${line.peer[0].padStart(widths[2])}:${line.peer[1].padEnd(widths[3])}`
    return `${first}${line.state.padEnd(states)} ${line.recv.padEnd(6)} ${line.send.padEnd(6)} ${local} ${peer}${line.process}\n`
  }
  const title: Line = {
    netid: 'Netid',
    state: 'State',
    recv: 'Recv-Q',
    send: 'Send-Q',
    local: ['Local Address', 'Port'],
    peer: ['Peer Address', 'Port'],
    process: 'Process',
  }
  return (header ? row(title) : '') + lines.map(row).join('')
}
