import { base64 } from '@scure/base'
import { dataToBytes } from '../../wire/utf8.ts'
import type { ExplainEnv } from '../env.ts'
import { conversationsOf } from './conversations.ts'
import { listenersOf } from './listeners.ts'
import { type SpaceNames, machineOrder } from './names.ts'

/** `serve NAME proto:address:port …` for every namespace in which something listens. */
export function serverLines(env: ExplainEnv, names: SpaceNames): readonly string[] {
  return machineOrder(env).flatMap((row) => {
    const listeners = listenersOf(env, row.id)
    if (listeners.length === 0) return []
    const programs = [...new Set(listeners.map(({ program }) => program))].filter((each) => each !== '').join(', ')
    const words = listeners.map(({ proto, address, port }) => `${proto}:${address}:${port}`)
    return [
      `# ${row.label}${programs === '' ? '' : `: ${programs}`}`,
      `serve ${names.space(row.id)} ${words.join(' ')}`,
    ]
  })
}

/** `NAME PROTO:PORT QUESTION ANSWER`, both in base64: what the programs said in the script of the lab. */
export const answerLines = (env: ExplainEnv, names: SpaceNames): readonly string[] =>
  conversationsOf(env).map(
    ({ netns, proto, port, asked, answered }) =>
      `${names.space(netns)} ${proto}:${port} ${base64.encode(dataToBytes(asked))} ${base64.encode(dataToBytes(answered))}`,
  )
