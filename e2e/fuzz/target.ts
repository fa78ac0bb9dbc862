/** A parser (or a whole door) that meets text or bytes of strangers. */
export interface Target {
  readonly name: string
  readonly about: string
  /** Inputs are binary strings: one character per byte. Default: text. */
  readonly bytes?: boolean
  /** Pieces of the language, for mutations. */
  readonly dictionary: readonly string[]
  /** Inputs from the real world. */
  seeds(): readonly string[]
  /**
   * Takes one input through the door. What may go wrong is in the answer; anything thrown is a finding. Returns what kind of answer it
   * was, in a few words: an input with a new kind of answer is worth mutating further.
   */
  run(input: string): string | Promise<string>
  /** Characters of an input at most. Default 65,536. */
  readonly limit?: number
  /** Milliseconds that an input of that size may take. Default 1,000. */
  readonly patience?: number
}

/** A message without what varies from input to input. */
export const kindOf = (message: string): string => {
  const kind = message
    .slice(0, 2000)
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"')
    .replaceAll(/\d+/g, '0')
    .slice(0, 80)
  // a copy: what JavaScript cuts out of a long text keeps all of it in memory
  return Buffer.from(kind).toString()
}
