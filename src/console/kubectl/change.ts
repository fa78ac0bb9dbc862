import { cloneJson, ensureObject, type Json, put } from '../../core/api/kinds/json.ts'
import type { ApiObject, Container, Node, Taint } from '../../core/api/kinds/types.ts'
import { resourceName } from '../../core/api/print/serialize.ts'
import { objectRef } from '../../core/base/ref.ts'
import { timestamp } from '../../core/base/time.ts'
import { parseManifest } from '../../manifest/parse.ts'
import { readYaml } from '../../manifest/source.ts'
import { segmentsOf } from '../../manifest/segments.ts'
import type { CommandResult } from '../types.ts'
import { dryRunWord, said } from './apply.ts'
import { type Kubectl, Output, complain } from './context.ts'
import { readFiles } from './files.ts'
import type { FlagTable } from './flags.ts'
import { selection } from './get.ts'
import { fetchAll, kindNamed, refFor } from './resources.ts'

const SELECTING: FlagTable = {
  'selector|l': 'text',
  'field-selector': 'text',
  all: 'bool',
  'all-namespaces|A': 'bool',
  'filename|f': 'list',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
}
export const SCALE_FLAGS: FlagTable = { ...SELECTING, replicas: 'text', 'current-replicas': 'text', timeout: 'text' }
export const SET_FLAGS: FlagTable = { ...SELECTING, local: 'bool' }
export const LABEL_FLAGS: FlagTable = { ...SELECTING, overwrite: 'bool', list: 'bool', 'resource-version': 'text' }
export const TAINT_FLAGS: FlagTable = { ...SELECTING, overwrite: 'bool' }
export const PATCH_FLAGS: FlagTable = {
  ...SELECTING,
  'patch|p': 'text',
  type: 'text',
  'patch-file': 'text',
  subresource: 'text',
}

const refOf = (object: ApiObject): string => objectRef(object.kind, object.metadata.namespace, object.metadata.name)

const SCALABLE = new Set(['Deployment', 'ReplicaSet'])

/** `kubectl scale deployment/web --replicas=3`. */
export function scale(k: Kubectl): CommandResult {
  const replicas = k.flags.number('replicas')
  if (replicas === undefined) return complain('required flag(s) "replicas" not set')
  if (replicas < 0)
    return complain(
      `The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\nSee 'kubectl scale -h' for help and examples`,
    )
  const out = new Output()
  for (const object of chosen(k, 'scale', out)) {
    const { name } = object.metadata
    if (!SCALABLE.has(object.kind)) {
      out.warn(`Error from server (NotFound): the server could not find the requested resource`)
      out.exit = 1
      continue
    }
    const current = k.flags.number('current-replicas')
    const has = (object['spec'] as { replicas?: number }).replicas ?? 1
    if (current !== undefined && current >= 0 && current !== has) {
      out.warn(`error: Expected replicas to be ${current}, was ${has}`)
      out.exit = 1
      continue
    }
    patchAndSay(k, object, { spec: { replicas } }, 'scaled', out)
    if (name === '') return out.done()
  }
  return out.done()
}

/** The objects that words or files name. */
function chosen(k: Kubectl, verb: string, out: Output, words: readonly string[] = k.flags.words): readonly ApiObject[] {
  if (!k.flags.has('filename')) return fetchAll(k, words, selection(k), out)
  return readFiles(k, verb, out).flatMap(({ object }) => {
    const found = k.api.get(refOf(object))
    if (found.ok) return [found.value]
    out.problem(found.error)
    return []
  })
}

function patchAndSay(k: Kubectl, object: ApiObject, patch: object, verb: string, out: Output): void {
  const dryRun = dryRunWord(k)
  const result = k.api.patch(refOf(object), patch, k.actor, { type: 'merge', dryRun: dryRun !== '' })
  if (result.ok) said(k, result.value, `${verb}${dryRun}`, out)
  else out.problem(result.error)
}

