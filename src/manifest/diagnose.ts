import { decode, kindOf } from '../core/api/kinds/accept.ts'
import { type FieldCause, type Path, append } from '../core/api/kinds/field.ts'
import { type Json, get } from '../core/api/kinds/json.ts'
import type { KindInfo } from '../core/api/kinds/registry.ts'
import { nearestRange } from './locate.ts'
import { fieldsNotEnforced } from './not-enforced.ts'
import {
  type Manifest,
  type ManifestCode,
  type ManifestDiagnostic,
  type ManifestDocument,
  type Severity,
  parseManifest,
} from './parse.ts'

/** Complaints about one document: more than these nobody reads, and to find the place of each takes time. */
const PER_DOCUMENT = 100
/** Complaints about a text, of errors and of what is doubtful each. */
const PER_TEXT = 1000

export interface DiagnoseOptions {
  /** Only what begins at that offset; places count in the whole text. */
  readonly from?: number
  /** Complaints about the lab's own document, which this folder does not read. */
  readonly lab?: (document: ManifestDocument) => readonly ManifestDiagnostic[]
}

/**
 * Everything that is wrong with a text, at the place where it is wrong: YAML, unknown kinds, strict decoding, and what the
 * API server's validation says after defaulting. What depends on the cluster (a name that is taken, a missing namespace)
 * is known only to the API server itself.
 */
export const diagnose = (text: string, options: DiagnoseOptions = {}): readonly ManifestDiagnostic[] =>
  diagnoseManifest(parseManifest(text, options.from), options)

/** The same of a text that has been read already. */
export function diagnoseManifest(manifest: Manifest, options: DiagnoseOptions = {}): readonly ManifestDiagnostic[] {
  const { documents, diagnostics } = manifest
  const seen = new Map<string, ManifestDocument>()
  const broken = new Set(diagnostics.filter((d) => d.code !== 'duplicate-key').map((d) => d.document))
  const out = [...diagnostics]
  for (const document of documents) {
    if (document.isLab) {
      append(out, options.lab?.(document) ?? [])
      continue
    }
    if (!broken.has(document.index)) append(out, diagnoseDocument(document))
    if (document.ref === null || !document.object) continue
    const identity = `${document.apiVersion} ${document.ref}`
    if (seen.has(identity)) {
      const again = `${document.ref} is written twice; the later document wins`
      out.push(at(document, 'warning', 'duplicate-object', ['metadata', 'name'], again))
    }
    seen.set(identity, document)
  }
  return bounded(out)
}

/** In their order; an error is never left out for the sake of a warning. */
function bounded(all: readonly ManifestDiagnostic[]): readonly ManifestDiagnostic[] {
  let [errors, others] = [0, 0]
  return all.filter(({ severity }) => (severity === 'error' ? ++errors : ++others) <= PER_TEXT)
}

/** The complaints about one object, in the order in which the API server would come to them. */
export function diagnoseDocument(document: ManifestDocument): ManifestDiagnostic[] {
  const raw = (document.object ?? {}) as Json
  if (!document.object) return [missingKind(document)]
  const info = kindOf(raw)
  if (!info.ok) {
    const place: Path = get(raw, 'kind') ? ['kind'] : ['apiVersion']
    return [at(document, 'error', 'unknown-kind', place, info.error.message)]
  }
  return [...diagnoseShape(document, info.value, raw), ...notEnforced(document, info.value, raw)]
}

function missingKind(document: ManifestDocument): ManifestDiagnostic {
  const missing = document.kind === '' ? 'Kind' : 'apiVersion'
  return at(document, 'error', 'missing-kind', [], `Object '${missing}' is missing`)
}

function diagnoseShape(document: ManifestDocument, info: KindInfo, raw: Json): ManifestDiagnostic[] {
  const { object, typeErrors, strictErrors } = decode(info, raw)
  const head = `${info.kind} in version ${JSON.stringify(info.version)} cannot be handled as a ${info.kind}`
  const wrong = typeErrors
    .slice(0, PER_DOCUMENT)
    .map((p) => at(document, 'error', 'wrong-type', p.path, `${head}: ${p.message}`))
  const unknown = strictErrors
    .slice(0, PER_DOCUMENT)
    .map((p) => at(document, 'error', 'unknown-field', p.path, `${head}: strict decoding error: ${p.message}`, 'key'))
  const causes = info.validate(info.default(object))
  // A field that could not be read is absent for the validation: what it says about the object around it may be untrue.
  const doubtful = typeErrors.map((problem) => problem.path.slice(0, -1))
  const invalid = causes
    .filter(
      (cause) => !doubtful.some((path) => path.every((step, i) => cause.path[i] === step || i >= cause.path.length)),
    )
    .slice(0, PER_DOCUMENT)
    .map((cause) => at(document, 'error', 'invalid', cause.path, invalidText(info, object.metadata.name, cause)))
  return [...wrong, ...unknown, ...invalid].slice(0, PER_DOCUMENT)
}

/** As kubectl prints a single cause: `The Service "web" is invalid: spec.ports[0].port: …`. */
const invalidText = (info: KindInfo, name: string | undefined, cause: FieldCause): string =>
  `The ${info.kind} ${JSON.stringify(name ?? '')} is invalid: ${cause.field}: ${cause.message}`

/** Kinds and fields that the lab only keeps. CustomResourceDefinitions come with add-ons, and mean nothing by themselves. */
function notEnforced(document: ManifestDocument, info: KindInfo, raw: Json): ManifestDiagnostic[] {
  const tell = (what: string, path: Path): ManifestDiagnostic =>
    at(document, 'info', 'not-enforced', path, `${what} is stored and shown, but nothing in the lab acts on it`, 'key')
  const kind = !info.enforced && info.kind !== 'CustomResourceDefinition' ? [tell(info.kind, ['kind'])] : []
  const fields = fieldsNotEnforced(info.kind, raw).slice(0, PER_DOCUMENT)
  return [...kind, ...fields.map((path) => tell(String(path.findLast((step) => typeof step === 'string')), path))]
}

function at(
  document: ManifestDocument,
  severity: Severity,
  code: ManifestCode,
  path: Path,
  message: string,
  part: 'value' | 'key' = 'value',
): ManifestDiagnostic {
  return {
    severity,
    code,
    message,
    range: nearestRange(document, path, part),
    document: document.index,
    ref: document.ref,
    path,
  }
}
