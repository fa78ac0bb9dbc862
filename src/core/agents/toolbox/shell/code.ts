/** What a script is compiled to. */
import type { Word } from './words.ts'

export interface Redirect {
  /** `1>`, `1>>`, `2>`, `2>>`, `2>&1`, `1>&2`, `&>`, `<`, `<<<`; `<<`: the target is the text itself. */
  readonly kind: string
  readonly target: Word | null
}

export interface Command {
  readonly assigns: readonly { readonly name: string; readonly value: Word }[]
  readonly words: readonly Word[]
  readonly redirects: readonly Redirect[]
}

export type Instruction =
  /** `pipeIn`, `pipeOut`: its place in a pipeline. */
  | {
      readonly op: 'run'
      readonly command: Command
      readonly background: boolean
      readonly pipeIn: boolean
      readonly pipeOut: boolean
    }
  | { readonly op: 'jump'; readonly when: 'always' | 'ok' | 'fail'; readonly to: number }
  | { readonly op: 'not' }
  | { readonly op: 'status'; readonly value: number }
  /** Enters a loop over words; `end` is behind it. */
  | { readonly op: 'for'; readonly name: string; readonly words: readonly Word[]; readonly end: number }
  /** The next word, or to the end. */
  | { readonly op: 'next'; readonly end: number }
  | { readonly op: 'enter'; readonly top: number; readonly end: number }
  | { readonly op: 'leave' }

export type Code = readonly Instruction[]
