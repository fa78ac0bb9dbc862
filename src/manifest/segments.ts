/** One YAML document's piece of the text: its `---` line, if it has one, and everything up to the next. */
export interface Segment {
  readonly start: number
  readonly end: number
}

/**
 * Cuts a text into its documents at lines that start with `---`. Such a line is a marker wherever it stands, even in a
 * block scalar (YAML 1.2.2 section 9.1.2), so a document that is broken cannot swallow the next one.
 * Pieces without content (comments and blank lines only) are left out, as kubectl skips them.
 */
export function segmentsOf(text: string, from = 0): Segment[] {
  const cuts = [from]
  const marker = /^---(?=\s|$)/gm
  marker.lastIndex = from
  for (let match = marker.exec(text); match; match = marker.exec(text)) if (match.index > from) cuts.push(match.index)
  return cuts
    .map((start, i) => ({ start, end: cuts[i + 1] ?? text.length }))
    .filter(({ start, end }) => hasContent(text.slice(start, end)))
}

const hasContent = (piece: string): boolean =>
  piece
    .replace(/^\uFEFF/, '')
    .replace(/^---(?=\s|$)/m, '')
    .split('\n')
    .some((line) => !/^\s*(#.*|%.*|\.\.\.)?\r?$/.test(line))
