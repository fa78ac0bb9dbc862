import type { Ipv4 } from '../../base/ipv4.ts'
import type { SimTime } from '../../base/time.ts'
import type { Dns, DnsRecord } from '../../wire/types.ts'
import type { HttpServer } from '../contracts/http-server.ts'
import type { Ctx, SocketFd } from '../contracts/program.ts'
import type { ServerConfig } from './config.ts'
import type { DnsAnswer } from './kubernetes.ts'

/** Who asked, and how to answer. */
export interface Client {
  readonly fd: SocketFd
  readonly tcp: boolean
  readonly addr: Ipv4
  readonly port: number
  /** Address the query was sent to: the answer comes from there. */
  readonly local: Ipv4
  /** Trace packet of the query. */
  readonly packet: number
  readonly at: SimTime
}

/** A query that waits for an upstream server. */
export interface Pending {
  readonly fd: SocketFd
  readonly id: number
  readonly query: Dns
  readonly client: Client
  /** Index of the server block. */
  readonly server: number
  /** What is asked upstream, and what stands in front of its answer (an ExternalName's alias). */
  readonly name: string
  readonly prefix: readonly DnsRecord[]
  readonly upstream: number
  readonly tries: number
  readonly deadline: SimTime
}

export interface CacheEntry {
  readonly answer: DnsAnswer
  readonly ra: boolean
  readonly stored: SimTime
  /** Seconds. */
  readonly ttl: number
}

export interface CorednsState {
  readonly corefile: string
  readonly servers: readonly ServerConfig[]
  /** Listening UDP and TCP sockets with the port they serve. */
  readonly udp: readonly { readonly fd: SocketFd; readonly port: number }[]
  readonly tcp: readonly { readonly fd: SocketFd; readonly port: number }[]
  /** TCP connections: bytes received so far. */
  readonly conns: Readonly<Record<string, { readonly port: number; readonly buffer: string }>>
  readonly web: readonly SocketFd[]
  readonly http: HttpServer
  readonly pending: readonly Pending[]
  readonly cache: Readonly<Record<string, CacheEntry>>
  readonly loop: { readonly name: string; readonly seen: number } | null
  readonly requests: number
}

export type CorednsCtx = Ctx<CorednsState>
