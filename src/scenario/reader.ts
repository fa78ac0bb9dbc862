import {
  type Diagnostic,
  type LabCode,
  type Locate,
  type ParamsOfCode,
  type Path,
  diagnostic,
  formatPath,
} from './diagnostics.ts'
import { LIMITS } from './limits.ts'
import { isName } from './values.ts'

/** The fields of a map that came out of YAML. Read own fields only (`get`): its keys are whatever the author wrote. */
export interface Fields {
  readonly path: Path
  readonly raw: Readonly<Record<string, unknown>>
}

export const present = (value: unknown): boolean => value !== undefined && value !== null

/** A short form of a wrong value for messages. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const whole = text === undefined || text === '' ? '""' : text
  return whole.length > 80 ? `${whole.slice(0, 77)}…` : whole
}

/** Reads untyped values, and collects what is wrong with them instead of stopping at the first. `null` answers stand for "reported". */
export class Reader {
  readonly problems: Diagnostic[] = []
  readonly #count = { error: 0, warning: 0 }
  readonly #locate: Locate

  constructor(locate: Locate) {
    this.#locate = locate
  }

  error<C extends LabCode>(path: Path, code: C, params: ParamsOfCode<C>, part: 'key' | 'value' = 'value'): void {
    this.#note('error', path, code, params, part)
  }

  warn<C extends LabCode>(path: Path, code: C, params: ParamsOfCode<C>): void {
    this.#note('warning', path, code, params, 'value')
  }

  /** Places are looked for as far as somebody reads of them. */
  #note<C extends LabCode>(
    severity: Diagnostic['severity'],
    path: Path,
    code: C,
    params: ParamsOfCode<C>,
    part: 'key' | 'value',
  ): void {
    if (++this.#count[severity] > LIMITS.problems) return
    this.problems.push(diagnostic(severity, code, params, path, this.#locate(path, part)))
  }

  get failed(): boolean {
    return this.#count.error > 0
  }

  /** A map with no fields but the given ones. Absent: reported as missing. */
  map(path: Path, value: unknown, fields: readonly string[]): Fields | null {
    const map = this.anyMap(path, value)
    if (!map) return null
    for (const key of Object.keys(map.raw)) {
      if (!fields.includes(key))
        this.error([...path, key], 'field-unknown', { field: formatPath([...path, key]) }, 'key')
    }
    return map
  }

  anyMap(path: Path, value: unknown): Fields | null {
    if (this.#missing(path, value)) return null
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { path, raw: value as Readonly<Record<string, unknown>> }
    this.error(path, 'expected-map', { field: formatPath(path) })
    return null
  }

  /** A list of at most `limit` entries. Absent: empty. */
  list(path: Path, value: unknown, limit: number): readonly unknown[] {
    if (!present(value)) return []
    if (!Array.isArray(value)) {
      this.error(path, 'expected-list', { field: formatPath(path) })
      return []
    }
    if (value.length <= limit) return value as readonly unknown[]
    this.error(path, 'too-many', { field: formatPath(path), count: value.length, limit })
    return []
  }

  /** Reads every entry of a list, leaving out those that could not be read (they are reported). */
  each<T>(path: Path, value: unknown, limit: number, read: (entry: unknown, path: Path) => T | null): T[] {
    const good: T[] = []
    this.list(path, value, limit).forEach((entry, index) => {
      const item = read(entry, [...path, index])
      if (item !== null) good.push(item)
    })
    return good
  }

  text(path: Path, value: unknown, limit = 253): string | null {
    if (this.#missing(path, value)) return null
    if (typeof value !== 'string') {
      this.error(path, 'expected-text', { field: formatPath(path), found: shown(value) })
      return null
    }
    if (value.length <= limit) return value
    this.error(path, 'too-long', { field: formatPath(path), count: value.length, limit })
    return null
  }

  name(path: Path, value: unknown): string | null {
    const text = this.text(path, value, 4096)
    if (text === null || isName(text)) return text
    this.error(path, 'name-invalid', { found: shown(text) })
    return null
  }

  integer(path: Path, value: unknown, min: number, max: number): number | null {
    if (this.#missing(path, value)) return null
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      this.error(path, 'expected-integer', { field: formatPath(path), found: shown(value) })
      return null
    }
    if (value >= min && value <= max) return value
    this.error(path, 'out-of-range', { field: formatPath(path), min, max, found: value })
    return null
  }

  oneOf<T extends string>(path: Path, value: unknown, allowed: readonly T[]): T | null {
    const text = this.text(path, value, 4096)
    if (text === null) return null
    const match = allowed.find((candidate) => candidate === text)
    if (match === undefined)
      this.error(path, 'not-one-of', { field: formatPath(path), allowed: allowed.join(', '), found: shown(text) })
    return match ?? null
  }

  #missing(path: Path, value: unknown): boolean {
    if (present(value)) return false
    this.error(path, 'field-missing', { field: formatPath(path) }, 'key')
    return true
  }
}

/** An own field of a map, or `undefined`. */
export const get = (map: Fields, key: string): unknown => (Object.hasOwn(map.raw, key) ? map.raw[key] : undefined)
export const at = (map: Fields, ...steps: Path): Path => [...map.path, ...steps]
