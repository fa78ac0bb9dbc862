import type { Match } from '../types.ts'

/** One long option of an extension. `args` words follow it. */
export interface OptionSpec {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly args: 0 | 1 | 2
  /** `!` may stand before it. */
  readonly invert?: true
}

/** One use of an option in a rule, under its canonical name. */
export interface OptionUse {
  readonly name: string
  readonly values: readonly string[]
  readonly invert: boolean
}

/** What `-p` said: modules such as tcp insist on it. 0 is all protocols. */
export interface ProtocolContext {
  readonly proto: number
  readonly invert: boolean
}

/** A match extension: its options, and what they mean. `build` answers the tool's words where they mean nothing. */
export interface MatchModule {
  readonly name: string
  readonly options: readonly OptionSpec[]
  /** Several `-m` of it are one instance (tcp, udp: `-m tcp … -m tcp …`). */
  readonly single?: true
  readonly build: (uses: readonly OptionUse[], protocol: ProtocolContext) => readonly Match[] | string
}

export const used = (uses: readonly OptionUse[], name: string): OptionUse | undefined =>
  uses.find((use) => use.name === name)

export const value = (use: OptionUse): string => use.values[0] ?? ''

/** libxtables' words for a value it cannot read. */
export const badInteger = (module: string, option: string): string =>
  `${module}: bad integer value for option "--${option}", or out of range.\n`

export const mustBeGiven = (module: string, option: string): string =>
  `${module}: option "--${option}" must be specified\n`

/** Runs `build` over each use; the first complaint wins. */
export function collect(
  uses: readonly OptionUse[],
  build: (use: OptionUse) => Match | string | null,
): readonly Match[] | string {
  const matches: Match[] = []
  for (const use of uses) {
    const match = build(use)
    if (typeof match === 'string') return match
    if (match !== null) matches.push(match)
  }
  return matches
}

/** The options of one module, sorted as it prints them (the order of its `options`). */
export const inPrintOrder = (module: MatchModule, uses: readonly OptionUse[]): readonly OptionUse[] =>
  module.options.flatMap((option) => uses.filter((use) => use.name === option.name))
