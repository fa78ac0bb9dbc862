/**
 * Go's text/tabwriter, as `kubectl describe` uses it (minimum width 0, padding 2, blanks): a cell ends at a tab, and a column is as
 * wide as the widest cell of the lines that follow one another and have that cell.
 */
export function tabwrite(input: string, padding = 2, minWidth = 0): string {
  const lines = input.split('\n').map((line) => line.split('\t'))
  const out: string[] = []
  const write = (from: number, to: number, widths: readonly number[]): void => {
    for (let i = from; i < to; i++) {
      const cells = lines[i]!
      out.push(
        cells
          .map((cell, j) =>
            j < widths.length && j < cells.length - 1
              ? cell + ' '.repeat(Math.max(0, widths[j]! - length(cell)))
              : cell,
          )
          .join(''),
      )
    }
  }
  const format = (from: number, to: number, widths: readonly number[]): void => {
    const column = widths.length
    let begin = from
    for (let i = from; i < to; i++) {
      if (column >= lines[i]!.length - 1) continue
      write(begin, i, widths)
      begin = i
      let width = minWidth
      for (; i < to && column < lines[i]!.length - 1; i++) width = Math.max(width, length(lines[i]![column]!) + padding)
      format(begin, i, [...widths, width])
      begin = i
    }
    write(begin, to, widths)
  }
  format(0, lines.length, [])
  return out.join('\n')
}

const length = (cell: string): number => [...cell].length

/** Rows of cells, each line ended; the last cell of a line is not padded. */
export const alignCells = (rows: readonly (readonly string[])[], minWidth: number, padding: number): string =>
  tabwrite(rows.map((row) => `${row.join('\t')}\n`).join(''), padding, minWidth)
