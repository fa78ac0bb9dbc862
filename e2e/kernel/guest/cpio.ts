import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

const DIRECTORY = 0o040755
const FILE = 0o100755
const LINK = 0o120777

/** An archive as the kernel unpacks it into its first file system: cpio in the format `newc` (Documentation/driver-api/early-userspace). */
export class Cpio {
  readonly #parts: Buffer[] = []
  readonly #known = new Set<string>()
  #inode = 0

  file(path: string, content: Buffer | string): void {
    this.#add(path, FILE, Buffer.from(content))
  }

  link(path: string, target: string): void {
    this.#add(path, LINK, Buffer.from(target))
  }

  folder(path: string): void {
    this.#add(path, DIRECTORY, Buffer.alloc(0))
  }

  /** A folder's content, at `path`; `wanted` decides over paths below `from`. */
  tree(from: string, path: string, wanted: (path: string) => boolean): void {
    const visit = (below: string): void => {
      for (const entry of readdirSync(join(from, below), { withFileTypes: true })) {
        const inner = below === '' ? entry.name : `${below}/${entry.name}`
        const to = path === '' ? inner : `${path}/${inner}`
        if (!wanted(inner)) continue
        if (entry.isDirectory()) {
          this.folder(to)
          visit(inner)
        } else if (entry.isSymbolicLink()) this.link(to, readlinkSync(join(from, inner)))
        else if (entry.isFile()) this.file(to, readFileSync(join(from, inner)))
      }
    }
    visit('')
  }

  /** The first entry of a path counts. */
  #add(path: string, mode: number, content: Buffer): void {
    if (this.#known.has(path)) return
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    if (parent !== '') this.folder(parent)
    this.#known.add(path)
    this.#entry(path, mode, content)
  }

  #entry(path: string, mode: number, content: Buffer): void {
    const name = Buffer.from(`${path}\0`)
    const fields = [++this.#inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0]
    const head = Buffer.from(`070701${fields.map((each) => each.toString(16).padStart(8, '0')).join('')}`)
    this.#parts.push(head, name, padding(head.length + name.length), content, padding(content.length))
  }

  bytes(): Buffer {
    this.#entry('TRAILER!!!', 0, Buffer.alloc(0))
    return Buffer.concat(this.#parts)
  }
}

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4)
