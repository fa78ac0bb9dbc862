import type { Kernel } from './kernel.ts'

/**
 * Compiled forms of a kernel's rows, by a small integer id (namespace, link). Whatever is kept here must say which version of the
 * rows it was made from, and be made again when that has changed.
 */
export class Cache<T> {
  readonly #all = new WeakMap<Kernel, T[]>()
  #kernel: Kernel | null = null
  #values: T[] = []

  /** The array of one kernel; remembers the last one asked for, which is nearly always the same. */
  of(k: Kernel): (T | undefined)[] {
    if (k === this.#kernel) return this.#values
    let values = this.#all.get(k)
    if (!values) this.#all.set(k, (values = []))
    this.#kernel = k
    this.#values = values
    return values
  }
}
