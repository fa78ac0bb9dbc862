import { cloneJson, ensureObject, type Json, put } from '../../core/api/kinds/json.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import { readYaml } from '../../manifest/source.ts'
import { segmentsOf } from '../../manifest/segments.ts'
import type { CommandResult } from '../types.ts'
import { dryRunWord, said as sayPatched } from './apply.ts'
import { SELECTING, chosen, refOf } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import type { FlagTable } from './flags.ts'

export const PATCH_FLAGS: FlagTable = {
  ...SELECTING,
  'patch|p': 'text',
  type: 'text',
  'patch-file': 'text',
  subresource: 'text',
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

/** JSON or YAML. */
function readPatch(text: string): unknown {
  const [segment] = segmentsOf(text)
  const source = segment ? readYaml(text, segment) : null
  const problem = source?.problems[0]
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
