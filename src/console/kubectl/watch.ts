import { printTable } from '../../core/api/print/get.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import type { Poll } from '../follow/follower.ts'
import type { ConsoleEnv } from '../types.ts'
import type { Kubectl } from './context.ts'
import type { Selection, Target } from './resources.ts'

/** `kubectl get -w`: the versions that were printed, by namespace and name. */
export interface WatchState {
  readonly f: 'watch'
  readonly kind: string
  readonly namespace: string | null
  readonly names: readonly string[] | null
  readonly labels: string | null
  readonly fields: string | null
  readonly wide: boolean
  readonly showNamespace: boolean
  readonly seen: Readonly<Record<string, string>>
}

export function watchState(k: Kubectl, targets: readonly Target[], select: Selection): WatchState {
  const { info } = targets[0]!
  const names = targets.every((target) => target.name !== null) ? targets.map((target) => target.name!) : null
  const state: WatchState = {
    f: 'watch',
    kind: info.kind,
    namespace: info.namespaced && !select.allNamespaces ? k.namespace : null,
    names,
    labels: select.labels ?? null,
    fields: select.fields ?? null,
    wide: k.flags.text('output') === 'wide',
    showNamespace: info.namespaced && select.allNamespaces === true,
    seen: {},
  }
  return { ...state, seen: versions(matching(k.env, state)) }
}

function matching(env: ConsoleEnv, state: WatchState): readonly ApiObject[] {
  const listed = env.api?.list(state.kind, {
    ...(state.namespace !== null && { namespace: state.namespace }),
    ...(state.labels !== null && { labelSelector: state.labels }),
    ...(state.fields !== null && { fieldSelector: state.fields }),
  })
  const objects = listed?.ok ? listed.value : []
  return state.names === null ? objects : objects.filter((object) => state.names!.includes(object.metadata.name))
}

const keyOf = (object: ApiObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`

const versions = (objects: readonly ApiObject[]): Record<string, string> =>
  Object.fromEntries(objects.map((object) => [keyOf(object), object.metadata.resourceVersion ?? '']))

/** A line for every object that changed since the last look. Several changes between two looks show as one line. */
export function followWatch(env: ConsoleEnv, state: WatchState): Poll {
  const objects = matching(env, state)
  const changed = objects.filter((object) => state.seen[keyOf(object)] !== object.metadata.resourceVersion)
  const stdout = printTable(state.kind, changed, {
    now: env.kernel.now,
    wide: state.wide,
    showNamespace: state.showNamespace,
    noHeaders: Object.keys(state.seen).length > 0,
  })
  const gone = Object.keys(state.seen).length !== objects.length
  const follower = changed.length === 0 && !gone ? state : { ...state, seen: versions(objects) }
  return { stdout, stderr: '', follower, exit: 0 }
}
