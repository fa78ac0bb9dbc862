import type { Kernel } from '../kernel.ts'
import { type Answer, type IpsetRun, finish, isComplaint } from './answer.ts'
import { type Request, readCommand } from './command.ts'
import { type Flags, OPTIONS, VERBS, flagsOf } from './usage.ts'
import { wordsOf } from './words.ts'

/**
 * `ipset restore`: line by line; the first that fails ends it. ipset sends additions in one message with what comes next, so those right
 * before a line that it cannot read are lost.
 */
export function restoreSets(k: Kernel, netns: number, stdin: string, flags: Flags): IpsetRun {
  const pending: Request[] = []
  const flush = (): Answer => {
    for (const request of pending.splice(0)) {
      const answer = request()
      if (isComplaint(answer)) return answer
    }
    return ''
  }
  for (const [i, line] of stdin.split('\n').entries()) {
    const [verb = '', ...rest] = wordsOf(line)
    if (verb === '' || verb.startsWith('#')) continue
    const own = { ...flags, exist: flags.exist || flagsOf(rest).exist }
    const words = rest.filter((word) => !OPTIONS.has(word))
    const read = verb === 'COMMIT' ? NOTHING : readCommand(k, netns, verb, words, own)
    if (isComplaint(read)) return finish(located(read, i))
    pending.push(() => located(read(), i))
    if (VERBS[verb] === 'add' || VERBS[verb] === 'del') continue
    const answer = flush()
    if (isComplaint(answer)) return finish(answer)
  }
  return finish(flush())
}

const NOTHING: Request = () => ''

const located = (answer: Answer, index: number): Answer =>
  isComplaint(answer) && !answer.usage ? { words: `Error in line ${index + 1}: ${answer.words}` } : answer
