import { type Path, formatPath } from './diagnostics.ts'
import { LIMITS } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Position, ViewSpec } from './types.ts'

export const EMPTY_VIEW: ViewSpec = { positions: {}, folded: [], lens: null, cursor: null }

/** `spec.view`. It never keeps a lab from loading: what is not understood is warned about and left out. */
export function readView(reader: Reader, path: Path, value: unknown): ViewSpec {
  if (value === undefined || value === null) return EMPTY_VIEW
  if (!isMap(value)) {
    ignore(reader, path)
    return EMPTY_VIEW
  }
  const field = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined)
  const positions = readPositions(reader, [...path, 'positions'], field('positions'))
  const folded = accept(reader, [...path, 'folded'], field('folded'), isTexts) ?? []
  const lens = accept(reader, [...path, 'lens'], field('lens'), isShort)
  const cursor = accept(reader, [...path, 'cursor'], field('cursor'), isCursor)
  for (const key of Object.keys(value)) if (!KNOWN.includes(key)) ignore(reader, [...path, key])
  return { positions, folded, lens, cursor }
}

const KNOWN = ['positions', 'folded', 'lens', 'cursor']

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isShort = (value: unknown): value is string => typeof value === 'string' && value.length <= 253
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= LIMITS.folded && value.every(isShort)
export const isCursor = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isCoordinate = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= LIMITS.coordinate

function accept<T>(reader: Reader, path: Path, value: unknown, test: (value: unknown) => value is T): T | null {
  if (value === undefined || value === null) return null
  if (test(value)) return value
  ignore(reader, path)
  return null
}

function readPositions(reader: Reader, path: Path, value: unknown): Readonly<Record<string, Position>> {
  if (value === undefined || value === null) return {}
  if (!isMap(value)) {
    ignore(reader, path)
    return {}
  }
  const positions: [string, Position][] = []
  for (const id of Object.keys(value).slice(0, LIMITS.positions)) {
    const place = value[id]
    if (isShort(id) && isMap(place) && isCoordinate(place['x']) && isCoordinate(place['y']))
      positions.push([id, { x: place['x'], y: place['y'] }])
    else ignore(reader, [...path, id])
  }
  // fromEntries defines own properties, so that an id such as __proto__ is a mere name.
  return Object.fromEntries(positions)
}

const ignore = (reader: Reader, path: Path): void => reader.warn(path, 'view-ignored', { field: formatPath(path) })
