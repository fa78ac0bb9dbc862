/**
 * Writes `definitions.generated.ts` (field names, types, required) and `descriptions.generated.ts` (one sentence per field, for the editor)
 * out of the published npm packages `kubernetes-models` (structure, enumerations, texts) and `@kubernetes/client-node`
 * (number formats, base64). Run: `npx tsx src/cli/schema/generate.ts`. The results are committed, in src/core/api/schema.
 *
 * A development tool: it lives here because it needs Node's API, and nothing imports it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOTS: readonly string[] = [
  'v1/Namespace',
  'v1/Node',
  'v1/Pod',
  'v1/Service',
  'v1/Endpoints',
  'v1/ConfigMap',
  'v1/Secret',
  'v1/ServiceAccount',
  'v1/Event',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/DaemonSet',
  'coordination.k8s.io/v1/Lease',
  'discovery.k8s.io/v1/EndpointSlice',
  'rbac.authorization.k8s.io/v1/ClusterRole',
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/RoleBinding',
  'scheduling.k8s.io/v1/PriorityClass',
  'networking.k8s.io/v1/NetworkPolicy',
  'apiextensions.k8s.io/v1/CustomResourceDefinition',
]

/** Structs that the lab stores without looking inside: their fields are not described. */
const OPAQUE = new Set(['CustomResourceDefinitionSpec', 'CustomResourceDefinitionStatus', 'FieldsV1', 'RawExtension'])
/** Longest description that is kept; the first sentence usually fits. */
const DESCRIPTION_LENGTH = 220

const require = createRequire(import.meta.url)
const target = fileURLToPath(new URL('../../core/api/schema/', import.meta.url))
const packageFolder = (name: string): string => {
  const search = require.resolve.paths(name) ?? []
  const folder = search.map((path) => join(path, name)).find((path) => existsSync(path))
  if (!folder) throw new Error(`npm package ${name} is not installed`)
  return folder
}
const MODELS = packageFolder('kubernetes-models')
const MACHINERY = packageFolder('@kubernetes-models/apimachinery')
const CLIENT = join(packageFolder('@kubernetes/client-node'), 'dist/gen/models')

type Struct = Record<string, string>
const definitions = new Map<string, Struct>()
const descriptions = new Map<string, Record<string, string>>()
const origin = new Map<string, string>()

/** `V1ServicePort`'s number formats, where the client package has the model. */
function clientFormats(name: string): Map<string, string> {
  const file = ['V1', 'CoreV1', 'DiscoveryV1', 'RbacV1']
    .map((p) => join(CLIENT, `${p}${name}.js`))
    .find((f) => existsSync(f))
  const formats = new Map<string, string>()
  if (!file) return formats
  const text = readFileSync(file, 'utf8')
  for (const m of text.matchAll(/"baseName": "([^"]+)",\s*"type": "[^"]*",\s*"format": "([^"]*)"/g))
    formats.set(m[1]!, m[2]!)
  return formats
}

