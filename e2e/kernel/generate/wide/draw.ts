import fc from 'fast-check'

/** Choices out of a row of numbers, one number for each; behind the last one the first. */
export class Draw {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** 0 to `below` - 1. */
  upTo(below: number): number {
    return this.#numbers[this.#at++ % this.#numbers.length]! % below
  }

  of<T>(list: readonly T[]): T {
    return list[this.upTo(list.length)]!
  }

  /** True once in `often` times. */
  once(often: number): boolean {
    return this.upTo(often) === 0
  }
}

/** Enough numbers for one rule, route or stimulus. */
export const draws: fc.Arbitrary<readonly number[]> = fc.array(fc.nat({ max: 1_000_000 }), {
  minLength: 16,
  maxLength: 16,
})
