import { type Descriptions, completionsAt, hoverAt } from '../manifest/complete.ts'
import { loadDescriptions } from '../manifest/descriptions.ts'
import { appendDocument, deleteDocument } from '../manifest/edit.ts'
import { parseManifest } from '../manifest/parse.ts'
import { appendScript, setPosition } from '../scenario/edit.ts'
import { parsePlace } from '../scenario/place.ts'
import { parseDuration } from '../scenario/values.ts'
import type { Requests, TextEdit } from './protocol.ts'

/** The texts of fields are long: loaded when the editor first asks. */
let descriptions: Descriptions | undefined

export async function completeAt(text: string, offset: number): Promise<Requests['complete']['answer']> {
  descriptions ??= await loadDescriptions()
  const found = completionsAt(text, offset, { descriptions })
  if (!found) return { items: [], from: offset, to: offset }
  return {
    items: found.items.map((item) => ({
      label: item.label,
      insert: item.insertText,
      detail: item.detail,
      kind: item.kind === 'field' ? 'key' : 'value',
    })),
    from: found.range.start.offset,
    to: found.range.end.offset,
  }
}

export async function hoverText(text: string, offset: number): Promise<Requests['hover']['answer']> {
  descriptions ??= await loadDescriptions()
  const found = hoverAt(text, offset, { descriptions })
  if (!found) return { markdown: null, from: offset, to: offset }
  const { range } = found
  const head = `**${found.path.at(-1) ?? ''}** \`${found.type}\``
  const markdown = found.documentation === undefined ? head : `${head}\n\n${found.documentation}`
  return { markdown, from: range.start.offset, to: range.end.offset }
}

/** Applies edits one after another; one that does not fit the text leaves it as it is. */
export const editText = (text: string, edits: readonly TextEdit[]): string =>
  edits.reduce((current, edit) => editOnce(current, edit) ?? current, text)

function editOnce(text: string, edit: TextEdit): string | null {
  switch (edit.edit) {
    case 'position':
      return setPosition(text, edit.id, { x: edit.x, y: edit.y })
    case 'script': {
      const place = parsePlace(edit.in)
      const at = edit.at === 'settled' ? 'settled' : parseDuration(edit.at)
      return place && at !== null ? appendScript(text, { at, in: place, run: edit.run }) : null
    }
    case 'delete-object': {
      const document = parseManifest(text).documents.find((each) => each.ref === edit.ref)
      return document ? deleteDocument(text, document.index) : null
    }
    case 'append':
      return appendDocument(text, edit.yaml)
  }
}