/** The first sentence or so, in plain characters. */
function shorten(text: string): string {
  const plain = text
    .replace(/\\([*_"'])/g, '$1')
    .replace(/\s+/g, ' ')
    .replace(/ ?More info: \S+/g, '')
    .trim()
  if (plain.length <= DESCRIPTION_LENGTH) return plain
  const sentence = /^.{40,}?[.;](?= )/.exec(plain)?.[0]
  const cut = sentence && sentence.length <= DESCRIPTION_LENGTH ? sentence : plain.slice(0, DESCRIPTION_LENGTH)
  return cut === sentence ? cut : `${cut.slice(0, cut.lastIndexOf(' '))} …`
}

interface Source {
  readonly folder: string
  readonly imports: ReadonlyMap<string, string>
}

function locate(specifier: string, folder: string): string {
  const bare = specifier.replace(/\.js$/, '')
  if (bare.startsWith('@kubernetes-models/apimachinery/'))
    return join(MACHINERY, bare.slice('@kubernetes-models/apimachinery/'.length))
  return join(folder, bare)
}

/** Type text of a TypeScript type expression as the package writes it. */
function typeText(expression: string, format: string | undefined, source: Source): string {
  const type = expression.trim()
  if (type.startsWith('Array<')) return `[${typeText(type.slice(6, -1), format, source)}`
  const map = /^\{\s*\[key: string\]: ([\s\S]+?);?\s*\}$/.exec(type)
  if (map) return `{${typeText(map[1]!, format, source)}`
  if (/^("[^"]*"( \| )?)+$/.test(type))
    return `=${[...type.matchAll(/"([^"]*)"/g)]
      .map((m) => m[1]!)
      .filter(Boolean)
      .join('|')}`
  if (type === 'string') return format === 'byte' ? 'y' : 's'
  if (type === 'boolean') return 'b'
  if (type === 'number') return format === 'int64' ? 'l' : format === 'double' ? 'd' : 'i'
  const file = source.imports.get(type)
  if (!file) return '*'
  const name = file.slice(file.lastIndexOf('/') + 1)
  const special: Record<string, string> = { Quantity: 'q', IntOrString: 'x', Time: 't', MicroTime: 'u' }
  if (special[name]) return special[name]
  if (OPAQUE.has(name)) return '*'
  visit(file)
  return definitions.has(structName(file)) ? `@${structName(file)}` : '*'
}

/** A struct's name; the second of two that share one is called by its API group: `discovery.EndpointPort`. */
function structName(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1)
  const owner = origin.get(name)
  return owner === undefined || owner === file ? name : `${/([\w-]+)[\w.-]*\/v1\/\w+$/.exec(file)![1]}.${name}`
}

function visit(file: string): void {
  const name = structName(file)
  if (definitions.has(name)) return
  const text = readFileSync(`${file}.d.ts`, 'utf8')
  const body = /export interface I\w+[^{]*\{\n([\s\S]*?)\n\}/.exec(text)?.[1]
  if (body === undefined) return
  const imports = new Map<string, string>()
  for (const m of text.matchAll(/import \{ ([^}]+) \} from "([^"]+)"/g)) {
    for (const symbol of m[1]!.split(',')) imports.set(symbol.trim(), locate(m[2]!, dirname(file)))
  }
  const struct: Struct = {}
  const docs: Record<string, string> = {}
  definitions.set(name, struct)
  origin.set(name, file)
  descriptions.set(name, docs)
  const formats = clientFormats(name.slice(name.indexOf('.') + 1))
  const fieldPattern = /(?:    \/\*\*\n([\s\S]*?) \*\/\n)?    "([^"]+)"(\??): ([\s\S]*?);\n(?=    ["/]|$)/g
  for (const [, doc, field, optional, type] of `${body}\n`.matchAll(fieldPattern)) {
    const lines = (doc ?? '').split('\n').map((line) => line.replace(/^ *\* ?/, ''))
    const constant = field === 'apiVersion' || field === 'kind'
    const value = constant ? 's' : typeText(type!, formats.get(field!), { folder: dirname(file), imports })
    struct[optional || constant ? field! : `${field}!`] = value
    const sentence = shorten(lines.join(' ').replace(/Possible enum values:.*/s, ''))
    if (sentence && !constant) docs[field!] = sentence
  }
}

for (const root of ROOTS) visit(join(MODELS, root))
const names = [...definitions.keys()].sort()
const sorted = (record: Record<string, string>): [string, string][] =>
  Object.keys(record)
    .sort()
    .map((key) => [key, record[key]!])
const object = (entries: [string, string][]): string => entries.map(([k, v]) => `${key(k)}: ${quote(v)}`).join(', ')
const key = (name: string): string => (/^\w+$/.test(name) ? name : quote(name))
const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const header = (what: string): string =>
  `// ${what}. Written by src/cli/schema/generate.ts out of kubernetes-models and @kubernetes/client-node (Apache-2.0/MIT; Kubernetes API 1.36).\n\n`
const definitionLines = names.map((name) => `  ${key(name)}: { ${object(sorted(definitions.get(name)!))} },`)
writeFileSync(
  join(target, 'definitions.generated.ts'),
  `${header('Shapes of API structs in the notation of schema.ts')}export const DEFINITIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {\n${definitionLines.join('\n')}\n}\n`,
)
const described = names.filter((name) => Object.keys(descriptions.get(name)!).length > 0)
const descriptionLines = described.map((name) => `  ${key(name)}: { ${object(sorted(descriptions.get(name)!))} },`)
writeFileSync(
  join(target, 'descriptions.generated.ts'),
  `${header('What each field means, for the editor. Import it lazily')}export const DESCRIPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {\n${descriptionLines.join('\n')}\n}\n`,
)
console.log(`${names.length} structs`)
