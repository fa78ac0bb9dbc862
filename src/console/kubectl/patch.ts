import { refOf } from '../../core/api/kinds/ref-of.ts'
import { readYaml } from '../../manifest/source.ts'
import { segmentsOf } from '../../manifest/segments.ts'
import type { CommandResult } from '../types.ts'
import { dryRunWord, said as sayPatched } from './apply.ts'
import { SELECTING, chosen } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import { fileText } from './files.ts'
import type { FlagTable } from './flags.ts'

export const PATCH_FLAGS: FlagTable = {
  ...SELECTING,
  'patch|p': 'text',
  type: 'text',
  'patch-file': 'text',
  subresource: 'text',
  local: 'absent',
}

/** `kubectl patch deployment web -p '{"spec":{"replicas":2}}' [--type=merge|strategic|json]`. */
export function patch(k: Kubectl): CommandResult {
  const said = patchText(k)
  const type = k.flags.text('type') ?? 'strategic'
  if (type !== 'strategic' && type !== 'merge' && type !== 'json') {
    return complain(
      `--type must be one of [json merge strategic], not ${JSON.stringify(type)}\nSee 'kubectl patch -h' for help and examples`,
    )
  }
  const subresource = k.flags.text('subresource')
  if (subresource !== undefined && subresource !== 'status')
    return complain(`--subresource=${subresource} is not available in this lab`)
  const body = readPatch(said)
  const out = new Output()
  for (const object of chosen(k, 'patch', out)) {
    const dryRun = dryRunWord(k)
    const result = k.api.patch(refOf(object), body, k.actor, {
      type,
      ...(subresource === 'status' && { subresource }),
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

/** `-p`, or the file of `--patch-file`; `-` is standard input. */
function patchText(k: Kubectl): string {
  const said = k.flags.text('patch') ?? ''
  const path = k.flags.text('patch-file') ?? ''
  if (said !== '' && path !== '') return complain('cannot specify --patch and --patch-file together')
  if (said === '' && path === '')
    return complain('must specify --patch or --patch-file containing the contents of the patch')
  if (said !== '') return said
  const found = path === '-' ? k.stdin : fileText(k, path)
  return found ?? complain(`unable to read patch file: open ${path}: no such file or directory`)
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
