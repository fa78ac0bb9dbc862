import { formatIpv4 } from '../../base/ipv4.ts'
import { fiveTuple } from '../../wire/flow.ts'
import { packetMark } from '../../wire/summary.ts'
import type { Frame } from '../../wire/types.ts'
import { programOf } from '../decided-socket.ts'
import type { Params, Said, Told } from '../narrate.ts'
import { socketEnd } from '../print/socket.ts'
import { icmpKey } from './icmp-words.ts'

/** Sockets: sending, finding the one a packet is for, handing data over, errors. TCP's own affairs are in tcp.ts. */
export function saySocket(told: Told): Said {
  const { env, record, who } = told
  const { detail, point } = record
  if (point === 'socket.send') return saySend(told)
  if (detail === null) return null
  switch (detail.d) {
    case 'socket-lookup': {
      const program = programOf(env, detail.pid) || who
      const params = { proto: detail.proto.toUpperCase(), port: detail.port, addr: formatIpv4(detail.addr), program }
      return [`socket-${detail.found}`, params]
    }
    case 'socket-deliver':
      return ['socket-deliver', { program: programOf(env, detail.pid) || who, n: detail.bytes }]
    case 'socket-bind': {
      const params = {
        program: programOf(env, detail.pid) || who,
        proto: detail.proto.toUpperCase(),
        addr: socketEnd(detail.addr, detail.port),
      }
      return [detail.listen ? 'socket-listen' : 'socket-bind', params]
    }
    case 'socket-error': {
      const params = { type: detail.type, code: detail.code, errno: detail.errno ?? '' }
      return [detail.hard ? 'socket-error-hard' : 'socket-error-soft', params]
    }
    default:
      return null
  }
}

function saySend({ env, record, who }: Told): Said {
  const { detail, frame } = record
  const flow = frame && fiveTuple(frame)
  const params: Params = {
    to: flow ? `${formatIpv4(flow.dst)}${flow.dport ? `:${flow.dport}` : ''}` : '',
    bytes: frame ? payloadOf(frame) : 0,
    program: who,
  }
  if (detail?.d === 'socket-send') {
    const program = programOf(env, detail.pid) || who
    const what = detail.why === 'data' && frame ? packetMark(frame) : ''
    if (what && what !== 'DATA' && what !== 'ACK') return ['send-http', { ...params, program, what }]
    if (detail.why === 'datagram' && frame && packetMark(frame) === 'DNS') return sayDns(frame, { ...params, program })
    return [`send-${detail.why}`, { ...params, program }]
  }
  const ip = frame?.l === 'eth' ? frame.payload : frame
  if (ip?.l !== 'ipv4') return ['send-kernel', params]
  const { payload } = ip
  if (payload.l === 'icmp' && payload.type === 0) return ['send-pong', params]
  if (payload.l === 'icmp' && payload.type === 8) return ['send-echo', params]
  if (payload.l === 'icmp') {
    const about = payload.payload.l === 'ipv4' ? formatIpv4(payload.payload.dst) : ''
    return [
      icmpKey('send-icmp', payload.type, payload.code),
      { ...params, about, type: payload.type, code: payload.code, mtu: payload.rest & 0xffff },
    ]
  }
  return payload.l === 'tcp' && payload.flags & 4 ? ['send-rst', params] : ['send-kernel', params]
}

function sayDns(frame: Frame, params: Params): Said {
  const ip = frame.l === 'eth' ? frame.payload : frame
  const dns = ip.l === 'ipv4' && ip.payload.l === 'udp' && ip.payload.payload.l === 'dns' ? ip.payload.payload : null
  if (!dns) return ['send-datagram', params]
  const question = dns.questions[0]
  const told = {
    ...params,
    name: question?.name ?? '',
    type: TYPES[question?.type ?? 0] ?? String(question?.type ?? ''),
  }
  if (!dns.qr) return [question?.type === HINFO ? 'send-dns-probe' : 'send-dns-query', told]
  if (dns.rcode === 3) return ['send-dns-nxdomain', told]
  const addresses = dns.answers.flatMap((record) => (record.type === 'A' ? [formatIpv4(record.address)] : []))
  return addresses.length > 0
    ? ['send-dns-answer', { ...told, answer: addresses.join(', ') }]
    : ['send-dns-empty', told]
}

/** Nobody else asks for it today: it is how CoreDNS's plugin `loop` looks for a loop of forwarders. */
const HINFO = 13

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  13: 'HINFO',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
}

/** Bytes of payload behind the TCP or UDP header; 0 where there is none. */
function payloadOf(frame: Frame): number {
  const ip = frame.l === 'eth' ? frame.payload : frame
  if (ip.l !== 'ipv4') return 0
  const { payload } = ip
  if (payload.l === 'tcp') return payload.payload.data.length
  if (payload.l === 'udp') return payload.payload.l === 'data' ? payload.payload.data.length : 0
  return payload.l === 'icmp' && payload.payload.l === 'data' ? payload.payload.data.length : 0
}
