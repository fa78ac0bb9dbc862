import type { Path } from '../core/api/kinds/field.ts'
import { toYaml } from '../core/api/print/yaml.ts'
import { type Plain, removeIn as removeInDocument, setIn as setInDocument } from '../scenario/edit.ts'
import { segmentsOf } from './segments.ts'

/**
 * Edits of one document of a text. Every character outside the document stays as it is, and inside it comments, order and
 * quoting stay wherever the change can be made in place. Documents count as in `parseManifest`: pieces without content do
 * not. `null`: there is no such document, or it does not parse.
 */
export const setIn = (text: string, document: number, path: Path, value: Plain): string | null =>
  inDocument(text, document, (piece) => setInDocument(piece, path, value))

/** Removes a field or list item; where it is not there, the text stays. */
export const removeIn = (text: string, document: number, path: Path): string | null =>
  inDocument(text, document, (piece) => removeInDocument(piece, path))

function inDocument(text: string, document: number, change: (piece: string) => string | null): string | null {
  const segment = segmentsOf(text)[document]
  if (!segment) return null
  const changed = change(text.slice(segment.start, segment.end))
  return changed === null ? null : text.slice(0, segment.start) + changed + text.slice(segment.end)
}

/** Takes a whole document out, its `---` line and its comments included. */
export function deleteDocument(text: string, document: number): string | null {
  const segment = segmentsOf(text)[document]
  if (!segment) return null
  const rest = text.slice(segment.end)
  if (segment.start > 0 || !/^---(?=\s|$)/.test(rest)) return text.slice(0, segment.start) + rest
  // The first document had no `---` before it: the next one needs none either, if nothing else is on that line.
  return rest.replace(/^---[ \t]*\r?\n/, '')
}

/** At its end. By hand: a pattern would try each newline of the text. */
function withOneNewline(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return `${text.slice(0, end)}\n`
}

/** Puts an object, or YAML text, behind the last document. */
export function appendDocument(text: string, document: object | string): string {
  const body = typeof document === 'string' ? document : toYaml(document)
  const piece = withOneNewline(body.replace(/^---[ \t]*\r?\n/, ''))
  if (text.trim() === '') return text + piece
  return `${text}${text.endsWith('\n') ? '' : '\n'}---\n${piece}`
}

/** Replaces a whole document by an object or YAML text, in its place. */
export function replaceDocument(text: string, document: number, by: object | string): string | null {
  const segment = segmentsOf(text)[document]
  if (!segment) return null
  const marker = /^---[ \t]*\r?\n/.exec(text.slice(segment.start, segment.end))?.[0] ?? ''
  const body = withOneNewline((typeof by === 'string' ? by : toYaml(by)).replace(/^---[ \t]*\r?\n/, ''))
  return text.slice(0, segment.start) + marker + body + text.slice(segment.end)
}
