import { Composer, type Document, LineCounter, Parser } from 'yaml'
import { type Diagnostic, diagnostic } from './diagnostics.ts'
import { LIMITS } from './limits.ts'
import { locator, rangeAt } from './locate.ts'
import { versionState } from './migrations.ts'
import { parseLab } from './schema.ts'
import { firstDocumentEnd } from './split.ts'
import type { LabSpec } from './types.ts'
import { YAML_BOUNDS, duplicateKeys, excessOf } from './yaml-bounds.ts'

/** The lab's own document, read. */
export interface LoadedHeader {
  /** `null` when a diagnostic is an error. */
  readonly lab: LabSpec | null
  readonly diagnostics: readonly Diagnostic[]
  /** Where the manifests begin: the offset of the second document's `---` line, or the text's length. */
  readonly manifestsAt: number
}

/**
 * Reads the first document of a lab's text, leaving the manifests alone. Never throws: whatever the text is, the answer is a lab
 * or at least one error with the place where it is wrong.
 */
export function loadHeader(text: string): LoadedHeader {
  const size = utf8Length(text)
  if (size > LIMITS.bytes) {
    const problem = diagnostic('error', 'document-too-large', { size, limit: LIMITS.bytes })
    return { lab: null, diagnostics: [problem], manifestsAt: text.length }
  }
  const manifestsAt = firstDocumentEnd(text)
  const lines = new LineCounter()
  const document = parseYaml(text.slice(0, manifestsAt), lines)
  if (!document.ok) return { lab: null, diagnostics: document.problems, manifestsAt }
  const answer = parseLab(document.value, locator(document.source, lines))
  return answer.ok
    ? { lab: answer.value.lab, diagnostics: answer.value.warnings, manifestsAt }
    : { lab: null, diagnostics: answer.error, manifestsAt }
}

type Yaml =
  | { readonly ok: true; readonly value: unknown; readonly source: Document }
  | { readonly ok: false; readonly problems: readonly Diagnostic[] }

function parseYaml(text: string, lines: LineCounter): Yaml {
  try {
    const tokens = [...new Parser(lines.addNewLine).parse(text)]
    const excess = excessOf(tokens)
    if (excess) {
      const range = rangeAt(lines, excess.offset, excess.offset + 1)
      const code = excess.of === 'depth' ? 'yaml-too-deep' : 'yaml-too-much'
      return { ok: false, problems: [diagnostic('error', code, { limit: YAML_BOUNDS[excess.of] }, [], range)] }
    }
    // what the library would warn of on the console, ours tells at its place
    const options = { uniqueKeys: false, lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const
    const [source, second] = [...new Composer(options).compose(tokens, true, text.length)]
    const syntax = (detail: string, start: number, end: number): Diagnostic =>
      diagnostic('error', 'yaml-syntax', { detail }, [], rangeAt(lines, start, end))
    const problems = [
      ...source!.errors.map(({ message, pos }) => syntax(firstLine(message), ...pos)),
      ...duplicateKeys(source!).map(({ range }) => syntax('Map keys must be unique', range![0], range![1])),
      ...(second?.errors ?? []).map(({ message, pos }) => syntax(firstLine(message), ...pos)),
      ...(second
        ? [syntax('The lab is one document; a second one begins here', second.range[0], second.range[1])]
        : []),
    ].slice(0, YAML_BOUNDS.problems)
    if (problems.length > 0) return { ok: false, problems }
    if (!source || source.contents === null) return { ok: false, problems: [diagnostic('error', 'document-empty', {})] }
    migrate(source)
    return { ok: true, source, value: source.toJS({ maxAliasCount: 100 }) as unknown }
  } catch (error) {
    // Aliases that multiply (a "billion laughs" document) and nesting that exhausts the stack are thrown by the YAML library.
    const detail = error instanceof Error ? firstLine(error.message) : 'unreadable'
    return { ok: false, problems: [diagnostic('error', 'yaml-syntax', { detail })] }
  }
}

/** Brings a document of an older version up to the present one, in place. */
function migrate(document: Document): void {
  const version = document.get('apiVersion')
  const state = typeof version === 'string' ? versionState(version) : null
  if (state?.kind !== 'old') return
  for (const step of state.steps) step.apply(document)
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return bytes
}
