import { refOf } from '../../core/api/kinds/ref-of.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import { dryRunWord, said } from './apply.ts'
import type { Kubectl, Output } from './context.ts'
import { readFiles } from './files.ts'
import type { FlagTable } from './flags.ts'
import { selection } from './get.ts'
import { fetchAll } from './resources.ts'

/** The flags of every verb that changes objects it has to find first. */
export const SELECTING: FlagTable = {
  'selector|l': 'text',
  'field-selector': 'text',
  all: 'bool',
  'all-namespaces|A': 'bool',
  'filename|f': 'list',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
}

/** The objects that words or files name. */
export function chosen(
  k: Kubectl,
  verb: string,
  out: Output,
  words: readonly string[] = k.flags.words,
): readonly ApiObject[] {
  if (!k.flags.has('filename')) return fetchAll(k, words, selection(k), out)
  return readFiles(k, verb, out).flatMap(({ object }) => {
    const found = k.api.get(refOf(object))
    if (found.ok) return [found.value]
    out.problem(found.error)
    return []
  })
}

/** Merges a patch into an object and says so: `deployment.apps/web scaled`. */
export function patchAndSay(k: Kubectl, object: ApiObject, patch: object, verb: string, out: Output): void {
  const dryRun = dryRunWord(k)
  const result = k.api.patch(refOf(object), patch, k.actor, { type: 'merge', dryRun: dryRun !== '' })
  if (result.ok) said(k, result.value, `${verb}${dryRun}`, out)
  else out.problem(result.error)
}
