import type { TextPoint, TextRange } from '../scenario/diagnostics.ts'

export type { TextPoint, TextRange }

/** Turns offsets of one text into lines and columns, both counted from 1. */
export interface Lines {
  point(offset: number): TextPoint
  range(start: number, end: number): TextRange
}

export function linesOf(text: string): Lines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const point = (raw: number): TextPoint => {
    const offset = Math.min(Math.max(0, raw), text.length)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { offset, line: low + 1, column: offset - starts[low]! + 1 }
  }
  return { point, range: (start, end) => ({ start: point(start), end: point(Math.max(start, end)) }) }
}
