import { type Path, append } from '../core/api/kinds/field.ts'
import { type Json, get, isJson, objectIn } from '../core/api/kinds/json.ts'
import { findKind } from '../core/api/kinds/registry.ts'
import type { ApiObject } from '../core/api/kinds/types.ts'
import { type ObjectRef, objectRef } from '../core/base/ref.ts'
import { type Lines, type TextRange, linesOf } from './positions.ts'
import { segmentsOf } from './segments.ts'
import { YAML_LIMITS, type YamlSource, readYaml } from './source.ts'

/** One object of a manifest, and where it is written. */
export interface ManifestDocument {
  /** Which document of the text, counted from 0: what the edits take. The items of a List share one. */
  readonly index: number
  /** The position in a List's `items`, or `null`. */
  readonly item: number | null
  /** From the document's `---` line or its first character to the end of its text. */
  readonly range: TextRange
  readonly apiVersion: string
  readonly kind: string
  /** Namespaced kinds without a namespace are in `default`. `null` without kind and name. */
  readonly ref: ObjectRef | null
  /** The lab's own document (`hopscope.dev/…`), which src/scenario reads. */
  readonly isLab: boolean
  /** As written: not decoded, not defaulted. `null` where the YAML is broken or does not say what it is. */
  readonly object: ApiObject | null
  readonly positions: Positions
}

/** Where the fields of a document are; ask with `rangeOf` (locate.ts). */
export interface Positions {
  readonly source: YamlSource
  readonly lines: Lines
  /** The way from the root of the YAML to the object: `['items', 3]` in a List. */
  readonly prefix: Path
}

export type Severity = 'error' | 'warning' | 'info'

export type ManifestCode =
  | YamlSource['problems'][number]['code']
  | 'too-large'
  | 'not-a-mapping'
  | 'missing-kind'
  | 'unknown-kind'
  | 'wrong-type'
  | 'unknown-field'
  | 'invalid'
  | 'duplicate-object'
  | 'not-enforced'
  | 'lab'

export interface ManifestDiagnostic {
  readonly severity: Severity
  readonly code: ManifestCode
  /** In the words of the API server, kubectl or the YAML library; English. */
  readonly message: string
  readonly range: TextRange
  /** `ManifestDocument.index`; -1 for the text as a whole. */
  readonly document: number
  readonly ref: ObjectRef | null
  readonly path: Path
}

export interface Manifest {
  readonly documents: readonly ManifestDocument[]
  /** What is wrong with the YAML; `diagnose` adds what is wrong with the objects. */
  readonly diagnostics: readonly ManifestDiagnostic[]
}

const LAB_GROUP = 'hopscope.dev/'

/**
 * Reads a multi-document YAML text. A document that is broken does not hide the others; `object` is `null` there and the
 * diagnostics say where. `from`: read only what begins at that offset; places still count in the whole text.
 */
export function parseManifest(text: string, from = 0): Manifest {
  const lines = linesOf(text)
  if (text.length > YAML_LIMITS.characters) {
    return tooLarge(lines, `the text has ${text.length} characters; at most ${YAML_LIMITS.characters} are read`)
  }
  const documents: ManifestDocument[] = []
  const diagnostics: ManifestDiagnostic[] = []
  const segments = segmentsOf(text, from)
  if (segments.length > YAML_LIMITS.documents) {
    return tooLarge(lines, `the text has ${segments.length} documents; at most ${YAML_LIMITS.documents} are read`)
  }
  segments.forEach((segment, index) => {
    const source = readYaml(text, segment)
    const found = objectsOf(source, index, text, lines)
    append(documents, found.documents)
    const ref = found.documents[0]?.ref ?? null
    for (const problem of [...source.problems, ...found.problems]) {
      const strict = problem.code === 'duplicate-key' ? `strict decoding error: ${problem.message}` : problem.message
      const range = lines.range(problem.start, problem.end)
      const message = strict.replace(/^yaml: /, `yaml: line ${range.start.line}: `)
      diagnostics.push({
        severity: 'error',
        code: problem.code,
        message,
        range,
        document: index,
        ref,
        path: problem.path,
      })
    }
  })
  return { documents, diagnostics }
}

const tooLarge = (lines: Lines, message: string): Manifest => ({
  documents: [],
  diagnostics: [
    { severity: 'error', code: 'too-large', message, range: lines.range(0, 0), document: -1, ref: null, path: [] },
  ],
})

interface Problem {
  readonly code: ManifestCode
  readonly message: string
  readonly start: number
  readonly end: number
  readonly path: Path
}

interface Found {
  readonly documents: readonly ManifestDocument[]
  readonly problems: readonly Problem[]
}

function objectsOf(source: YamlSource, index: number, text: string, lines: Lines): Found {
  const { segment, value } = source
  const sound = source.problems.every((problem) => problem.code === 'duplicate-key')
  if (value === null && sound) return { documents: [], problems: [] }
  const piece = text.slice(segment.start, segment.end)
  const range = lines.range(segment.start, segment.start + piece.trimEnd().length)
  const make = (raw: unknown, prefix: Path, item: number | null): ManifestDocument => ({
    ...identity(raw),
    index,
    item,
    range,
    object: sound && isWhole(raw) ? (raw as ApiObject & Json) : null,
    positions: { source, lines, prefix },
  })
  if (!isJson(value)) {
    const message = `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`
    const start = source.root?.range ? segment.start + source.root.range[0] : segment.start
    const problems: Problem[] = sound ? [{ code: 'not-a-mapping', message, start, end: start + 1, path: [] }] : []
    return { documents: [make({}, [], null)], problems }
  }
  const items = get(value, 'items')
  if (isList(value) && Array.isArray(items)) {
    return { documents: items.map((raw: unknown, i) => make(raw, ['items', i], i)), problems: [] }
  }
  return { documents: [make(value, [], null)], problems: [] }
}

/** `List`, and the lists of one kind that `kubectl get -o yaml` may give: `PodList`. */
function isList(value: Json): boolean {
  const kind = get(value, 'kind')
  const apiVersion = get(value, 'apiVersion')
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return false
  return kind === 'List' || (kind.endsWith('List') && findKind(apiVersion, kind.slice(0, -4)) !== undefined)
}

const isWhole = (raw: unknown): boolean =>
  isJson(raw) && typeof get(raw, 'kind') === 'string' && typeof get(raw, 'apiVersion') === 'string'

function identity(raw: unknown): Pick<ManifestDocument, 'apiVersion' | 'kind' | 'ref' | 'isLab'> {
  const object = isJson(raw) ? raw : {}
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const kind = text(get(object, 'kind'))
  const apiVersion = text(get(object, 'apiVersion'))
  const metadata = objectIn(object, 'metadata') ?? {}
  const name = text(get(metadata, 'name')) || text(get(metadata, 'generateName'))
  const info = findKind(apiVersion, kind)
  const written = text(get(metadata, 'namespace'))
  const namespace = info ? (info.namespaced ? written || 'default' : undefined) : written || undefined
  return {
    apiVersion,
    kind,
    ref: kind && name ? objectRef(kind, namespace, name) : null,
    isLab: apiVersion.startsWith(LAB_GROUP),
  }
}

const jsonKind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'number' : 'string'
