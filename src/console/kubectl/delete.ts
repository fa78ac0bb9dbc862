import { refOf } from '../../core/api/kinds/ref-of.ts'
import { findKind } from '../../core/api/kinds/registry.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import { objectRef } from '../../core/base/ref.ts'
import { ok } from '../../core/base/result.ts'
import { type CommandResult } from '../types.ts'
import { dryRunWord } from './apply.ts'
import { type Kubectl, Output, complain } from './context.ts'
import { readFiles } from './files.ts'
import type { FlagTable } from './flags.ts'
import { selection } from './get.ts'
import { fetchAll, readTargets } from './resources.ts'
import { type GoneState, durationOf, startFollowing } from './wait.ts'

export const DELETE_FLAGS: FlagTable = {
  'filename|f': 'list',
  'selector|l': 'text',
  'field-selector': 'text',
  'all-namespaces|A': 'bool',
  all: 'bool',
  'grace-period': 'text',
  force: 'bool',
  now: 'bool',
  wait: 'bool',
  timeout: 'text',
  cascade: { bare: 'background' },
  'ignore-not-found': 'bool',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
}

/** `kubectl delete`: asks for the deletion, says so, and waits until the objects are gone. */
export function remove(k: Kubectl): CommandResult {
  const out = new Output()
  const objects = k.flags.has('filename') ? fromFiles(k, out) : fromWords(k, out)
  if (objects.length === 0 && out.exit === 0) {
    out.say('No resources found')
    return out.done()
  }
  const grace = graceOf(k, out)
  const left: GoneState['left'][number][] = []
  for (const object of objects) {
    const deleted = deleteOne(k, object, grace, out)
    if (deleted) left.push(deleted)
  }
  if (left.length === 0 || !k.flags.on('wait', true) || k.flags.on('force')) return out.done()
  const timeout = durationOf(k.flags.text('timeout') ?? '0s') ?? 0
  const state: GoneState = { f: 'gone', left, last: '', deadline: timeout === 0 ? null : k.now + timeout }
  const result = startFollowing(k.env, state)
  return {
    ...result,
    stdout: out.stdout + result.stdout,
    stderr: out.stderr + result.stderr,
    ...(result.kind === 'done' && { exit: out.exit || result.exit }),
  }
}

function fromFiles(k: Kubectl, out: Output): readonly ApiObject[] {
  return readFiles(k, 'delete', out).flatMap(({ object, source }) => {
    const found = k.api.get(refOf(object))
    if (found.ok) return [found.value]
    if (!k.flags.on('ignore-not-found')) out.problem(found.error, `deleting ${JSON.stringify(source)}`)
    return []
  })
}

function fromWords(k: Kubectl, out: Output): readonly ApiObject[] {
  const { words } = k.flags
  const named = words.length > 1 || words.some((word) => word.includes('/'))
  if (words.length > 0) readTargets(words)
  const chosen = named || k.flags.on('all') || k.flags.has('selector') || k.flags.has('field-selector')
  if (words.length > 0 && !chosen) return complain('resource(s) were provided, but no name was specified')
  const sink = k.flags.on('ignore-not-found') ? new Output() : out
  return fetchAll(k, words, selection(k), sink)
}

function graceOf(k: Kubectl, out: Output): number | undefined {
  const said = k.flags.number('grace-period')
  if (k.flags.on('force')) {
    out.warn(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
    )
    return said === undefined || said < 0 ? 0 : said
  }
  if (k.flags.on('now')) return 1
  // Without --force nobody may skip the kubelet: 0 becomes 1.
  if (said === undefined || said < 0) return undefined
  return Math.max(1, said)
}

const PROPAGATION = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const

function deleteOne(
  k: Kubectl,
  object: ApiObject,
  grace: number | undefined,
  out: Output,
): GoneState['left'][number] | null {
  const info = findKind(object.apiVersion, object.kind)
  const { name, namespace } = object.metadata
  const ref = objectRef(object.kind, namespace, name)
  const cascade = k.flags.text('cascade') ?? 'background'
  const propagation = Object.hasOwn(PROPAGATION, cascade)
    ? PROPAGATION[cascade as keyof typeof PROPAGATION]
    : 'Background'
  const dryRun = dryRunWord(k)
  const result =
    dryRun === ''
      ? k.api.delete(ref, k.actor, { propagation, ...(grace !== undefined && { gracePeriodSeconds: grace }) })
      : ok(object)
  if (!result.ok) {
    out.problem(result.error)
    return null
  }
  const type = info ? `${info.singular}${info.group ? `.${info.group}` : ''}` : object.kind.toLowerCase()
  out.say(
    k.flags.text('output') === 'name'
      ? `${type}/${name}`
      : `${type} ${JSON.stringify(name)} ${k.flags.on('force') ? 'force ' : ''}deleted${namespace ? ` from ${namespace} namespace` : ''}${dryRun}`,
  )
  if (dryRun !== '') return null
  return { ref, uid: object.metadata.uid ?? '', said: '' }
}
