import { findResource, KINDS } from '../core/api/kinds/registry.ts'
import type { Pod } from '../core/api/kinds/types.ts'
import { VERBS } from './kubectl/kubectl.ts'
import { commandNames, hasCommand } from './registry.ts'
import type { ConsoleEnv, ConsolePlace } from './types.ts'

export interface CompletedLine {
  /** Whole words that may stand from `from` to the end of the line, in order. */
  readonly candidates: readonly string[]
  /** Where the word that is being written begins. */
  readonly from: number
}

const MAX_CANDIDATES = 200

/** What may come next on a command line. `programs`: names of the programs of the lab, for the first word. */
export function completeLine(
  env: ConsoleEnv,
  place: ConsolePlace,
  line: string,
  programs: readonly string[] = [],
): CompletedLine {
  const part = line.slice(Math.max(line.lastIndexOf('|'), line.lastIndexOf(';'), line.lastIndexOf('&')) + 1)
  const words = part.trimStart().split(/\s+/)
  const word = words.pop() ?? ''
  const from = line.length - word.length
  const all = candidatesFor(env, place, words, word, programs)
  const candidates = [...new Set(all)]
    .filter((each) => each.startsWith(word))
    .sort()
    .slice(0, MAX_CANDIDATES)
  return { candidates, from }
}

function candidatesFor(
  env: ConsoleEnv,
  place: ConsolePlace,
  before: readonly string[],
  word: string,
  programs: readonly string[],
): readonly string[] {
  const [command, ...words] = before
  if (command === undefined) return [...programs, ...commandNames.filter((name) => hasCommand(place, name))]
  if (!hasCommand(place, command)) return []
  const last = before.at(-1)!
  switch (command) {
    case 'kubectl':
    case 'k':
      return kubectlWords(env, words, word)
    case 'ip':
    case 'bridge':
      return ipWords(env, place, command, words, last)
    case 'tcpdump':
      return last === '-i'
        ? [...devices(env, place), 'any']
        : ['-i', '-n', '-e', '-c', 'host', 'net', 'port', 'src', 'dst', 'tcp', 'udp', 'icmp', 'arp', 'and', 'or', 'not']
    case 'ethtool':
      return devices(env, place)
    case 'iptables':
    case 'iptables-save':
      return last === '-t'
        ? ['raw', 'mangle', 'nat', 'filter']
        : ['-t', '-L', '-S', '-n', '-v', '-A', '-I', '-D', '-N', '-F', '-X', '-P', '--line-numbers']
    case 'conntrack':
      return ['-L', '-D', '-F', '-C', '-S', '-p', '-s', '-d', '--dport', '--sport', '-o', 'extended']
    case 'nft':
      return ['list', 'ruleset', 'tables', 'table', 'chain', 'ip', 'nat', 'filter']
    default:
      return []
  }
}

const devices = (env: ConsoleEnv, place: ConsolePlace): readonly string[] =>
  env.kernel.t.linkByNetns
    .at(place.netns)
    .rows()
    .map((link) => link.name)

const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  address: ['show', 'add', 'del', 'flush', 'dev'],
  addr: ['show', 'add', 'del', 'flush', 'dev'],
  a: ['show', 'add', 'del', 'dev'],
  link: ['show', 'set', 'add', 'del', 'dev', 'up', 'down', 'master', 'type'],
  l: ['show', 'set', 'add', 'del'],
  route: [
    'show',
    'add',
    'del',
    'replace',
    'get',
    'flush',
    'table',
    'via',
    'dev',
    'default',
    'from',
    'iif',
    'local',
    'all',
  ],
  r: ['show', 'add', 'del', 'get'],
  rule: ['show', 'add', 'del', 'from', 'to', 'lookup', 'pref', 'fwmark'],
  neigh: ['show', 'add', 'del', 'replace', 'flush', 'dev', 'lladdr'],
  n: ['show', 'add', 'del'],
  netns: ['list', 'exec', 'add', 'del'],
  fdb: ['show', 'append', 'add', 'del', 'replace', 'dev', 'br', 'dst', 'master'],
  vlan: ['show'],
}

