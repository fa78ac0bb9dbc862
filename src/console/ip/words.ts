/** The words of an iproute2 command line, read from the left. */
export class Words {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  get done(): boolean {
    return this.#at >= this.#words.length
  }

  peek(): string | undefined {
    return this.#words[this.#at]
  }

  /** The next word; '' past the end. */
  next(): string {
    return this.#words[this.#at++] ?? ''
  }

  /** The value of an option: what iproute2's NEXT_ARG takes, or stops with "Command line is not complete". */
  value(): string {
    if (this.done) throw new UsageStop('Command line is not complete. Try option "help"\n', 255)
    return this.next()
  }

  rest(): readonly string[] {
    return this.#words.slice(this.#at)
  }
}

/** Ends a command from deep inside its parser, as exit(2) does in the tool. Caught at the command's own door. */
export class UsageStop extends Error {
  readonly stderr: string
  readonly exit: number

  constructor(stderr: string, exit: number) {
    super(stderr)
    this.stderr = stderr
    this.exit = exit
  }
}

export const stop = (stderr: string, exit: number): never => {
  throw new UsageStop(stderr, exit)
}

/** lib/utils.c matches(): a word stands for the first name that begins with it. */
export const abbreviates = (word: string, name: string): boolean => word.length > 0 && name.startsWith(word)

export const pick = <T extends string>(word: string, names: readonly T[]): T | undefined =>
  names.find((name) => abbreviates(word, name))

/** lib/utils.c invarg(). */
export const wrongArgument = (value: string, why: string): never =>
  stop(`Error: argument "${value}" is wrong: ${why}\n\n`, 255)
