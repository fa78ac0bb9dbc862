import { refOf } from '../../core/api/kinds/ref-of.ts'
import { type Json, put } from '../../core/api/kinds/json.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import { equal } from '../../core/base/equal.ts'
import type { CommandResult } from '../types.ts'
import { dryRunWord, said } from './apply.ts'
import { SELECTING, chosen } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import type { FlagTable } from './flags.ts'

export const LABEL_FLAGS: FlagTable = { ...SELECTING, overwrite: 'bool', list: 'bool', 'resource-version': 'absent' }

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
  (field: Field) =>
  (k: Kubectl): CommandResult => {
    const { resources, changes } = splitChanges(k.flags.words)
    const verb = field === 'labels' ? 'label' : 'annotate'
    if (resources.length === 0 && !k.flags.has('filename')) {
      return complain('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    }
    if (changes.add.size + changes.remove.size === 0 && !k.flags.on('list')) {
      return complain(`at least one ${field === 'labels' ? 'label' : 'annotation'} update is required`)
    }
    if (k.flags.on('list') && k.flags.has('output'))
      return complain('--list and --output may not be specified together')
    const out = new Output()
    const objects = chosen(k, verb, out, resources)
    const alone = objects.length === 1 && (resources.length > 1 || resources[0]?.includes('/') === true)
    for (const object of objects) {
      if (k.flags.on('list')) list(object, field, alone, out)
      else markOne(k, object, field, changes, out)
    }
    return out.done()
  }

/** `--list`: what there is, in order of the keys; kubectl's order is left to chance. */
function list({ apiVersion, kind, metadata }: ApiObject, field: Field, alone: boolean, out: Output): void {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : ''
  if (!alone) out.say(`Listing ${field} for ${kind}.${group}/${metadata.name}:`)
  const indent = alone ? '' : ' '
  for (const [key, value] of Object.entries(metadata[field] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
    out.say(`${indent}${key}=${value}`)
}

type Field = 'labels' | 'annotations'

function markOne(k: Kubectl, object: ApiObject, field: Field, changes: Changes, out: Output): void {
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
  const dryRun = dryRunWord(k)
  const result = k.api.patch(refOf(object), { metadata: { [field]: patch } }, k.actor, {
    type: 'merge',
    dryRun: dryRun !== '',
  })
  if (!result.ok) return out.problem(result.error)
  if (field === 'annotations') return said(k, result.value, `annotated${dryRun}`, out)
  const same = equal(result.value.metadata[field], present)
  const verb = same ? 'not labeled' : changes.add.size === 0 ? 'unlabeled' : 'labeled'
  return said(k, result.value, `${verb}${dryRun}`, out)
}
