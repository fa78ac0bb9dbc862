/** Branch counters that a program may have. */
export const PLACES = 1 << 17
