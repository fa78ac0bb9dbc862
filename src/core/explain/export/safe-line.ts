/**
 * A line of a lab's script was written for a simulated machine; in an export it would run on a real one, as root. So only what is
 * plainly a probe of the network is run: one command, known, with arguments that neither name files nor start other programs.
 * Everything else is shown, for a person to judge.
 */
export type SafeLine =
  | { readonly safe: true; readonly words: readonly string[] }
  | { readonly safe: false; readonly why: string }

export function safeLine(line: string): SafeLine {
  const words = wordsOf(line)
  if (!words) return refused('it is more than one plain command')
  const [program = '', ...rest] = words
  if (!Object.hasOwn(PROGRAMS, program))
    return refused(`${program === '' ? 'it' : program} is none of the probes that are run by themselves`)
  return PROGRAMS[program]!(rest)
    ? { safe: true, words }
    : refused(`these arguments of ${program} could do more than probe`)
}

const refused = (why: string): SafeLine => ({ safe: false, why })

/** Words of a line without anything that a shell would act on; `null` when there is more to it. */
function wordsOf(line: string): readonly string[] | null {
  const words: string[] = []
  const token = /\s+|'([^']*)'|"([^"$`\\]*)"|([\w@%+=:,./?~^-]+)/y
  let word: string | null = null
  while (token.lastIndex < line.length) {
    const match = token.exec(line)
    if (!match || /[^\P{Cc}\t]/u.test(match[0])) return null
    const [all, single, double, bare] = match
    const part = single ?? double ?? bare
    if (part === undefined) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + part
    if (all === '') return null
  }
  if (word !== null) words.push(word)
  return words
}

type Check = (words: readonly string[]) => boolean

const every =
  (pattern: RegExp): Check =>
  (words) =>
    words.every((word) => pattern.test(word))

/** Options that stand alone, options that take the next word, and what else may be said. */
function options(flags: RegExp, valued: Readonly<Record<string, RegExp>>, other: RegExp): Check {
  return (words) => {
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!
      const value = Object.hasOwn(valued, word) ? valued[word] : undefined
      if (value) {
        if (!value.test(words[++i] ?? '')) return false
      } else if (!(word.startsWith('-') ? flags : other).test(word)) return false
    }
    return true
  }
}

const NAME = /^[\w.:-]+$/
const NUMBER = /^\d+(\.\d+)?$/
const TEXT = /^(?!@)(?!.*%output)(?!.*%\{?stderr_file)[^@\n]*$/
const URL = /^(https?:\/\/)?[\w.-]+(:\d+)?(\/[^\s@]*)?$/i
const HTTP_VALUES = {
  '-m': NUMBER,
  '--max-time': NUMBER,
  '--connect-timeout': NUMBER,
  '-X': /^[A-Z]+$/,
  '-H': TEXT,
  '-d': TEXT,
  '-A': TEXT,
  '-w': TEXT,
  '-o': /^\/dev\/null$/,
  '-so': /^\/dev\/null$/,
  '-sm': NUMBER,
  '--resolve': /^[\w.*-]+:\d+:[\d.]+$/,
} as const
const IP_OBJECTS = /^(a|addr|address|l|link|r|ro|route|n|neigh|neighbour|ru|rule|fdb|vlan)$/

/** ip(8), bridge(8): the tables of the namespace; no batches, no other namespaces, nothing that loads code. */
const iproute: Check = (words) => {
  const object = words.findIndex((word) => !word.startsWith('-'))
  const flags = words.slice(0, Math.max(0, object))
  return (
    object >= 0 &&
    IP_OBJECTS.test(words[object]!) &&
    flags.every((word) => /^-(4|br|brief|d|details|s|stats|statistics|o|c|j|p)$/.test(word)) &&
    words
      .slice(object)
      .every((word) => /^[\w.:/+%@-]+$/.test(word) && !/^(xdp|netns|encap|bpf|obj|pinned|exec|-b)/.test(word))
  )
}

/** `-M COMMAND`, also behind other letters (`-nM`) and cut short (`--modp`): what iptables runs to load modules. */
const NAMES_LOADER = /^-[^-]*M|^--m(o(d(p(r(o(be?)?)?)?)?)?)?(=|$)/

const PROGRAMS: Readonly<Record<string, Check>> = {
  ping: every(/^[\w.:-]+$/),
  traceroute: every(/^[\w.:-]+$/),
  tracepath: every(/^[\w.:-]+$/),
  arping: every(/^[\w.:-]+$/),
  nslookup: every(/^[\w.=-]+$/),
  host: every(/^[\w.-]+$/),
  sleep: every(NUMBER),
  echo: every(/^[^\n]*$/),
  true: every(/^$/),
  cat: every(/^\/etc\/(resolv\.conf|hosts|hostname)$/),
  curl: options(
    /^-([sSvikILf46]+|-silent|-show-error|-verbose|-include|-head|-fail|-insecure|-location|-http1\.[01])$/,
    HTTP_VALUES,
    URL,
  ),
  wget: (words) =>
    words.some((word) => /^(-q?O-|--spider)$/.test(word)) &&
    options(/^-([qS]+|q?O-|-spider|-timeout=\d+|-tries=\d+)$/, { '-T': NUMBER, '-t': NUMBER }, URL)(words),
  nc: options(/^-[vznuN46]+$/, { '-w': NUMBER, '-zw': NUMBER, '-vzw': NUMBER, '-zvw': NUMBER, '-p': NUMBER }, NAME),
  dig: options(/^-[46]$/, { '-t': NAME, '-x': NAME, '-p': NUMBER }, /^[@+]?[\w.=-]+$/),
  ip: iproute,
  bridge: iproute,
  ss: every(/^-[tuanplosmei4]+$/),
  conntrack: every(/^(-L|-S|-C|-p|tcp|udp|icmp|-[sd]|[\d.]+)$/),
  iptables: (words) => words.every((word) => !NAMES_LOADER.test(word) && /^[^\n]*$/.test(word)),
  'iptables-save': every(/^(-c|-t|[a-z]+)$/),
}
