import type { SocketDetail } from '../../kernel/socket/details.ts'
import type { Frame, Tcp } from '../../wire/types.ts'
import { presentLength } from '../counters.ts'
import type { ExplainEnv } from '../env.ts'
import { listenersOf } from './listeners.ts'

/** What a program of the lab was asked over TCP, and what it answered: binary strings. */
export interface Conversation {
  readonly netns: number
  readonly port: number
  readonly asked: string
  readonly answered: string
}

/** The first conversation about each question after the moment that is exported, with those who listen at that moment. */
export function conversationsOf(env: ExplainEnv): readonly Conversation[] {
  const { trace, kernel } = env
  const { columns, details } = trace
  const ports = listeningPorts(env)
  const open = new Map<number, Conversation>()
  const known = new Map<string, Conversation>()
  for (let i = presentLength(kernel); i < trace.length; i++) {
    const detail = details[columns.detail[i]!] as SocketDetail
    if (detail.d !== 'socket-deliver' && (detail.d !== 'socket-send' || detail.why !== 'data')) continue
    const segment = segmentOf(trace.frameAt(i))
    const netns = columns.place[i]!
    if (!segment) continue
    const asks = detail.d === 'socket-deliver'
    const port = asks ? segment.dport : segment.sport
    if (!ports.has(`${netns}/${port}`)) continue
    let talk = open.get(detail.socket)
    if (asks && (!talk || talk.answered !== '')) talk = { netns, port, asked: '', answered: '' }
    if (!talk) continue
    const { data } = segment.payload
    talk = asks ? { ...talk, asked: talk.asked + data } : { ...talk, answered: talk.answered + data }
    open.set(detail.socket, talk)
    const key = `${netns}/${port}/${talk.asked}`
    const before = known.get(key)
    if (talk.answered !== '' && (!before || talk.answered.startsWith(before.answered))) known.set(key, talk)
  }
  return [...known.values()]
}

const listeningPorts = (env: ExplainEnv): ReadonlySet<string> =>
  new Set(
    env.kernel.t.netns
      .rows()
      .flatMap(({ id }) =>
        listenersOf(env, id).flatMap(({ proto, port }) => (proto === 'tcp' ? [`${id}/${port}`] : [])),
      ),
  )

function segmentOf(frame: Frame | undefined): Tcp | null {
  const ip = frame?.l === 'eth' ? frame.payload : frame
  return ip?.l === 'ipv4' && ip.payload.l === 'tcp' ? ip.payload : null
}
