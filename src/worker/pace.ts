import { SEC, type SimTime } from '../core/base/time.ts'

/** A command that prints no more than this, within the time below, is as fast as the machine. */
const FREE_OUTPUTS = 6
const FREE_TIME: SimTime = 150 * SEC
/** Then virtual time passes at this many times the speed of the wall clock, so that one can read along. */
const SPEED = 5
/** A command that is still there after so much virtual time is interrupted: nobody is watching. */
export const COMMAND_TIME: SimTime = 600 * SEC

/**
 * How far virtual time may run while a program of the terminal runs. `ping` without a count would otherwise send as many packets
 * as the machine can simulate; `curl` that waits for its time-out shall still not be waited for.
 */
export class Pace {
  readonly #clock: () => number
  #started: SimTime = 0
  #outputs = 0
  #slowed: { readonly virtual: SimTime; readonly wall: number } | null = null

  /** `clock` answers milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** A program was started at `now`. */
  start(now: SimTime): void {
    this.#started = now
    this.#outputs = 0
    this.#slowed = null
  }

  /** It printed something. */
  printed(): void {
    this.#outputs++
  }

  /** Virtual time that must not be passed yet, at `now`. */
  limit(now: SimTime): SimTime {
    const freely = this.#outputs <= FREE_OUTPUTS && now - this.#started < FREE_TIME
    if (freely) return this.#started + FREE_TIME
    this.#slowed ??= { virtual: now, wall: this.#clock() }
    return this.#slowed.virtual + (this.#clock() - this.#slowed.wall) * SPEED * 1e6
  }

  /** Whether it has run for so long that it must be left behind by accident. */
  isOver(now: SimTime): boolean {
    return now - this.#started > COMMAND_TIME
  }
}
