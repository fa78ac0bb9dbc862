import { refOf } from '../../core/api/kinds/ref-of.ts'
import { withLastApplied } from '../../core/api/kinds/last-applied.ts'
import { matchesSelector, parseSelector } from '../../core/api/kinds/selector.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import { printNames, printYaml, printJson, resourceName } from '../../core/api/print/serialize.ts'
import { type CommandResult } from '../types.ts'
import { type Kubectl, Output, complain } from './context.ts'
import { readFiles } from './files.ts'
import type { FlagTable } from './flags.ts'

export const APPLY_FLAGS: FlagTable = {
  'filename|f': 'list',
  'kustomize|k': 'absent',
  'recursive|R': 'absent',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
  'server-side': 'bool',
  'force-conflicts': 'bool',
  'field-manager': 'absent',
  force: 'absent',
  overwrite: 'absent',
  validate: { bare: 'strict' },
  prune: 'absent',
  'selector|l': 'text',
  wait: 'absent',
}

/** What dry run says: `server`, `client`, or nothing. */
export const dryRunWord = (k: Kubectl): string => {
  const said = k.flags.text('dry-run')
  if (said === undefined || said === 'none' || said === 'false') return ''
  if (said === 'server') return ' (server dry run)'
  if (said === 'client' || said === 'unchanged' || said === 'true') return ' (dry run)'
  return complain(`Invalid dry-run value (${said}). Must be "none", "server", or "client".`)
}

/** `kubectl apply -f`: every object is created, or three-way merged with what is there. */
export function apply(k: Kubectl): CommandResult {
  if (!k.flags.has('filename')) return complain('must specify one of -f and -k')
  const out = new Output()
  const selector = k.flags.text('selector')
  const wanted = parseSelector(selector ?? '')
  if (!wanted.ok) return complain(wanted.error.message)
  for (const { object, source } of readFiles(k, 'apply', out))
    if (matchesSelector(wanted.value, object.metadata?.labels)) applyOne(k, object, source, out)
  return out.done()
}

function applyOne(k: Kubectl, object: ApiObject, source: string, out: Output): void {
  if (!object.metadata?.name) {
    out.warn(
      `error: error when retrieving current configuration of:\nfrom ${JSON.stringify(source)}: resource name may not be empty`,
    )
    out.exit = 1
    return
  }
  out.aboutKind(object.kind)
  const ref = refOf(object)
  const before = k.api.peek(ref)
  const dryRun = dryRunWord(k)
  const result = k.api.patch(ref, withLastApplied(object), k.actor, {
    type: 'apply',
    fieldValidation: k.flags.text('validate') === 'false' ? 'Ignore' : 'Strict',
    dryRun: dryRun !== '',
  })
  if (!result.ok) {
    out.problem(
      result.error,
      before ? `applying patch from ${JSON.stringify(source)}` : `creating ${JSON.stringify(source)}`,
    )
    return
  }
  const changed = before?.metadata.resourceVersion !== result.value.metadata.resourceVersion
  const verb = !before ? 'created' : changed ? 'configured' : 'unchanged'
  said(k, result.value, `${k.flags.on('server-side') ? 'serverside-applied' : verb}${dryRun}`, out)
}

/** `deployment.apps/web created`, or the object in the format asked for. */
export function said(k: Kubectl, object: ApiObject, verb: string, out: Output): void {
  const format = k.flags.text('output')
  if (format === 'yaml') out.stdout += printYaml([object])
  else if (format === 'json') out.stdout += printJson([object])
  else if (format === 'name') out.stdout += printNames([object])
  else out.say(`${resourceName(object)} ${verb}`)
}
