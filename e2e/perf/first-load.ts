/**
 * What every visit downloads as JavaScript: the entry, the living page, what stands around the picture, and everything these import statically.
 * What waits until it is needed (the editor, the terminal) and workers are not part of it; they are listed for information.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGET = 250_000
const DIST = join(import.meta.dirname, '../../dist')

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
}

const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
const gzipped = (file: string): number => gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)

function withStaticImports(key: string, seen: Set<string>): void {
  const chunk = manifest[key]
  if (!chunk || seen.has(chunk.file)) return
  seen.add(chunk.file)
  for (const imported of chunk.imports ?? []) withStaticImports(imported, seen)
}

/** What every visit imports a moment later. */
const PAGE = ['src/app/live.tsx', 'src/app/shell/furniture.tsx']
for (const part of PAGE) if (!manifest[part]) throw new Error(`dist/.vite/manifest.json does not name ${part}`)
const roots = Object.keys(manifest).filter((key) => manifest[key]?.isEntry || PAGE.includes(key))
const seen = new Set<string>()
for (const root of roots) withStaticImports(root, seen)
const first = [...seen].filter((file) => file.endsWith('.js')).sort()
const total = first.reduce((sum, file) => sum + gzipped(file), 0)
const later = readdirSync(join(DIST, 'assets')).filter(
  (name) => name.endsWith('.js') && !first.includes(`assets/${name}`),
)

console.log('first-load JavaScript, gzipped:')
for (const file of first) console.log(`  ${kilobytes(gzipped(file))}  ${basename(file)}`)
console.log(`  ${kilobytes(total)}  in all, of ${kilobytes(BUDGET).trim()}`)
if (later.length > 0) console.log('loaded later, when needed:')
const bySize = later.map((name) => ({ name, size: gzipped(`assets/${name}`) })).sort((a, b) => b.size - a.size)
for (const { name, size } of bySize.slice(0, 10)) console.log(`  ${kilobytes(size)}  ${name}`)
if (bySize.length > 10) console.log(`  and ${bySize.length - 10} smaller ones`)
if (total > BUDGET) {
  console.error(`first-load JavaScript is ${total} bytes gzipped; the budget is ${BUDGET}`)
  process.exitCode = 1
}
