import { DNS_RCODE, DNS_TYPE } from '../../wire/constants.ts'
import type { Dns } from '../../wire/types.ts'
import type { ClusterReader } from '../contracts/cluster-reader.ts'
import { cacheKey, recall, remember } from './cache.ts'
import type { HostsConfig } from './config.ts'
import { inZone, matchZone } from './corefile.ts'
import { forward } from './forward.ts'
import { type DnsAnswer, answerKubernetes } from './kubernetes.ts'
import { failure, reply } from './reply.ts'
import type { Client, CorednsCtx, CorednsState } from './state.ts'

const AXFR = 252
const IXFR = 251
const HINFO = DNS_TYPE.HINFO

/**
 * One query through the plugins, in CoreDNS' own order: (log, loadbalance around all) cache, hosts, kubernetes, loop, forward.
 * `port`: the server's port it came in by.
 */
export function handleQuery(
  ctx: CorednsCtx,
  before: CorednsState,
  reader: ClusterReader,
  port: number,
  client: Client,
  query: Dns,
): CorednsState {
  const question = query.questions[0]
  if (query.qr || !question) return before
  const state = { ...before, requests: before.requests + 1 }
  const lower = question.name.toLowerCase()
  const server = pickServer(state, port, lower)
  const config = state.servers[server]
  const refuse = (rcode: number): CorednsState => {
    reply(ctx, config, client, query, failure(rcode), false)
    return state
  }
  if (!config || question.type === AXFR || question.type === IXFR) return refuse(DNS_RCODE.refused)
  const key = cacheKey(server, question.name, question.type)
  const known = config.cache ? recall(state, key, ctx.now) : null
  if (known) {
    reply(ctx, config, client, query, known.answer, known.ra)
    return state
  }
  const local = config.hosts ? answerHosts(config.hosts, question.name, question.type) : null
  const answer = local ?? askKubernetes(ctx, state, reader, server, question.name, question.type)
  if (answer?.alias !== undefined) return forward(ctx, state, server, client, query, answer.alias, answer.answers)
  if (answer) {
    reply(ctx, config, client, query, answer, false)
    return remember(state, config.cache, key, question.name, answer, false, ctx.now)
  }
  const looped = countLoop(ctx, state, question.type, lower)
  if (looped === null) return state
  const covered = config.forward && inZone(lower, config.forward.zone)
  if (!covered) return refuse(DNS_RCODE.servFail)
  return forward(ctx, looped, server, client, query, question.name, [])
}

/** The server block of the port whose zone fits best; -1 = none. */
function pickServer(state: CorednsState, port: number, name: string): number {
  let best = -1
  let length = -1
  for (const [i, server] of state.servers.entries()) {
    const zone = server.port === port ? matchZone(name, server.zones) : undefined
    if (zone !== undefined && zone.length > length) [best, length] = [i, zone.length]
  }
  return best
}

/** The kubernetes plugin; an ExternalName that points back into the cluster is followed here, another one is left as `alias`. */
function askKubernetes(
  ctx: CorednsCtx,
  state: CorednsState,
  reader: ClusterReader,
  server: number,
  name: string,
  type: number,
  depth = 0,
): DnsAnswer | null {
  const config = state.servers[server]!.kubernetes
  const answer = config && answerKubernetes({ config, reader, now: ctx.now, name, type })
  if (!answer?.alias || depth >= 8) return answer ?? null
  const target = askKubernetes(ctx, state, reader, server, answer.alias, type, depth + 1)
  if (target === null) return answer
  return { ...target, rcode: DNS_RCODE.noError, authority: [], answers: [...answer.answers, ...target.answers] }
}

/** plugin/hosts with entries in the Corefile. */
function answerHosts(config: HostsConfig, name: string, type: number): DnsAnswer | null {
  const lower = name.toLowerCase()
  const listed = config.entries.filter((entry) => entry.names.includes(lower))
  if (listed.length === 0) return config.fallthrough ? null : failure(DNS_RCODE.nxDomain)
  const answers =
    type === DNS_TYPE.A
      ? listed.map(({ addr }) => ({ type: 'A', name, class: 1, ttl: config.ttl, address: addr }) as const)
      : []
  return { ...failure(DNS_RCODE.noError), aa: true, answers }
}

/** plugin/loop: the query it sent itself has come back. `null`: too often, and the process has ended. */
function countLoop(ctx: CorednsCtx, state: CorednsState, type: number, name: string): CorednsState | null {
  if (type !== HINFO || state.loop?.name !== name) return state
  const seen = state.loop.seen + 1
  if (seen <= 2) return { ...state, loop: { name, seen } }
  const query = `HINFO ${name}`
  ctx.write(
    1,
    `[FATAL] plugin/loop: Loop (127.0.0.1 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "${query}"\n`,
  )
  ctx.exit(1)
  return null
}
