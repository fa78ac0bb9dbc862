import { isTest, unitOf } from './imports.ts'
import { isNode, type Node, place, type Source, walk } from './source.ts'

/** Globals of a page, of Node or of the clock. Language (`Map`, `BigInt`, `Uint8Array`) is not among them. */
const GLOBALS = new Set(
  `globalThis window self document navigator location localStorage sessionStorage indexedDB history alert
  process Buffer require module __dirname __filename global console
  setTimeout setInterval setImmediate clearTimeout clearInterval queueMicrotask requestAnimationFrame performance
  fetch XMLHttpRequest WebSocket EventSource Worker MessageChannel BroadcastChannel postMessage crypto
  Intl WeakRef FinalizationRegistry SharedArrayBuffer Atomics eval Function`.split(/\s+/),
)

/** Members that answer differently on another day, machine or locale. */
const MEMBERS = new Set(['Date.now', 'Math.random'])
const LOCALE_METHODS =
  /^(?:localeCompare|toLocale\w+|getTimezoneOffset|to(?:Date|Time)String|get(?:Hours|Minutes|Day|Date|Month|FullYear))$/

/** Where a pure folder touches its environment, or casts a type away to get at something. */
export function environmentUses(source: Source): string[] {
  const unit = unitOf(source.file)
  if (isTest(source.file) || !unit?.rule.pure) return []
  const local = declaredNames(source.program)
  const found: string[] = []
  for (const [node, parent, field] of walk(source.program)) {
    const use = environmentUse(node, parent, field, local) ?? (unit.rule.erasesTypes ? null : doubleCast(node))
    if (use) found.push(`${place(source, node.start)}: ${use} in ${unit.folder}, which must be pure`)
  }
  return found
}

function environmentUse(node: Node, parent: Node | null, field: string, local: ReadonlySet<string>): string | null {
  switch (node.type) {
    case 'Identifier': {
      const name = String(node['name'])
      return GLOBALS.has(name) && !local.has(name) && isReference(parent, field) ? `\`${name}\`` : null
    }
    case 'MemberExpression': {
      const name = memberName(node)
      if (name && MEMBERS.has(name)) return `\`${name}\``
      const method = name?.slice(name.lastIndexOf('.') + 1) ?? ''
      return LOCALE_METHODS.test(method) ? `\`.${method}\`` : null
    }
    case 'NewExpression':
    case 'CallExpression': {
      if (nameOf(node['callee']) !== 'Date') return null
      const count = (node['arguments'] as readonly Node[]).length
      return node.type === 'NewExpression' && count === 1 ? null : '`Date` of now or of a time zone'
    }
    default:
      return null
  }
}

/** `x as unknown as T`: any value as any type. */
function doubleCast(node: Node): string | null {
  const inner = node.type === 'TSAsExpression' ? node['expression'] : null
  const type = isNode(inner) && inner.type === 'TSAsExpression' ? inner['typeAnnotation'] : null
  return isNode(type) && type.type === 'TSUnknownKeyword' ? '`as unknown as`' : null
}

const nameOf = (node: unknown): string | null =>
  isNode(node) && node.type === 'Identifier' ? String(node['name']) : null

/** `Date.now` of `Date.now`, `.localeCompare` of anything else, `Date['now']` too. */
function memberName(node: Node): string | null {
  const property = node['property']
  if (!isNode(property)) return null
  const name = node['computed'] ? property['value'] : property['name']
  return typeof name === 'string' ? `${nameOf(node['object']) ?? ''}.${name}` : null
}

/** An identifier that names a value, not a property or a key. */
function isReference(parent: Node | null, field: string): boolean {
  if (!parent) return false
  if (field === 'property') return parent['computed'] === true
  if (field === 'key') return parent['computed'] === true
  return (
    !parent.type.startsWith('TS') ||
    ['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'].includes(parent.type)
  )
}

/**
 * Names that the file itself declares, anywhere: a TCP `window` is not the page's. That is generous (one declaration excuses the
 * whole file), but the compiler, which knows neither DOM nor Node there, does not excuse the rest.
 */
function declaredNames(program: Node): Set<string> {
  const names = new Set<string>()
  const add = (pattern: unknown): void => {
    if (isNode(pattern)) for (const name of patternNames(pattern)) names.add(name)
  }
  for (const [node] of walk(program)) {
    if (node.type === 'VariableDeclarator' || node.type === 'ClassDeclaration') add(node['id'])
    else if (node.type.startsWith('Import') && isNode(node['local'])) add(node['local'])
    else if (Array.isArray(node['params'])) node['params'].forEach(add)
    if (node.type === 'FunctionDeclaration') add(node['id'])
    if (node.type === 'CatchClause') add(node['param'])
  }
  return names
}

function* patternNames(pattern: Node): Generator<string> {
  for (const [node, parent, field] of walk(pattern)) {
    const isName = node.type === 'Identifier' && field !== 'key' && field !== 'typeAnnotation'
    if (isName && !(parent?.type === 'AssignmentPattern' && field === 'right')) yield String(node['name'])
  }
}
