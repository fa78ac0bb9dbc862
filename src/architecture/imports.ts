import { posix } from 'node:path'
import { type FolderRule, RULES, TESTS_ONLY } from './table.ts'
import { isNode, type Node, place, type Source, walk } from './source.ts'

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly offset: number
}

/** Every import of a file that the table does not allow, in words: place, import, rule. */
export function forbiddenImports(source: Source): string[] {
  if (isTest(source.file)) return []
  const importer = unitOf(source.file)
  if (!importer) return [`src/${source.file}: no rule of src/architecture/table.ts covers this folder`]
  return importsOf(source.program).flatMap((entry) => {
    const reason = whyForbidden(source.file, importer, entry)
    return reason ? [`${place(source, entry.offset)}: '${entry.specifier}': ${reason}`] : []
  })
}

/** Tests themselves, and what only they import. */
export const isTest = (file: string): boolean =>
  /\.test\.tsx?$|(?:^|\/)arbitraries\.ts$/.test(file) || TESTS_ONLY.some((path) => within(file, path))

/** The rule of a file, and the folder that the rule makes of it: `core/agents/flannel` for `core/agents/*`. */
interface Unit {
  readonly rule: FolderRule
  readonly folder: string
}

export function unitOf(file: string): Unit | null {
  const path = withoutExtension(file)
  let best: Unit | null = null
  for (const rule of RULES) {
    const folder = fit(rule.folder, path)
    if (folder && (!best || specificity(rule) > specificity(best.rule))) best = { rule, folder }
  }
  return best
}

/** Longer paths are more specific; a name is more specific than `*`. */
const specificity = ({ folder }: FolderRule): number => folder.split('/').length * 2 - (folder.endsWith('*') ? 1 : 0)

/** The part of the path that a rule's folder names. `x/*` needs a folder inside x, not a file of x itself. */
function fit(folder: string, path: string): string | null {
  if (!folder.endsWith('/*')) return within(path, folder) ? folder : null
  const parts = path.split('/')
  const depth = folder.split('/').length
  return within(path, folder.slice(0, -2)) && parts.length > depth ? parts.slice(0, depth).join('/') : null
}

function whyForbidden(file: string, importer: Unit, { specifier, typeOnly }: Import): string | null {
  const { rule, folder } = importer
  if (!specifier.startsWith('.')) {
    return (rule.packages ?? []).some((pattern) => isPackage(specifier, pattern))
      ? null
      : `${rule.folder} may use the packages: ${list(rule.packages)}`
  }
  const target = withoutExtension(posix.join(posix.dirname(file), specifier))
  if (target.startsWith('..')) return 'leaves src/'
  if (isTest(`${target}.ts`)) return 'is for tests only'
  if (unitOf(target)?.folder === folder) return null
  if (rule.may.some((path) => within(target, path))) return null
  if (typeOnly && (rule.types ?? []).some((path) => within(target, path))) return null
  const types = rule.types?.length ? `; types (\`import type\`) also from: ${list(rule.types)}` : ''
  return `${rule.folder} may import: ${list(rule.may)}${types}`
}

const list = (names: readonly string[] = []): string => names.join(', ') || 'none'
const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

/** `d3-*` fits `d3-scale`; `yaml` fits `yaml` and `yaml/x`. */
const isPackage = (specifier: string, pattern: string): boolean =>
  pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : within(specifier, pattern)

const withoutExtension = (file: string): string =>
  file.replace(/\?.*$/, '').replace(/\.(?:tsx?|m?js|json|css|svg)$/, '')

function importsOf(program: Node): Import[] {
  const found: Import[] = []
  for (const [node] of walk(program)) {
    const from = isNode(node['source']) ? node['source'] : null
    if (typeof from?.['value'] !== 'string') continue
    found.push({ specifier: from['value'], typeOnly: isTypeOnly(node), offset: node.start })
  }
  return found
}

/** `import type`, `export type … from`, `import('…').T`, or nothing but `type` among the names. */
function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType') return true
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true
  const names = (node['specifiers'] ?? []) as readonly Node[]
  return names.length > 0 && names.every((name) => name['importKind'] === 'type' || name['exportKind'] === 'type')
}
