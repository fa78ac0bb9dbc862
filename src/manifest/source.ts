import { type Node, Composer, Parser, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml'
import type { Path } from '../core/api/kinds/field.ts'
import { type Json, put } from '../core/api/kinds/json.ts'
import { YAML_BOUNDS, excessOf } from '../scenario/yaml-bounds.ts'
import { resolvePlain } from './plain-scalar.ts'
import type { Segment } from './segments.ts'

/** What a hostile document may not exceed. */
export const YAML_LIMITS = {
  characters: 1024 * 1024,
  aliases: 100,
  documents: 5000,
  ...YAML_BOUNDS,
} as const

export type SourceCode =
  | 'yaml-syntax'
  | 'duplicate-key'
  | 'too-deep'
  | 'alias-limit'
  | 'bad-alias'
  | 'bad-key'
  | 'too-many'

/** Something wrong in the YAML itself; offsets count from the start of the whole text. */
export interface SourceProblem {
  readonly code: SourceCode
  readonly message: string
  readonly start: number
  readonly end: number
  readonly path: Path
}

/** One document of the text, parsed: the nodes with their places, and the value as plain JSON. */
export interface YamlSource {
  readonly segment: Segment
  readonly root: Node | null
  readonly anchors: ReadonlyMap<string, Node>
  readonly value: unknown
  readonly problems: readonly SourceProblem[]
}

/** Parses one document. Never throws, and never takes time or memory out of proportion to the text. */
export function readYaml(text: string, segment: Segment): YamlSource {
  const piece = text.slice(segment.start, segment.end)
  try {
    const tokens = [...new Parser().parse(piece)]
    const excess = excessOf(tokens)
    if (excess?.of === 'depth')
      return broken(segment, 'too-deep', `yaml: exceeded max depth of ${YAML_LIMITS.depth}`, excess.offset)
    if (excess)
      return broken(segment, 'too-many', `yaml: the document has more than ${YAML_LIMITS.values} values`, excess.offset)
    const options = { schema: 'failsafe', uniqueKeys: false, merge: false } as const
    const [document] = [...new Composer(options).compose(tokens, false, piece.length)]
    const root = document?.contents ?? null
    const syntax = (document?.errors ?? []).slice(0, YAML_LIMITS.problems).map(({ code, message, pos }) => ({
      code: 'yaml-syntax' as const,
      message: yamlWords(code, message),
      start: segment.start + Math.min(pos[0], piece.length),
      end: segment.start + Math.min(Math.max(pos[1], pos[0] + 1), piece.length),
      path: [],
    }))
    const reader = new JsonReader(segment.start)
    const value = reader.read(root, [])
    return { segment, root, anchors: reader.anchors, value, problems: [...syntax, ...reader.problems] }
  } catch (error) {
    // Nesting that exhausts the stack in spite of the check is the only known way here.
    return broken(
      segment,
      'yaml-syntax',
      `yaml: ${error instanceof Error ? error.message.split('\n', 1)[0] : 'unreadable'}`,
    )
  }
}

const broken = (segment: Segment, code: SourceCode, message: string, offset = 0): YamlSource => ({
  segment,
  root: null,
  anchors: new Map(),
  value: null,
  problems: [{ code, message, start: segment.start + offset, end: segment.start + offset + 1, path: [] }],
})

/** goyaml's words where the parser's say the same less familiarly. */
function yamlWords(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'yaml: found character that cannot start any token'
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return 'yaml: mapping values are not allowed in this context'
  return `yaml: ${message.split('\n', 1)[0]!}`
}

/** Nodes to plain JSON, with bounds on aliases and on the values they multiply to. */
class JsonReader {
  readonly problems: SourceProblem[] = []
  readonly anchors = new Map<string, Node>()
  private readonly base: number
  private readonly open = new Set<Node>()
  private aliases = 0
  private values = 0

  constructor(base: number) {
    this.base = base
  }

  read(node: unknown, path: Path): unknown {
    if (++this.values > YAML_LIMITS.values) return this.tooMany(node, path)
    if (isAlias(node)) return this.readAlias(node, path)
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null
    if (node.anchor) this.anchors.set(node.anchor, node)
    if (isScalar(node)) return scalarValue(node)
    this.open.add(node)
    const value = isMap(node) ? this.readMap(node, path) : node.items.map((item, i) => this.read(item, [...path, i]))
    this.open.delete(node)
    return value
  }

  private readAlias(node: Node & { readonly source: string }, path: Path): unknown {
    if (++this.aliases > YAML_LIMITS.aliases) return this.tooMany(node, path)
    const target = this.anchors.get(node.source)
    if (!target) return this.complain('bad-alias', `yaml: unknown anchor '${node.source}' referenced`, node, path)
    if (this.open.has(target))
      return this.complain('bad-alias', `yaml: anchor '${node.source}' value contains itself`, node, path)
    return this.read(target, path)
  }

  private readMap(node: { readonly items: readonly unknown[] }, path: Path): Json {
    const out: Json = {}
    const own = new Set<string>()
    for (const pair of node.items) {
      if (!isPair(pair)) continue
      const name = keyOf(pair.key)
      if (name === null) {
        this.complain('bad-key', 'yaml: invalid map key', pair.key, path)
        continue
      }
      if (name === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        this.merge(out, own, pair.value, path)
        continue
      }
      const at = [...path, name]
      if (own.has(name))
        this.complain('duplicate-key', `duplicate field ${JSON.stringify(fieldText(at))}`, pair.key, at)
      own.add(name)
      put(out, name, this.read(pair.value, at))
    }
    return out
  }

  /** `<<: *base` or `<<: [*a, *b]`: fields that the map does not have itself; the first source wins. */
  private merge(out: Json, own: ReadonlySet<string>, node: unknown, path: Path): void {
    const value = this.read(node, path)
    for (const source of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        this.complain('yaml-syntax', 'yaml: map merge requires map or sequence of maps as the value', node, path)
        return
      }
      for (const [name, item] of Object.entries(source))
        if (!own.has(name) && !Object.hasOwn(out, name)) put(out, name, item)
    }
  }

  private tooMany(node: unknown, path: Path): null {
    if (this.problems.some((problem) => problem.code === 'alias-limit')) return null
    return this.complain('alias-limit', 'yaml: document contains excessive aliasing', node, path)
  }

  private complain(code: SourceCode, message: string, node: unknown, path: Path): null {
    if (this.problems.length === YAML_LIMITS.problems) return null
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : null
    const start = this.base + (range?.[0] ?? 0)
    this.problems.push({ code, message, start, end: this.base + (range?.[1] ?? 1), path })
    return null
  }
}

const fieldText = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  )

interface ScalarLike {
  readonly value: unknown
  readonly source?: string
  readonly type?: string
  readonly tag?: string
}

const CORE_TAG = 'tag:yaml.org,2002:'

function scalarValue(node: ScalarLike): string | number | boolean | null {
  const text = typeof node.value === 'string' ? node.value : ''
  if (node.tag === `${CORE_TAG}str` || node.tag === `${CORE_TAG}binary`) return text
  const resolves = node.type === 'PLAIN' || node.tag?.startsWith(CORE_TAG)
  return resolves ? resolvePlain(text) : text
}

/** Keys become texts as sigs.k8s.io/yaml makes them; `null` for a key that is itself a list or map. */
export const keyOf = (node: unknown): string | null => {
  if (!isScalar(node)) return null
  const value = scalarValue(node)
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? String(value) : 'null'
}
