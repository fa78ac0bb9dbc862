import type { ApiObject } from '../core/api/kinds/types.ts'
import type { ObjectRef } from '../core/base/ref.ts'
import type { LabSpec } from '../core/lab/spec.ts'
import { diagnoseManifest } from '../manifest/diagnose.ts'
import { type ManifestDocument, parseManifest } from '../manifest/parse.ts'
import { type AddonObject, addonObjects } from '../scenario/addons/objects.ts'
import { loadLab, withAddons } from '../scenario/load.ts'
import type { Diagnostic, TextRange } from './protocol.ts'

/** A lab text, read: what runs, and where each object stands. */
export interface LabDocument {
  readonly text: string
  /** `null` when the text has an error. */
  readonly spec: LabSpec | null
  /** The add-ons' objects, each replaced by the document's own where there is one, then the document's others. */
  readonly objects: readonly ApiObject[]
  /** The document's own objects. */
  readonly own: ReadonlyMap<ObjectRef, ApiObject>
  /** 1-based line at which an object of the document begins. */
  readonly lines: ReadonlyMap<ObjectRef, number>
  readonly ranges: ReadonlyMap<ObjectRef, TextRange>
  readonly diagnostics: readonly Diagnostic[]
}

const NOWHERE: TextRange = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } }

/** Everything that is wrong with a text: the lab's own document and its manifests. */
export const diagnoseText = (text: string): readonly Diagnostic[] => readText(text).diagnostics

function readText(text: string) {
  const { lab, manifests, diagnostics } = loadLab(text, parseManifest)
  const header = diagnostics.map(({ severity, code, params, message, range }): Diagnostic => {
    return { severity, code, params, message, range: range ?? NOWHERE }
  })
  const objects = diagnoseManifest(manifests).map(({ severity, message, range }): Diagnostic => {
    return { severity, code: 'text', message, range }
  })
  return { lab, written: manifests.documents.filter(isObject), diagnostics: [...header, ...objects] }
}

/** Reads a lab text. Add-ons come with the cluster it describes. Never throws. */
export function readDocument(text: string): LabDocument {
  const { lab, written, diagnostics } = readText(text)
  const addons = lab?.cluster ? addonObjects(lab.cluster) : []
  const failed = diagnostics.some((each) => each.severity === 'error')
  const all = withAddons<AddonObject>(addons, written)
  return {
    text,
    spec: failed ? null : lab,
    objects: lab?.cluster ? all.map((document) => inNamespace(document)) : [],
    own: new Map(written.map((document) => [document.ref, inNamespace(document)])),
    lines: firstLines(text, written),
    ranges: new Map(written.map((document) => [document.ref, document.range])),
    diagnostics,
  }
}

interface NamedDocument extends ManifestDocument {
  readonly ref: ObjectRef
  readonly object: ApiObject
}
const isObject = (document: ManifestDocument): document is NamedDocument =>
  document.object !== null && document.ref !== null && !document.isLab

/** As kubectl sends it: an object without a namespace goes to `default`. */
function inNamespace({ ref, object }: AddonObject): ApiObject {
  const namespace = ref.split('/').length > 2 ? ref.split('/')[1] : undefined
  if (namespace === undefined || object.metadata.namespace !== undefined) return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

/** The items of a List share a range, which may be the whole text: each range is looked at once. */
function firstLines(text: string, documents: readonly NamedDocument[]): ReadonlyMap<ObjectRef, number> {
  const known = new Map<number, number>()
  return new Map(
    documents.map(({ ref, index, range }) => {
      const line = known.get(index) ?? firstLine(text, range)
      known.set(index, line)
      return [ref, line]
    }),
  )
}

/** The first line of a document that is neither its `---` nor a comment nor empty. */
function firstLine(text: string, range: TextRange): number {
  const lines = text.slice(range.start.offset, range.end.offset).split('\n')
  const skip = lines.findIndex((line) => !/^\s*(#.*)?$/.test(line) && !line.startsWith('---'))
  return range.start.line + Math.max(0, skip)
}
