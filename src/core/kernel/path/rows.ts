import type { SimTime } from '../../base/time.ts'
import type { Frame } from '../../wire/types.ts'

/** Trace packet ids of a frame from outermost to innermost: [inner] or [outer, inner]. */
export type PacketIds = readonly number[]

/** Fragments of one datagram that wait for the rest. */
export interface FragQueueRow {
  readonly netns: number
  readonly key: string
  readonly parts: readonly { readonly frame: Frame; readonly packet: PacketIds }[]
  readonly timer: number
  readonly started: SimTime
}

/** What a namespace remembers of a machine it sends errors to (net/ipv4/inetpeer.c): a bucket of time, ns, and when it was last filled. */
export interface InetPeerRow {
  readonly netns: number
  readonly tokens: SimTime
  readonly last: SimTime
  /** Redirects it was sent and did not follow. */
  readonly redirects: number
}
