import { SET_ERRORS, type SetError } from './sets.ts'

export interface IpsetRun {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

/** What goes to stderr: words, and whether the hint follows. `verdict`: the answer of `test`, with its exit status. */
export interface Complaint {
  readonly words: string
  readonly usage?: true
  readonly verdict?: 0 | 1
}
export type Answer = Complaint | string

export const isComplaint = (answer: Answer | (() => Answer)): answer is Complaint => typeof answer === 'object'
export const usage = (words: string): Complaint => ({ words, usage: true })
export const no = (error: SetError): Complaint => ({ words: SET_ERRORS[error] })

export const answered = (result: { readonly ok: true } | { readonly ok: false; readonly error: SetError }): Answer =>
  result.ok ? '' : no(result.error)

const PREFIX = 'ipset v7.17: '
const HINT = "Try `ipset help' for more information.\n"

/** What a run prints and exits with. */
export function finish(answer: Answer): IpsetRun {
  if (!isComplaint(answer)) return { stdout: answer, stderr: '', exit: 0 }
  if (answer.verdict !== undefined) return { stdout: '', stderr: `${answer.words}\n`, exit: answer.verdict }
  const stderr = `${PREFIX}${answer.words}\n${answer.usage ? HINT : ''}`
  return { stdout: '', stderr, exit: answer.usage ? 2 : 1 }
}