function ipWords(
  env: ConsoleEnv,
  place: ConsolePlace,
  command: string,
  words: readonly string[],
  last: string,
): readonly string[] {
  if (['dev', 'iif', 'oif', 'br', 'master'].includes(last)) return devices(env, place)
  if (last === '-n' || last === 'exec') {
    return env.kernel.t.netnsByHost
      .at(place.host)
      .rows()
      .filter((row) => row.name !== 'host')
      .map((row) => row.name)
  }
  const object = words.find((word) => !word.startsWith('-'))
  if (object === undefined) {
    return command === 'ip'
      ? ['address', 'link', 'route', 'rule', 'neigh', 'netns', '-br', '-d', '-s', '-4', '-n']
      : ['fdb', 'link', 'vlan']
  }
  const known = Object.hasOwn(OBJECTS, object) ? OBJECTS[object]! : []
  const names = ['show', 'set', 'del', 'up', 'down'].includes(last) || object === last ? devices(env, place) : []
  return [...known, ...names]
}

const POD_VERBS = new Set(['exec', 'logs', 'port-forward'])
const NODE_VERBS = new Set(['cordon', 'uncordon', 'drain'])

function kubectlWords(env: ConsoleEnv, words: readonly string[], word: string): readonly string[] {
  const last = words.at(-1)
  if (last === '-n' || last === '--namespace') return names(env, 'Namespace', undefined)
  if (last === '-o' || last === '--output') return ['wide', 'yaml', 'json', 'name', 'jsonpath=', 'custom-columns=']
  const plain = plainWords(words)
  const [verb, type] = plain
  if (verb === undefined) return [...Object.keys(VERBS), '-n']
  if (!Object.hasOwn(VERBS, verb)) return []
  const namespace = namespaceOf(words)
  if (word.startsWith('-')) return flagsOf(verb)
  if (last === '-c' || last === '--container') return containers(env, plain[1], namespace)
  if (POD_VERBS.has(verb)) return type === undefined ? names(env, 'Pod', namespace) : []
  if (NODE_VERBS.has(verb)) return names(env, 'Node', undefined)
  if (verb === 'rollout')
    return type === undefined
      ? ['status', 'restart', 'undo', 'history', 'pause', 'resume']
      : typed(env, plain[2], word, namespace)
  if (verb === 'set') return type === undefined ? ['image'] : typed(env, plain[2], word, namespace)
  if (verb === 'create')
    return type === undefined ? ['deployment', 'service', 'namespace', 'configmap', 'secret', 'serviceaccount'] : []
  if (verb === 'config') return ['get-contexts', 'current-context', 'set-context', 'use-context', 'view']
  if (verb === 'top') return ['node', 'pod']
  return typed(env, type, word, namespace)
}

/** Words without flags and their values. */
function plainWords(words: readonly string[]): readonly string[] {
  const plain: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (
      ['-n', '--namespace', '-o', '--output', '-l', '--selector', '-c', '--container', '-f', '--filename'].includes(
        word,
      )
    )
      i++
    else if (!word.startsWith('-')) plain.push(word)
  }
  return plain
}

function namespaceOf(words: readonly string[]): string | undefined {
  if (words.includes('-A') || words.includes('--all-namespaces')) return undefined
  const at = words.findIndex((word) => word === '-n' || word === '--namespace')
  const joined = words.find((word) => word.startsWith('--namespace='))
  return joined?.slice('--namespace='.length) ?? (at >= 0 ? words[at + 1] : 'default')
}

const flagsOf = (verb: string): readonly string[] =>
  [...Object.keys(VERBS[verb]!.flags), 'namespace|n'].flatMap((key) => {
    const [name, letter] = key.split('|')
    return letter ? [`--${name}`, `-${letter}`] : [`--${name}`]
  })

/** A type, or the names of one; `type/` begins a name. */
function typed(
  env: ConsoleEnv,
  type: string | undefined,
  word: string,
  namespace: string | undefined,
): readonly string[] {
  const slash = word.indexOf('/')
  if (slash >= 0) {
    const info = findResource(word.slice(0, slash))
    return info
      ? names(env, info.kind, info.namespaced ? namespace : undefined).map((name) => `${word.slice(0, slash)}/${name}`)
      : []
  }
  if (type === undefined) return [...KINDS.flatMap((info) => [info.plural, ...info.shortNames]), 'all']
  const info = findResource(type.split(',')[0]!)
  return info ? names(env, info.kind, info.namespaced ? namespace : undefined) : []
}

const names = (env: ConsoleEnv, kind: string, namespace: string | undefined): readonly string[] =>
  (env.api?.ofKind(kind, namespace) ?? []).map((object) => object.metadata.name)

function containers(env: ConsoleEnv, pod: string | undefined, namespace: string | undefined): readonly string[] {
  const found = pod === undefined ? undefined : env.api?.peek<Pod>(`Pod/${namespace ?? 'default'}/${pod}`)
  return found?.spec.containers.map((container) => container.name) ?? []
}
