import { findResource, KINDS, type KindInfo } from '../../core/api/kinds/registry.ts'
import { resourceRemark } from '../../core/api/kinds/not-modelled.ts'
import type { ApiObject } from '../../core/api/kinds/types.ts'
import { objectRef } from '../../core/base/ref.ts'
import { type Kubectl, type Output, complain, refuse } from './context.ts'

/** What a command line names: objects of one kind, by name or all of them. */
export interface Target {
  readonly info: KindInfo
  /** `null`: every one, as far as the selectors go. */
  readonly name: string | null
}

/** How the words were written: `pods,svc` prints as several tables, `pod/a pod/b` as one. */
export interface Targets {
  readonly targets: readonly Target[]
  readonly kinds: readonly KindInfo[]
}

const unknownType = (word: string): never =>
  complain(`the server doesn't have a resource type ${JSON.stringify(word)}${resourceRemark(word)}`)

export const kindNamed = (word: string): KindInfo => findResource(word) ?? unknownType(word)

const CATEGORY_ALL = (): readonly KindInfo[] => KINDS.filter((info) => info.inAll)

/** `pods`, `pods,svc`, `all`, `pod a b`, `pod/a svc/b` (k8s.io/cli-runtime/pkg/resource Builder). */
export function readTargets(words: readonly string[]): Targets {
  const first = words[0] ?? ''
  if (words.some((word) => word.includes('/'))) return readPairs(words)
  const kinds = first
    .split(',')
    .filter((word) => word !== '')
    .flatMap((word) => (word === 'all' ? CATEGORY_ALL() : [kindNamed(word)]))
  const names = words.slice(1)
  if (names.length === 0) return { kinds, targets: kinds.map((info) => ({ info, name: null })) }
  return { kinds, targets: kinds.flatMap((info) => names.map((name) => ({ info, name }))) }
}

function readPairs(words: readonly string[]): Targets {
  const targets = words.map((word): Target => {
    const [type = '', name = '', ...more] = word.split('/')
    if (!word.includes('/')) {
      return complain(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      )
    }
    if (more.length > 0 || type === '' || name === '') {
      return complain('arguments in resource/name form must have a single resource and name')
    }
    return { info: kindNamed(type), name }
  })
  const kinds = [...new Set(targets.map((target) => target.info))]
  return { kinds, targets }
}

/** Name and namespace of an object as the API server keys it. */
export const refFor = (k: Kubectl, info: KindInfo, name: string): string =>
  objectRef(info.kind, info.namespaced ? k.namespace : undefined, name)

export interface Selection {
  readonly labels?: string | undefined
  readonly fields?: string | undefined
  readonly allNamespaces?: boolean
}

/** The objects of one target, in order of namespace and name; a name that is not there is said on stderr. */
export function fetchTarget(k: Kubectl, target: Target, select: Selection, out: Output): readonly ApiObject[] {
  const { info, name } = target
  out.aboutKind(info.kind)
  if (name !== null) {
    const found = k.api.get(refFor(k, info, name))
    if (found.ok) return [found.value]
    out.problem(found.error)
    return []
  }
  const listed = k.api.list(info.kind, {
    ...(info.namespaced && !select.allNamespaces && { namespace: k.namespace }),
    ...(select.labels !== undefined && { labelSelector: select.labels }),
    ...(select.fields !== undefined && { fieldSelector: select.fields }),
  })
  return listed.ok ? listed.value : refuse(listed.error)
}

/** All objects that a command line names, of any kind; for verbs that change them. */
export function fetchAll(k: Kubectl, words: readonly string[], select: Selection, out: Output): readonly ApiObject[] {
  if (words.length === 0) {
    return complain(
      "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    )
  }
  return readTargets(words).targets.flatMap((target) => fetchTarget(k, target, select, out))
}
