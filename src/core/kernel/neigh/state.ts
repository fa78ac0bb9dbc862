import type { SimTime } from '../../base/time.ts'
import type { NeighRow, NeighState } from '../tables.ts'

/** The state as `ip neigh` would show it at `now`: REACHABLE ages to STALE by the clock, without a write. */
export const neighState = (row: NeighRow, now: SimTime): NeighState =>
  row.state === 'REACHABLE' && now - row.confirmed >= row.reachable ? 'STALE' : row.state

/** NUD_CONNECTED: the address may be used without checking it. */
export const isConnected = (state: NeighState): boolean =>
  state === 'PERMANENT' || state === 'NOARP' || state === 'REACHABLE'

/** NUD_VALID: there is an address to use. */
export const isValid = (state: NeighState): boolean => state !== 'INCOMPLETE' && state !== 'FAILED'
