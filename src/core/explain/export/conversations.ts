import { DNS_RCODE } from '../../wire/constants.ts'
import { emitDns } from '../../wire/dns.ts'
import type { SocketDetail } from '../../kernel/socket/details.ts'
import type { Frame } from '../../wire/types.ts'
import { presentLength } from '../counters.ts'
import type { ExplainEnv } from '../env.ts'
import { listenersOf } from './listeners.ts'

/** What a program of the lab was asked, and what it answered: binary strings; a DNS message without its id. */
export interface Conversation {
  readonly netns: number
  readonly proto: 'tcp' | 'udp'
  readonly port: number
  readonly asked: string
  readonly answered: string
}

/**
 * The first conversation about each question after the moment that is exported, with those who listen at that moment. Not those in which
 * DNS failed: why it does (an upstream server that is not there) is for the real network to find out.
 */
export function conversationsOf(env: ExplainEnv): readonly Conversation[] {
  const { trace, kernel } = env
  const { columns, details } = trace
  const listening = listeningPorts(env)
  const open = new Map<string, Conversation>()
  const known = new Map<string, Conversation>()
  for (let i = presentLength(kernel); i < trace.length; i++) {
    const detail = details[columns.detail[i]!] as SocketDetail
    if (detail.d !== 'socket-deliver' && !isSaid(detail)) continue
    const netns = columns.place[i]!
    const asks = detail.d === 'socket-deliver'
    const message = messageOf(trace.frameAt(i), asks)
    if (!message || !listening.has(`${netns}/${message.proto}/${message.port}`)) continue
    const { proto, port, data, failed } = message
    const key = `${detail.socket}/${message.peer}`
    let talk = open.get(key)
    if (asks && (!talk || talk.answered !== '' || proto === 'udp'))
      talk = { netns, proto, port, asked: '', answered: '' }
    if (!talk) continue
    talk = asks ? { ...talk, asked: talk.asked + data } : { ...talk, answered: talk.answered + data }
    open.set(key, talk)
    const question = `${netns}/${proto}/${port}/${talk.asked}`
    const before = known.get(question)
    if (talk.answered !== '' && !failed && (!before || talk.answered.startsWith(before.answered)))
      known.set(question, talk)
  }
  return [...known.values()]
}

/** Not what is sent again, nor acknowledgements. */
const isSaid = (detail: SocketDetail): detail is SocketDetail & { readonly d: 'socket-send' } =>
  detail.d === 'socket-send' && (detail.why === 'data' || detail.why === 'datagram')

const listeningPorts = (env: ExplainEnv): ReadonlySet<string> =>
  new Set(
    env.kernel.t.netns
      .rows()
      .flatMap(({ id }) => listenersOf(env, id).map(({ proto, port }) => `${id}/${proto}/${port}`)),
  )

interface Message extends Pick<Conversation, 'proto' | 'port'> {
  /** With whom: address and port, for DNS the message's id, too. */
  readonly peer: string
  readonly data: string
  /** A DNS answer that says so. */
  readonly failed: boolean
}

/** The payload of a packet at a socket; `port`: the server's. */
function messageOf(frame: Frame | undefined, asks: boolean): Message | null {
  const ip = frame?.l === 'eth' ? frame.payload : frame
  if (ip?.l !== 'ipv4' || (ip.payload.l !== 'tcp' && ip.payload.l !== 'udp')) return null
  const { l: proto, sport, dport, payload } = ip.payload
  const [port, peer] = asks ? [dport, `${ip.src}:${sport}`] : [sport, `${ip.dst}:${dport}`]
  if (payload.l === 'data') return { proto, port, peer, data: payload.data, failed: false }
  if (payload.l !== 'dns') return null
  const failed = payload.rcode === DNS_RCODE.servFail
  return { proto, port, peer: `${peer}/${payload.id}`, data: emitDns(payload).slice(2), failed }
}
