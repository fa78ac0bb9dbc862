/** The one order of keys: numbers before strings, numbers by value, strings by UTF-16 code unit. Never by locale. */
export type Key = string | number

export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  if (typeof b === 'number') return 1
  return a < b ? -1 : a > b ? 1 : 0
}
