import { US } from '../../base/time.ts'

/**
 * A model, not a measurement of your machine: one device reception costs about 1.1 µs of a shared core (a UDP echo over host, bridge,
 * router, bridge, host took 17.9 µs for 16 receptions on Linux 6.18 with namespaces and veth pairs).
 */
export const HOP: number = 1100
/** A short cable and a store-and-forward switch at 10 Gbit/s: the default of a wire that the lab does not describe. */
export const WIRE: number = 5 * US
