import { refOf } from '../../core/api/kinds/ref-of.ts'
import { type KindInfo, kindInfo } from '../../core/api/kinds/registry.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import { printCustomColumns } from '../../core/api/print/custom-columns.ts'
import { printTable } from '../../core/api/print/get.ts'
import { findAll, printJsonPath } from '../../core/api/print/jsonpath.ts'
import { listOf, printJson, printNames, printYaml, tablePrefix } from '../../core/api/print/serialize.ts'
import { compareKeys } from '../../core/base/order.ts'
import { type CommandResult, follow } from '../types.ts'
import { KubectlStop, type Kubectl, Output, complain } from './context.ts'
import { readFiles } from './files.ts'
import type { FlagTable } from './flags.ts'
import { type Selection, type Targets, fetchTarget, readTargets } from './resources.ts'
import { watchState } from './watch.ts'

export const GET_FLAGS: FlagTable = {
  'all-namespaces|A': 'bool',
  'selector|l': 'text',
  'field-selector': 'text',
  'output|o': 'text',
  'show-labels': 'bool',
  'label-columns|L': 'list',
  'watch|w': 'bool',
  'watch-only': 'bool',
  'no-headers': 'bool',
  'sort-by': 'text',
  'show-kind': 'bool',
  'ignore-not-found': 'bool',
  'filename|f': 'list',
  'server-print': 'absent',
  'show-managed-fields': 'bool',
  'chunk-size': 'text',
  template: 'text',
  subresource: 'absent',
  raw: 'absent',
  'output-watch-events': 'absent',
  'kustomize|k': 'absent',
  'recursive|R': 'absent',
}

const FORMATS =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml'

/** `kubectl get`. */
export function get(k: Kubectl): CommandResult {
  const { words } = k.flags
  if (k.flags.has('filename')) return getFiles(k)
  if (words.length === 0) {
    throw new KubectlStop(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n' +
        'error: Required resource not specified.\n' +
        'Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\n' +
        "See 'kubectl get -h' for help and examples\n",
    )
  }
  const out = new Output()
  const targets = readTargets(words)
  const select = selection(k)
  if (targets.targets.some((target) => target.name !== null) && select.allNamespaces) {
    return complain('a resource cannot be retrieved by name across all namespaces')
  }
  const watches = k.flags.on('watch') || k.flags.on('watch-only')
  if (watches && targets.kinds.length !== 1) return complain('you may only specify a single resource type')
  if (watches && !['', 'wide'].includes(k.flags.text('output') ?? ''))
    return complain('--watch prints tables only in this lab')
  const groups = groupsOf(k, targets, select, out)
  if (!k.flags.on('watch-only')) print(k, groups, hasOneName(targets), out)
  if (!watches) return out.done()
  return follow(watchState(k, targets.targets, select), out.stdout, out.stderr)
}

const hasOneName = ({ targets }: Targets): boolean => targets.length === 1 && targets[0]!.name !== null

/** The objects that files name, as they are in the cluster. */
function getFiles(k: Kubectl): CommandResult {
  if (k.flags.on('watch') || k.flags.on('watch-only')) return complain('--watch with -f is not available in this lab')
  const out = new Output()
  const objects = readFiles(k, 'get', out).flatMap(({ object }) => {
    const found = k.api.get(refOf(object))
    if (!found.ok && !k.flags.on('ignore-not-found')) out.problem(found.error)
    return found.ok ? [found.value] : []
  })
  const kinds = [...new Set(objects.map((object) => object.kind))].map(kindInfo)
  const groups = kinds.map((info) => ({ info, objects: objects.filter((object) => object.kind === info.kind) }))
  print(k, inOrder(k, groups), objects.length === 1, out)
  return out.done()
}

export const selection = (k: Kubectl): Selection => ({
  labels: k.flags.text('selector'),
  fields: k.flags.text('field-selector'),
  allNamespaces: k.flags.on('all-namespaces'),
})

interface Group {
  readonly info: KindInfo
  readonly objects: readonly ApiObject[]
}

