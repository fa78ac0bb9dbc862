import type { Ipv4 } from '../../../base/ipv4.ts'
import { SEC } from '../../../base/time.ts'
import type { Dns } from '../../../wire/types.ts'
import { dnsQuery } from '../../contracts/dns-message.ts'
import type { Ctx, ProgramEvent } from '../../contracts/program.ts'

/** One question to one server, asked until it is answered or given up; without DF, as BIND's sockets are (IP_PMTUDISC_OMIT). */
export interface DnsAsking {
  readonly server: Ipv4
  readonly port: number
  readonly name: string
  readonly type: number
  /** EDNS payload size; 0 = none. */
  readonly edns: number
  /** A cookie of the client's goes with EDNS (RFC 7873), as dig does it; servers without cookies ignore it. */
  readonly cookie: boolean
  /** Seconds per try. */
  readonly timeout: number
  readonly tries: number
  readonly fd: number
  readonly id: number
  readonly started: number
}

export type DnsOutcome =
  | { readonly t: 'waiting'; readonly asking: DnsAsking }
  | { readonly t: 'reply'; readonly reply: Dns; readonly took: number }
  /** `again`: another try is under way. */
  | {
      readonly t: 'problem'
      readonly why: 'timed out' | 'connection refused' | 'network unreachable'
      readonly again: DnsAsking | null
    }

const TIMER = 'dns'

export function ask<S>(ctx: Ctx<S>, question: Omit<DnsAsking, 'fd' | 'id' | 'started'>): DnsOutcome {
  const fd = ctx.socket('udp', { pmtu: 'dont' })
  const id = ctx.random(65536)
  const asking = { ...question, fd, id, started: ctx.now }
  const { name, type, edns } = question
  const options = question.cookie && edns > 0 ? clientCookie(ctx) : ''
  const connected = ctx.connect(fd, question.server, question.port)
  const sent = connected.ok ? ctx.send(fd, dnsQuery(id, name, type, edns, options)) : connected
  if (!sent.ok) return problem(ctx, asking, 'network unreachable')
  ctx.setTimer(question.timeout * SEC, TIMER)
  return { t: 'waiting', asking }
}

/** Option 10: eight random bytes. */
const clientCookie = <S>(ctx: Ctx<S>): string =>
  `\0\x0a\0\x08${Array.from({ length: 8 }, () => String.fromCharCode(ctx.random(256))).join('')}`

function problem<S>(ctx: Ctx<S>, asking: DnsAsking, why: Extract<DnsOutcome, { t: 'problem' }>['why']): DnsOutcome {
  ctx.cancelTimer(TIMER)
  ctx.close(asking.fd)
  if (asking.tries <= 1) return { t: 'problem', why, again: null }
  const next = ask(ctx, { ...asking, tries: asking.tries - 1 })
  return { t: 'problem', why, again: next.t === 'waiting' ? next.asking : null }
}

/** Takes an event if it is about the question; `null` if not. */
export function onDns<S>(ctx: Ctx<S>, asking: DnsAsking, event: ProgramEvent): DnsOutcome | null {
  if (event.type === 'timer' && event.tag === TIMER) return problem(ctx, asking, 'timed out')
  if (event.type === 'error' && event.fd === asking.fd) return problem(ctx, asking, 'connection refused')
  if (event.type !== 'datagram' || event.fd !== asking.fd) return null
  const { payload } = event.datagram
  if (payload.l !== 'dns' || payload.id !== asking.id || !payload.qr) return { t: 'waiting', asking }
  ctx.cancelTimer(TIMER)
  ctx.close(asking.fd)
  return { t: 'reply', reply: payload, took: ctx.now - asking.started }
}
