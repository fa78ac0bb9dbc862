import type { ExportInput, ExportedFiles } from './input.ts'
import { fileName } from './names.ts'
import { type Supply, scriptOf } from './script.ts'

export const EXPORT_TARGETS = ['netns', 'kind', 'containerlab'] as const
export type ExportTarget = (typeof EXPORT_TARGETS)[number]

/** A script with its files beside it, for a folder: `NAME.sh`, `NAME.files/…`. */
export function exportFolder(input: ExportInput): ExportedFiles {
  const name = fileName(input.name)
  const files = new Map<string, string>()
  const supply: Supply = (file, text) => {
    files.set(`${name}.files/${file}`, text)
    return [`file=$here/${name}.files/${file}`]
  }
  const script = scriptOf(input, `${name}.sh`, supply)
  return new Map([[`${name}.sh`, script], ...files])
}

/** The same as one file, its files in here-documents: what a page can hand over in one download. */
export function exportFile(input: ExportInput): { readonly name: string; readonly text: string } {
  const name = `${fileName(input.name)}.sh`
  const supply: Supply = (file, text) => [`file=$state/${file}`, ...hereDocument(text)]
  return { name, text: scriptOf(input, name, supply) }
}

/**
 * The delimiter is no line of the text, whatever a lab has put there. Shells skip the byte 0 where they read a script, so that a text
 * could end the document by a delimiter that only they see: it is left out.
 */
function hereDocument(whole: string): readonly string[] {
  const text = whole.replaceAll('\0', '')
  const body = text.endsWith('\n') || text === '' ? text.slice(0, -1) : text
  const lines = text === '' ? [] : body.split('\n')
  let end = 'END'
  while (lines.includes(end)) end += '_'
  return [`cat > "$file" <<'${end}'`, ...lines, end]
}