/** `kubectl set image deployment/web nginx=nginx:1.27`. */
export function set(k: Kubectl): CommandResult {
  const [what, ...words] = k.flags.words
  if (what !== 'image') {
    return complain(
      what === undefined
        ? 'a subcommand is required: kubectl set image'
        : `kubectl set ${what} is not available in this lab; use kubectl patch`,
    )
  }
  const updates = words.filter((word) => word.includes('=')).map((word) => word.split(/=(.*)/s) as [string, string])
  const resources = words.filter((word) => !word.includes('='))
  const out = new Output()
  const objects = chosen(k, 'set', out, resources)
  if (updates.length === 0) return complain('at least one image update is required')
  for (const object of objects) setImage(k, object, updates, out)
  return out.done()
}

function setImage(k: Kubectl, object: ApiObject, updates: readonly (readonly [string, string])[], out: Output): void {
  const spec = podSpecOf(object)
  if (!spec) return complain(`cannot set image of ${resourceName(object)}`)
  const missing = updates.filter(
    ([name]) => name !== '*' && !spec.containers.some((container) => container.name === name),
  )
  for (const [name] of missing) {
    out.warn(`error: unable to find container named ${JSON.stringify(name)}`)
    out.exit = 1
  }
  if (missing.length > 0) return
  const containers = spec.containers.map((container) => {
    const update = updates.find(([name]) => name === '*' || name === container.name)
    return update ? { ...container, image: update[1] } : container
  })
  const unchanged = containers.every((container, i) => container.image === spec.containers[i]!.image)
  if (unchanged) return
  const patch = object.kind === 'Pod' ? { spec: { containers } } : { spec: { template: { spec: { containers } } } }
  patchAndSay(k, object, patch, 'image updated', out)
}

function podSpecOf(object: ApiObject): { readonly containers: readonly Container[] } | undefined {
  const spec = object['spec'] as
    | { containers?: readonly Container[]; template?: { spec: { containers: readonly Container[] } } }
    | undefined
  if (spec?.containers) return { containers: spec.containers }
  return spec?.template?.spec
}

interface Changes {
  readonly add: ReadonlyMap<string, string>
  readonly remove: ReadonlySet<string>
}

/** `app=web tier-` at the end of the words. */
function splitChanges(words: readonly string[]): { readonly resources: readonly string[]; readonly changes: Changes } {
  const add = new Map<string, string>()
  const remove = new Set<string>()
  const resources: string[] = []
  for (const word of words) {
    const pair = /^([^=]+)=(.*)$/s.exec(word)
    if (pair) add.set(pair[1]!, pair[2]!)
    else if (word.endsWith('-') && resources.length > 0) remove.add(word.slice(0, -1))
    else resources.push(word)
  }
  return { resources, changes: { add, remove } }
}

