import { nameOf, PROTOCOLS } from './names.ts'
import { type Address, addressText } from './numbers.ts'
import { matchModule, UNMODELLED_MATCHES } from './modules/index.ts'
import type { MatchModule, OptionSpec, OptionUse } from './modules/option.ts'
import { groupText, optionText, targetText } from './save-text.ts'
import { type TargetModule, targetModule, UNMODELLED_TARGETS } from './targets/index.ts'
import type { Match, ParsedRule, Target } from './types.ts'
import { quoteWord } from './words.ts'

/** One `-m` or `-j` of the rule being read, with the options used on it so far. */
interface Instance {
  readonly kind: 'match' | 'target'
  readonly name: string
  readonly module: MatchModule | null
  readonly target: TargetModule | null
  readonly uses: OptionUse[]
}

/** A rule while its words are being read. */
export interface RuleDraft {
  sources: readonly Address[] | null
  sourceInvert: boolean
  destinations: readonly Address[] | null
  destinationInvert: boolean
  /** Terms of the header other than addresses: in, out, proto, frag. */
  readonly header: Map<'in' | 'out' | 'proto' | 'frag', Match>
  proto: number
  protoInvert: boolean
  protoGiven: boolean
  readonly instances: Instance[]
  jump: { readonly letter: 'j' | 'g'; readonly chain: string } | null
  /** Where the newest extension began: errors about missing options point there. */
  column: number
}

export interface ExtensionOption {
  readonly instance: Instance
  readonly spec: OptionSpec | { readonly name: string; readonly args: -1 }
}

export const beginRule = (): RuleDraft => ({
  sources: null,
  sourceInvert: false,
  destinations: null,
  destinationInvert: false,
  header: new Map(),
  proto: 0,
  protoInvert: false,
  protoGiven: false,
  instances: [],
  jump: null,
  column: 0,
})

/** `-m name`. The tool's words where there is no such extension. */
export function loadMatch(draft: RuleDraft, name: string, column: number): string | null {
  draft.column = column
  const module = matchModule(name)
  if (!module && !UNMODELLED_MATCHES.has(name)) return `Couldn't load match \`${name}':No such file or directory\n`
  if (module?.single && draft.instances.some((loaded) => loaded.module === module)) return null
  draft.instances.push({ kind: 'match', name, module: module ?? null, target: null, uses: [] })
  return null
}

/** `-j name` or `-g chain`. */
export function jumpTo(draft: RuleDraft, letter: 'j' | 'g', name: string, column: number): string | null {
  draft.column = column
  if (draft.jump || draft.instances.some((loaded) => loaded.kind === 'target'))
    return `multiple -${letter} flags not allowed`
  if (name === '') return 'Invalid target name (too short)'
  if (name.length > 28) return `Invalid target name \`${name}' (28 chars max)`
  const target = letter === 'j' ? targetModule(name) : undefined
  if (target || (letter === 'j' && UNMODELLED_TARGETS.has(name)))
    draft.instances.push({ kind: 'target', name, module: null, target: target ?? null, uses: [] })
  else draft.jump = { letter, chain: name }
  return null
}

/**
 * The option `--name` of the extension loaded last that has it; then by prefix; then of the module named like the
 * protocol, which is loaded on the way (`-p tcp --dport 80`); then of the newest extension that we do not model.
 */
export function findOption(draft: RuleDraft, name: string): ExtensionOption | null {
  return search(draft, name) ?? searchProtocol(draft, name) ?? unmodelled(draft, name)
}

function search(draft: RuleDraft, name: string): ExtensionOption | null {
  const exact = searchBy(draft, (known) => known === name)
  return exact[0] ?? onlyOne(searchBy(draft, (known) => known.startsWith(name)))
}

function searchBy(draft: RuleDraft, fits: (known: string) => boolean): readonly ExtensionOption[] {
  const found: ExtensionOption[] = []
  for (let i = draft.instances.length - 1; i >= 0; i--) {
    const instance = draft.instances[i]!
    for (const spec of instance.module?.options ?? instance.target?.options ?? [])
      if (fits(spec.name) || spec.aliases?.some(fits)) found.push({ instance, spec })
  }
  return found
}

const onlyOne = (found: readonly ExtensionOption[]): ExtensionOption | null => (found.length === 1 ? found[0]! : null)

