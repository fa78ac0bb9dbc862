/**
 * Where the lab's own document ends and the manifests begin. A line that starts with `---` or `...` is a marker wherever
 * it stands, even in a block scalar (YAML 1.2.2 section 9.1.2), so lines are enough to find it.
 *
 * Answers the offset of the second document's `---` line, or the text's length when there is only one document.
 */
export function firstDocumentEnd(text: string): number {
  let offset = 0
  let begun = false
  while (offset < text.length) {
    const newline = text.indexOf('\n', offset)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(offset, end).trimEnd()
    if (/^---(\s|$)/.test(line)) {
      if (begun) return offset
      begun = true
    } else if (line !== '' && !line.startsWith('#') && !line.startsWith('%')) begun = true
    offset = end + 1
  }
  return text.length
}
