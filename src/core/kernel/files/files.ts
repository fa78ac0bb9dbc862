import type { ObjectRef } from '../../base/ref.ts'
import type { Index, Table } from '../../world/table.ts'
import type { World } from '../../world/world.ts'

/** A file of one file system. A machine's root is named after it (`node1`), a container's after its id. */
export interface FileRow {
  readonly fs: string
  readonly path: string
  readonly text: string
}

/** `source` of another file system appears at `at`. A mount may be of a single file. */
export interface MountRow {
  readonly fs: string
  readonly at: string
  readonly source: FilePlace
}

export interface FilePlace {
  readonly fs: string
  readonly path: string
}

const MAX_NESTING = 8

const keyOf = (fs: string, path: string): string => `${fs}:${path}`

/** `/a//b/../c/` is `/a/c`. Relative paths are taken from the root. */
export function normalisePath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

const isBelow = (path: string, directory: string): boolean =>
  path === directory || directory === '/' || path.startsWith(`${directory}/`)

/** What follows `directory` in `path`, with its slash: '' when they are the same. */
const remainder = (path: string, directory: string): string =>
  directory === '/' ? (path === '/' ? '' : path) : path.slice(directory.length)

/**
 * The files of all machines and containers, as rows: text by path. Directories exist where files are in them; permissions, links and
 * sizes are not modelled. Reading and writing go through the mounts of a file system.
 */
export class Files {
  readonly files: Table<FileRow, string>
  readonly mounts: Table<MountRow, string>
  readonly #byFs: Index<FileRow, string>
  readonly #mountsByFs: Index<MountRow, string>
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    this.files = world.define<FileRow, string>('file')
    this.#byFs = world.index(this.files, (row) => row.fs)
    this.mounts = world.define<MountRow, string>('mount')
    this.#mountsByFs = world.index(this.mounts, (row) => row.fs)
  }

  /** The text of a file; `null` when there is none. */
  read(fs: string, path: string): string | null {
    const place = this.resolve(fs, path)
    return this.files.get(keyOf(place.fs, place.path))?.text ?? null
  }

  write(fs: string, path: string, text: string, subject?: readonly ObjectRef[]): void {
    const place = this.resolve(fs, path)
    this.#world.put(this.files, keyOf(place.fs, place.path), { ...place, text }, subject)
  }

  /** Whether there was one. */
  remove(fs: string, path: string): boolean {
    const place = this.resolve(fs, path)
    const key = keyOf(place.fs, place.path)
    const known = this.files.has(key)
    this.#world.delete(this.files, key)
    return known
  }

  /** Paths of the files below a directory, at any depth, in order. */
  list(fs: string, directory: string): readonly string[] {
    return this.#list(fs, normalisePath(directory), MAX_NESTING).sort(byCodeUnit)
  }

  #list(fs: string, directory: string, nesting: number): string[] {
    const found: string[] = []
    const mounts = this.#mountsByFs.at(fs).rows()
    const over = mounts.filter((mount) => isBelow(directory, mount.at)).sort(longestFirst)[0]
    if (over && nesting > 0) {
      const source = normalisePath(over.source.path + remainder(directory, over.at))
      for (const path of this.#list(over.source.fs, source, nesting - 1)) {
        found.push(normalisePath(directory + remainder(path, source)))
      }
      return found
    }
    for (const row of this.#byFs.at(fs).rows()) {
      if (isBelow(row.path, directory) && !mounts.some((mount) => isBelow(row.path, mount.at))) found.push(row.path)
    }
    for (const mount of mounts) {
      if (mount.at === directory || !isBelow(mount.at, directory) || nesting === 0) continue
      for (const path of this.#list(mount.source.fs, normalisePath(mount.source.path), nesting - 1)) {
        found.push(normalisePath(mount.at + remainder(path, normalisePath(mount.source.path))))
      }
    }
    return found
  }

  /** `mount --bind`: a directory or file of another file system appears at `at`. */
  mount(fs: string, at: string, source: FilePlace): void {
    const row: MountRow = { fs, at: normalisePath(at), source: { fs: source.fs, path: normalisePath(source.path) } }
    this.#world.put(this.mounts, keyOf(fs, row.at), row)
  }

  /** Removes a file system with its mounts; what is mounted stays where it is. */
  removeAll(fs: string): void {
    for (const key of [...this.#byFs.at(fs).keys()]) this.#world.delete(this.files, key)
    for (const key of [...this.#mountsByFs.at(fs).keys()]) this.#world.delete(this.mounts, key)
  }

  /** Where a path really is: mounts followed, the longest first. */
  resolve(fs: string, path: string): FilePlace {
    let place: FilePlace = { fs, path: normalisePath(path) }
    for (let nesting = 0; nesting < MAX_NESTING; nesting++) {
      const mounts = this.#mountsByFs.at(place.fs).rows()
      const over = mounts.filter((mount) => isBelow(place.path, mount.at)).sort(longestFirst)[0]
      if (!over) return place
      place = { fs: over.source.fs, path: normalisePath(over.source.path + remainder(place.path, over.at)) }
    }
    return place
  }
}

const longestFirst = (a: MountRow, b: MountRow): number => b.at.length - a.at.length
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