function searchProtocol(draft: RuleDraft, name: string): ExtensionOption | null {
  const protocol = draft.protoGiven ? nameOf(PROTOCOLS, draft.proto) : null
  const module = protocol === null ? undefined : matchModule(protocol)
  if (!module || draft.instances.some((loaded) => loaded.module === module)) return null
  const has = module.options.some((spec) => spec.name.startsWith(name) || spec.aliases?.some((a) => a.startsWith(name)))
  if (!has) return null
  draft.instances.push({ kind: 'match', name: module.name, module, target: null, uses: [] })
  return search(draft, name)
}

function unmodelled(draft: RuleDraft, name: string): ExtensionOption | null {
  const instance = draft.instances.findLast((loaded) => !loaded.module && !loaded.target)
  return instance ? { instance, spec: { name, args: -1 } } : null
}

/** Notes one use of an option. */
export function useOption(
  draft: RuleDraft,
  option: ExtensionOption,
  values: readonly string[],
  invert: boolean,
  column: number,
): string | null {
  const { instance, spec } = option
  draft.column = column
  if (spec.args >= 0) {
    if (invert && !('invert' in spec && spec.invert))
      return `${instance.name}: option "--${spec.name}" cannot be inverted.\n`
    if (instance.uses.some((use) => use.name === spec.name))
      return instance.name === 'tcp'
        ? `Only one \`--${spec.name}' allowed`
        : `${instance.name}: option "--${spec.name}" can only be used once.\n`
  }
  instance.uses.push({ name: spec.name, values, invert })
  return null
}

/** The rules that the words mean: one, or one per pair of addresses where `-s` or `-d` named several. */
export function finishRules(draft: RuleDraft): readonly ParsedRule[] | string {
  const groups: { readonly text: string; readonly terms: readonly Match[] }[] = []
  let target: Target | null = draft.jump
    ? { t: draft.jump.letter === 'g' ? 'goto' : 'jump', chain: draft.jump.chain }
    : null
  for (const instance of draft.instances) {
    if (instance.kind === 'target') {
      const built = buildTarget(draft, instance)
      if (typeof built === 'string') return built
      target = built
    } else {
      const terms = buildMatch(draft, instance)
      if (typeof terms === 'string') return terms
      groups.push({ text: groupText(instance.name, terms), terms })
    }
  }
  const extensions = groups.flatMap((group) => group.terms)
  return headers(draft).map((header) => ({
    text: [
      ...header.map(optionText),
      ...groups.map((group) => group.text),
      ...(target ? [targetText(target)] : []),
    ].join(' '),
    matches: [...header, ...extensions],
    target,
  }))
}

function buildMatch(draft: RuleDraft, instance: Instance): readonly Match[] | string {
  if (instance.module) return instance.module.build(instance.uses, { proto: draft.proto, invert: draft.protoInvert })
  return [{ m: 'unknown', name: instance.name, text: `-m ${instance.name}${rawOptions(instance)}` }]
}

function buildTarget(draft: RuleDraft, instance: Instance): Target | string {
  const ported = ['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'icmp'].includes(nameOf(PROTOCOLS, draft.proto) ?? '')
  if (instance.target) return instance.target.build(instance.uses, ported && !draft.protoInvert)
  return { t: 'unknown', name: instance.name, text: `-j ${instance.name}${rawOptions(instance)}` }
}

const rawOptions = (instance: Instance): string =>
  instance.uses
    .map((use) => `${use.invert ? ' !' : ''} --${use.name}${use.values.map((value) => ` ${rawWord(value)}`).join('')}`)
    .join('')

/** A word of an option that we do not read: quoted only where blanks or quotes make it necessary. */
const rawWord = (text: string): string => (/^[\w.:,/@%+=-]+$/.test(text) ? text : quoteWord(text))

function headers(draft: RuleDraft): readonly (readonly Match[])[] {
  const rest = (['in', 'out', 'proto', 'frag'] as const).flatMap((key) => draft.header.get(key) ?? [])
  const sources = addressTerms('src', draft.sources, draft.sourceInvert)
  const destinations = addressTerms('dst', draft.destinations, draft.destinationInvert)
  return sources.flatMap((src) => destinations.map((dst) => [...src, ...dst, ...rest]))
}

function addressTerms(
  m: 'src' | 'dst',
  list: readonly Address[] | null,
  invert: boolean,
): readonly (readonly Match[])[] {
  if (!list) return [[]]
  return list.map((address) => {
    if ('len' in address) return address.len === 0 && !invert ? [] : [{ m, cidr: address, invert }]
    const text = `${invert ? '! ' : ''}-${m === 'src' ? 's' : 'd'} ${addressText(address)}`
    return [{ m: 'unknown', name: 'netmask', text }]
  })
}
