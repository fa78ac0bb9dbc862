import type { Kernel } from '../kernel.ts'
import { type Answer, type Complaint, type IpsetRun, finish, isComplaint } from './answer.ts'
import { parseElements } from './element.ts'
import { findSet } from './sets.ts'
import { command } from './command.ts'
import { type Flags, OPTIONS, VERBS, flagsOf } from './usage.ts'
import { wordsOf } from './words.ts'

/**
 * `ipset restore`: line by line; the first that fails ends it. ipset sends additions in one message with what comes next, so those right
 * before a line that it cannot read are lost.
 */
export function restoreSets(k: Kernel, netns: number, stdin: string, flags: Flags): IpsetRun {
  const pending: (() => Answer)[] = []
  const flush = (): Answer => {
    for (const run of pending.splice(0)) {
      const answer = run()
      if (isComplaint(answer)) return answer
    }
    return ''
  }
  const lines = stdin.split('\n')
  for (const [i, line] of lines.entries()) {
    const words = wordsOf(line)
    const [verb = '', ...rest] = words
    if (verb === '' || verb.startsWith('#')) continue
    if (verb === 'COMMIT') {
      const answer = flush()
      if (isComplaint(answer)) return finish(answer, `Error in line ${i + 1}: `)
      continue
    }
    const own = { ...flags, exist: flags.exist || flagsOf(words).exist }
    const run = (): Answer =>
      command(
        k,
        netns,
        verb,
        rest.filter((word) => !OPTIONS.has(word)),
        own,
      )
    const additive = VERBS[verb] === 'add' || VERBS[verb] === 'del'
    if (additive) {
      const problem = unreadable(k, netns, rest)
      if (problem) return finish(problem, `Error in line ${i + 1}: `)
      pending.push(() => located(run(), i))
      continue
    }
    const before = flush()
    const answer = isComplaint(before) ? before : located(run(), i)
    if (isComplaint(answer)) return finish(answer)
  }
  return finish(flush())
}

const located = (answer: Answer, index: number): Answer =>
  isComplaint(answer) && !answer.usage ? { words: `Error in line ${index + 1}: ${answer.words}` } : answer

/** What ipset itself finds wrong with an addition, before the kernel sees it. */
function unreadable(k: Kernel, netns: number, [name = '', text]: readonly string[]): Complaint | null {
  const set = findSet(k, netns, name)
  if (!set || text === undefined) return null
  const parsed = parseElements(set, text)
  return parsed.ok ? null : { words: parsed.error }
}