/** `kubectl label` and `kubectl annotate`. */
export const mark =
  (field: 'labels' | 'annotations') =>
  (k: Kubectl): CommandResult => {
    const { resources, changes } = splitChanges(k.flags.words)
    const verb = field === 'labels' ? 'label' : 'annotate'
    if (resources.length === 0 && !k.flags.has('filename')) {
      return complain('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    }
    if (changes.add.size + changes.remove.size === 0 && !k.flags.on('list')) {
      return complain(`at least one ${field === 'labels' ? 'label' : 'annotation'} update is required`)
    }
    const out = new Output()
    for (const object of chosen(k, verb, out, resources)) markOne(k, object, field, changes, out)
    return out.done()
  }

function markOne(k: Kubectl, object: ApiObject, field: 'labels' | 'annotations', changes: Changes, out: Output): void {
  const present = object.metadata[field] ?? {}
  for (const [key, value] of changes.add) {
    const known = Object.hasOwn(present, key) ? present[key] : undefined
    if (known !== undefined && known !== value && !k.flags.on('overwrite')) {
      out.warn(
        field === 'labels'
          ? `error: '${key}' already has a value (${known}), and --overwrite is false`
          : `error: --overwrite is false but found the following declared annotation(s): '${key}' already has a value (${known})`,
      )
      out.exit = 1
      return
    }
  }
  const patch: Json = {}
  for (const [key, value] of changes.add) put(patch, key, value)
  for (const key of changes.remove) {
    if (!Object.hasOwn(present, key) && field === 'labels') out.stdout += `label ${JSON.stringify(key)} not found.\n`
    put(patch, key, null)
  }
  const before = object.metadata.resourceVersion
  const dryRun = dryRunWord(k)
  const result = k.api.patch(refOf(object), { metadata: { [field]: patch } }, k.actor, {
    type: 'merge',
    dryRun: dryRun !== '',
  })
  if (!result.ok) return out.problem(result.error)
  if (field === 'annotations') return said(k, result.value, `annotated${dryRun}`, out)
  const same = result.value.metadata.resourceVersion === before
  const verb = same ? 'not labeled' : changes.add.size === 0 ? 'unlabeled' : 'labeled'
  return said(k, result.value, `${verb}${dryRun}`, out)
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const

interface TaintChange {
  readonly key: string
  readonly value: string
  readonly effect: Taint['effect'] | null
  readonly remove: boolean
}

function readTaint(word: string): TaintChange {
  const match = /^([^=:]+?)(?:=([^:]*?))?(?::([A-Za-z]+))?(-)?$/.exec(word)
  const effect = EFFECTS.find((known) => known === match?.[3]) ?? null
  if (!match || (match[3] !== undefined && !effect) || (!match[4] && !effect))
    return complain(`invalid taint spec: ${word}, expected format is <key>=<value>:<effect>`)
  return { key: match[1]!, value: match[2] ?? '', effect, remove: match[4] !== undefined }
}

/** `kubectl taint nodes node1 key=value:NoSchedule`, `key-`. */
export function taint(k: Kubectl): CommandResult {
  const [type, ...rest] = k.flags.words
  if (type === undefined) return complain('one or more resources must be specified as <resource> <name>')
  const info = kindNamed(type.split('/')[0]!)
  if (info.kind !== 'Node') return complain(`invalid resource type ${type}, only node types are supported`)
  const isChange = (word: string): boolean => /[=:]|-$/.test(word)
  const firstChange = rest.findIndex(isChange)
  if (firstChange < 0) return complain('at least one taint update is required')
  const names = rest.slice(0, firstChange)
  const changes = rest.slice(firstChange).map(readTaint)
  const out = new Output()
  const words = type.includes('/') ? [type] : [type, ...names]
  if (names.length === 0 && !type.includes('/') && !k.flags.on('all') && !k.flags.has('selector')) {
    return complain("at least one resource name must be specified since '--all' parameter is not set")
  }
  for (const node of fetchAll(k, words, selection(k), out)) taintOne(k, node as Node, changes, out)
  return out.done()
}

function taintOne(k: Kubectl, node: Node, changes: readonly TaintChange[], out: Output): void {
  let taints: readonly Taint[] = node.spec?.taints ?? []
  for (const change of changes) {
    const same = (known: Taint): boolean =>
      known.key === change.key && (change.effect === null || known.effect === change.effect)
    const known = taints.filter(same)
    if (change.remove) {
      if (known.length === 0) {
        out.warn(
          `error: taint ${JSON.stringify(change.effect ? `${change.key}:${change.effect}` : change.key)} not found`,
        )
        out.exit = 1
        return
      }
      taints = taints.filter((each) => !same(each))
      continue
    }
    if (known.some((each) => (each.value ?? '') !== change.value) && !k.flags.on('overwrite')) {
      out.warn(
        `error: node ${node.metadata.name} already has ${change.key} taint(s) with same effect(s) and --overwrite is false`,
      )
      out.exit = 1
      return
    }
    const added: Taint = {
      key: change.key,
      ...(change.value !== '' && { value: change.value }),
      effect: change.effect!,
    }
    taints = [...taints.filter((each) => !same(each)), added]
  }
  const onlyRemoved = changes.every((change) => change.remove)
  patchAndSay(
    k,
    node,
    { spec: { taints } },
    onlyRemoved ? 'untainted' : changes.some((change) => change.remove) ? 'modified' : 'tainted',
    out,
  )
}

/** `kubectl patch deployment web -p '{"spec":{"replicas":2}}' [--type=merge|strategic|json]`. */
export function patch(k: Kubectl): CommandResult {
  const said = k.flags.text('patch')
  if (said === undefined) return complain('must specify --patch or --patch-file containing the contents of the patch')
  const type = k.flags.text('type') ?? 'strategic'
  if (type !== 'strategic' && type !== 'merge' && type !== 'json') {
    return complain(
      `--type must be one of [json merge strategic], not ${JSON.stringify(type)}\nSee 'kubectl patch -h' for help and examples`,
    )
  }
  const body = readPatch(said)
  const out = new Output()
  for (const object of chosen(k, 'patch', out)) {
    const merged = type === 'json' ? jsonPatch(object, body) : body
    const options = type === 'json' ? ({ type: 'merge' } as const) : ({ type } as const)
    const dryRun = dryRunWord(k)
    const status = k.flags.text('subresource') === 'status' ? ({ subresource: 'status' } as const) : {}
    const result = k.api.patch(refOf(object), merged, k.actor, {
      ...options,
      ...status,
      fieldValidation: 'Strict',
      dryRun: dryRun !== '',
    })
    if (!result.ok) out.problem(result.error)
    else {
      const same = result.value.metadata.resourceVersion === object.metadata.resourceVersion
      sayPatched(k, result.value, same && dryRun === '' ? 'patched (no change)' : `patched${dryRun}`, out)
    }
  }
  return out.done()
}

const sayPatched = said

/** JSON or YAML. */
function readPatch(text: string): unknown {
  const [segment] = segmentsOf(text)
  const source = segment ? readYaml(text, segment) : null
  const problem = parseManifest('').diagnostics[0] ?? source?.problems[0]
  if (!source || problem || typeof source.value !== 'object' || source.value === null)
    return complain(`unable to parse ${JSON.stringify(text)}: ${problem?.message ?? 'not an object'}`)
  return source.value
}

/** RFC 6902, as a merge patch that leads to the same object: add, replace, remove and test at object fields and list ends. */
function jsonPatch(object: ApiObject, body: unknown): unknown {
  if (!Array.isArray(body)) return complain('unable to parse the patch: a JSON patch is a list of operations')
  const copy = cloneJson(object) as Json
  for (const step of body as readonly { op?: string; path?: string; value?: unknown }[]) {
    const parts = (step.path ?? '')
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    if (parts.length === 0) return complain('the server rejected our request due to an error in our request')
    applyStep(copy, parts, step)
  }
  const patch: Json = {}
  for (const key of new Set([...Object.keys(copy), ...Object.keys(object)])) {
    if (key !== 'apiVersion' && key !== 'kind') put(patch, key, Object.hasOwn(copy, key) ? copy[key] : null)
  }
  const before = ensureObject(cloneJson(object) as Json, 'metadata')
  const after = ensureObject(patch, 'metadata')
  for (const map of ['labels', 'annotations']) {
    for (const key of Object.keys(ensureObject(before, map))) {
      const now = ensureObject(after, map)
      if (!Object.hasOwn(now, key)) put(now, key, null)
    }
  }
  delete after['resourceVersion']
  return patch
}

function applyStep(root: Json, parts: readonly string[], step: { op?: string; path?: string; value?: unknown }): void {
  let at: unknown = root
  for (const part of parts.slice(0, -1)) {
    at = Array.isArray(at)
      ? (at as unknown[])[Number(part)]
      : typeof at === 'object' && at !== null && Object.hasOwn(at, part)
        ? (at as Json)[part]
        : undefined
  }
  const last = parts.at(-1)!
  const missing = (): never =>
    complain(`the server rejected our request due to an error in our request: path ${step.path} does not exist`)
  if (typeof at !== 'object' || at === null) return missing()
  if (Array.isArray(at)) {
    const list = at as unknown[]
    const i = last === '-' ? list.length : Number(last)
    if (!Number.isInteger(i) || i < 0 || i > list.length) return missing()
    if (step.op === 'add') list.splice(i, 0, step.value)
    else if (step.op === 'replace') list[i] = step.value
    else if (step.op === 'remove') list.splice(i, 1)
    return
  }
  const fields = at as Json
  if (step.op !== 'add' && !Object.hasOwn(fields, last)) return missing()
  if (step.op === 'remove') delete fields[last]
  else put(fields, last, step.value)
}

/** The annotation that `kubectl rollout restart` sets. */
export const restartPatch = (k: Kubectl): object => ({
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': timestamp(k.now) } } } },
})

export { chosen, patchAndSay, refOf, refFor }
