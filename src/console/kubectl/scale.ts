import type { ApiObject, Container } from '../../core/api/kinds/types.ts'
import { resourceName } from '../../core/api/print/serialize.ts'
import type { CommandResult } from '../types.ts'
import { SELECTING, chosen, patchAndSay } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import type { FlagTable } from './flags.ts'

export const SCALE_FLAGS: FlagTable = { ...SELECTING, replicas: 'text', 'current-replicas': 'text', timeout: 'absent' }
export const SET_FLAGS: FlagTable = { ...SELECTING, local: 'absent' }

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
  const all = [...(spec.initContainers ?? []), ...spec.containers]
  const missing = updates.filter(([name]) => name !== '*' && !all.some((container) => container.name === name))
  for (const [name] of missing) {
    out.warn(`error: unable to find container named ${JSON.stringify(name)}`)
    out.exit = 1
  }
  if (missing.length > 0) return
  const updated = (container: Container): Container => {
    const update = updates.find(([name]) => name === '*' || name === container.name)
    return update ? { ...container, image: update[1] } : container
  }
  if (all.every((container) => updated(container).image === container.image)) return
  const change = {
    containers: spec.containers.map(updated),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(updated) }),
  }
  const patch = object.kind === 'Pod' ? { spec: change } : { spec: { template: { spec: change } } }
  patchAndSay(k, object, patch, 'image updated', out)
}

interface Containers {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
}

function podSpecOf(object: ApiObject): Containers | undefined {
  const spec = object['spec'] as
    | (Partial<Containers> & { readonly template?: { readonly spec: Containers } })
    | undefined
  return spec?.containers ? (spec as Containers) : spec?.template?.spec
}
