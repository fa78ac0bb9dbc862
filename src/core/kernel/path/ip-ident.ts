import type { Kernel } from '../kernel.ts'

/** Names of the counters by namespace, so that they are not put together for every datagram. */
const counters: string[] = []

/** ip_select_ident: the identification of a datagram that may be fragmented. Counts by namespace, where Linux hashes addresses. */
export const selectIdent = (k: Kernel, netns: number): number =>
  k.world.next((counters[netns] ??= `ipid/${netns}`)) & 0xffff