function groupsOf(k: Kubectl, targets: Targets, select: Selection, out: Output): readonly Group[] {
  const silent = k.flags.on('ignore-not-found')
  const groups: Group[] = []
  const sink = silent ? new Output() : out
  for (const info of targets.kinds) {
    const own = targets.targets.filter((target) => target.info === info)
    groups.push({ info, objects: own.flatMap((target) => fetchTarget(k, target, select, sink)) })
  }
  return inOrder(k, groups)
}

/** As `--sort-by` asks for. */
function inOrder(k: Kubectl, groups: readonly Group[]): readonly Group[] {
  const sort = k.flags.text('sort-by')
  return sort === undefined ? groups : groups.map((group) => ({ ...group, objects: sorted(group.objects, sort) }))
}

function sorted(objects: readonly ApiObject[], path: string): readonly ApiObject[] {
  const bare = path.replace(/^\{(.*)\}$/, '$1')
  const steps = bare.startsWith('.') || bare.startsWith('[') ? bare : `.${bare}`
  const keyOf = (object: ApiObject): string | number => {
    const found = findAll(steps, object)
    if (!found.ok) return complain(found.error.message)
    const value = found.value[0]
    return typeof value === 'number' ? value : typeof value === 'string' ? value : ''
  }
  return objects
    .map((object) => ({ object, key: keyOf(object) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ object }) => object)
}

function print(k: Kubectl, groups: readonly Group[], single: boolean, out: Output): void {
  const all = groups.flatMap((group) => group.objects)
  const format = k.flags.text('output') ?? ''
  if (format === '' || format === 'wide') return printTables(k, groups, format === 'wide', out)
  if (single && all.length === 0) return
  out.stdout += formatted(k, format, all, single)
}

/** The objects in any format but a table. */
export function formatted(k: Kubectl, format: string, objects: readonly ApiObject[], single: boolean): string {
  if (format === 'yaml') return printYaml(objects, single)
  if (format === 'json') return printJson(objects, single)
  if (format === 'name') return printNames(objects)
  const equals = format.indexOf('=')
  const [name, spec] =
    equals < 0 ? [format, k.flags.text('template')] : [format.slice(0, equals), format.slice(equals + 1)]
  const data: unknown = single && objects[0] ? objects[0] : listOf(objects)
  if (name === 'jsonpath' || name === 'jsonpath-as-json') {
    if (spec === undefined) return complain('template format specified but no template given')
    const printed = printJsonPath(spec, data)
    return printed.ok ? printed.value : complain(`error parsing jsonpath ${spec}, ${printed.error.message}`)
  }
  if (name === 'custom-columns') {
    const printed = printCustomColumns(spec ?? '', objects, k.flags.on('no-headers'))
    return printed.ok ? printed.value : complain(printed.error.message)
  }
  if (name === 'go-template' || name === 'template')
    return complain('go-template output is not available in this lab; use jsonpath or custom-columns')
  return complain(
    `unable to match a printer suitable for the output format ${JSON.stringify(name)}, allowed formats are: ${FORMATS}`,
  )
}

function printTables(k: Kubectl, groups: readonly Group[], wide: boolean, out: Output): void {
  const shown = groups.filter((group) => group.objects.length > 0)
  const several = groups.length > 1 || k.flags.on('show-kind')
  const tables = shown.map(({ info, objects }) =>
    printTable(info.kind, objects, {
      now: k.now,
      wide,
      showNamespace: k.flags.on('all-namespaces') && info.namespaced,
      noHeaders: k.flags.on('no-headers'),
      showLabels: k.flags.on('show-labels'),
      labelColumns: k.flags.list('label-columns'),
      ...(several && { namePrefix: tablePrefix(info.kind) }),
    }),
  )
  out.stdout += tables.join(k.flags.on('no-headers') ? '' : '\n')
  if (shown.length > 0 || out.exit !== 0 || k.flags.on('ignore-not-found') || k.flags.on('watch')) return
  const namespaced = groups.every(({ info }) => info.namespaced) && !k.flags.on('all-namespaces')
  out.warn(namespaced ? `No resources found in ${k.namespace} namespace.` : 'No resources found')
}
