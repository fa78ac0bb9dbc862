import type { Kernel } from '../kernel.ts'
import { type Answer, type Complaint, answered, no, usage } from './answer.ts'
import { parseElements } from './element.ts'
import { UNMODELLED_TYPES, isSetType } from './kinds.ts'
import { lookup } from './match.ts'
import { readOptions, readParameters, unsupported } from './parameters.ts'
import { listText, saveText } from './print.ts'
import {
  type MemberOptions,
  addMember,
  createSet,
  deleteMember,
  destroySet,
  findMember,
  findSet,
  flushSet,
  referencesTo,
  renameSet,
  setsOf,
  swapSets,
} from './sets.ts'
import type { Element, SetRow } from './types.ts'
import { type Flags, VERBS } from './usage.ts'

/** IPSET_MAXNAMELEN, without the byte that ends it. */
const NAME_MOST = 31

/** What the kernel is asked for. */
export type Request = () => Answer

/** One command, read and carried out. */
export function command(k: Kernel, netns: number, said: string, rest: readonly string[], flags: Flags): Answer {
  const read = readCommand(k, netns, said, rest, flags)
  return typeof read === 'function' ? read() : read
}

/** Reads a command; `said`: the verb in any of its spellings. A complaint is ipset's own: the kernel is not asked for anything. */
export function readCommand(
  k: Kernel,
  netns: number,
  said: string,
  rest: readonly string[],
  flags: Flags,
): Complaint | Request {
  if (said === '') return usage('No command specified.')
  const verb = Object.hasOwn(VERBS, said) ? VERBS[said]! : ''
  if (verb === '') return usage(`No command specified: unknown argument ${said}`)
  const words = rest.filter((word, i) => word !== '-o' && rest[i - 1] !== '-o')
  const optional = verb === 'list' || verb === 'save' || verb === 'flush' || verb === 'destroy'
  const [name, second] = words
  if (name === undefined && !optional) return usage(`Missing mandatory argument to command ${verb}`)
  if (second === undefined && !optional) return usage(`Missing second mandatory argument to command ${verb}`)
  const names = verb === 'rename' || verb === 'swap' ? [name, second] : [name]
  const long = names.find((each) => each !== undefined && each.length > NAME_MOST)
  if (long !== undefined) return { words: `Syntax error: setname '${long}' is longer than ${NAME_MOST} characters` }
  if (verb === 'create') return create(k, netns, name!, second!, words.slice(2), flags)
  if (verb === 'add' || verb === 'del' || verb === 'test') {
    const set = findSet(k, netns, name!)
    return set ? member(k, set, verb, second!, words.slice(2), flags) : no('no-set')
  }
  return () => ofSets(k, netns, verb, words, flags)
}

/** Commands about sets as such; without a name some are about all. */
function ofSets(k: Kernel, netns: number, verb: string, [name, second]: readonly string[], flags: Flags): Answer {
  const set = name === undefined ? undefined : findSet(k, netns, name)
  if (name !== undefined && !set) return no('no-set')
  switch (verb) {
    case 'rename':
      return answered(renameSet(k, set!, second!))
    case 'swap': {
      const other = findSet(k, netns, second!)
      return other ? answered(swapSets(k, set!, other)) : no('no-set')
    }
    case 'flush':
      for (const each of set ? [set] : setsOf(k, netns)) flushSet(k, each)
      return ''
    case 'destroy':
      return destroy(k, netns, set)
    default: {
      if (second !== undefined) return usage(`Unknown argument ${second}`)
      const sets = set ? [set] : setsOf(k, netns)
      return verb === 'save' || flags.save ? saveText(k, sets, flags) : listText(k, sets, flags)
    }
  }
}

/** One set, or all of them if nobody uses any. */
function destroy(k: Kernel, netns: number, set: SetRow | undefined): Answer {
  if (set) return answered(destroySet(k, set))
  const sets = setsOf(k, netns)
  const inRules = sets.some((each) => referencesTo(k, each) > 0 && !onlyListed(k, each))
  if (inRules) return no('destroy-busy')
  for (const list of [...sets].sort((a, b) => Number(b.type === 'list:set') - Number(a.type === 'list:set')))
    destroySet(k, list)
  return ''
}

/** Whether nothing but lists, which go as well, name the set. */
const onlyListed = (k: Kernel, set: SetRow): boolean => {
  const lists = setsOf(k, set.netns).filter((list) => list.type === 'list:set')
  return referencesTo(k, set) <= lists.length
}

function create(
  k: Kernel,
  netns: number,
  name: string,
  type: string,
  words: readonly string[],
  flags: Flags,
): Complaint | Request {
  if (UNMODELLED_TYPES.has(type)) return () => ({ words: 'Kernel error received: set type not supported' })
  if (!isSetType(type)) return { words: `Syntax error: typename '${type}' is unknown` }
  const read = readParameters(type, words)
  if ('words' in read) return read
  return () => answered(createSet(k, { netns, name, type, ...read }, flags.exist))
}

function member(
  k: Kernel,
  set: SetRow,
  verb: 'add' | 'del' | 'test',
  text: string,
  words: readonly string[],
  flags: Flags,
): Complaint | Request {
  if (set.family === 'inet6') return { words: 'IPv6 is not modelled in this lab' }
  const parsed = parseElements(set, text)
  if (!parsed.ok) return { words: parsed.error }
  const options = readOptions(set, words)
  if ('words' in options) return options
  return () => {
    const refusal = unsupported(set, options)
    if (refusal) return refusal
    if (verb === 'test') return test(k, set, text, parsed.value[0]!, options)
    return change(k, set, verb, parsed.value, options, flags)
  }
}

function change(
  k: Kernel,
  set: SetRow,
  verb: 'add' | 'del',
  elements: readonly Element[],
  options: MemberOptions,
  flags: Flags,
): Answer {
  const anchor = options.before ?? options.after
  if (anchor !== undefined && !findSet(k, set.netns, anchor))
    return { words: "The set to which you referred with 'before' or 'after' does not exist." }
  // A range is gone through one by one; what came before the one that fails stays done.
  for (const element of elements) {
    const done =
      verb === 'add' ? addMember(k, set, element, options, flags.exist) : deleteMember(k, set, element, flags.exist)
    if (!done.ok) return no(done.error)
  }
  return ''
}

function test(k: Kernel, set: SetRow, text: string, element: Element, options: MemberOptions): Answer {
  const whole = element.len === 32 && element.len2 === 32
  if (set.type === 'list:set' && !findSet(k, set.netns, element.set)) return no('no-such-set')
  const found = whole ? lookup(k, set, element) : findMember(k, set, element)
  const known = found !== undefined && found.nomatch === (options.nomatch ?? false)
  const fits = known && (element.mac < 0 || found.element.mac === element.mac)
  return fits
    ? { words: `Warning: ${text} is in set ${set.name}.`, verdict: 0 }
    : { words: `${text} is NOT in set ${set.name}.`, verdict: 1 }
}
