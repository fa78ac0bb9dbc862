/** Details of trace records about processes: point `app`, packet 0. */
export type ProcessDetail =
  /** Verdict `start` or `exit`; `code` is -1 at the start. */
  | {
      readonly d: 'process'
      readonly pid: number
      readonly root: number
      readonly program: string
      readonly argv: readonly string[]
      readonly code: number
    }
  /** Verdict `continue`: a process printed. */
  | { readonly d: 'output'; readonly pid: number; readonly root: number; readonly fd: 1 | 2; readonly text: string }
  /** Verdict `receive`: a signal reached a process. */
  | {
      readonly d: 'signal'
      readonly pid: number
      readonly signal: string
      readonly effect: 'caught' | 'ignored' | 'ended'
    }
