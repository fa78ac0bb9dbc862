import { kindInfo } from '../kinds/registry.ts'
import type { ApiObject } from '../kinds/types.ts'

interface Term {
  readonly path: readonly string[]
  readonly equals: boolean
  readonly value: string
}

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** What lists can be filtered by besides name and namespace (pkg/apis/core/v1/conversion.go AddFieldLabelConversionsFor…). */
const LABELS: { readonly [kind: string]: readonly string[] } = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  Node: ['spec.unschedulable'],
  Namespace: ['status.phase'],
  Secret: ['type'],
  Service: ['spec.clusterIP', 'spec.type'],
  Event: [...INVOLVED.map((field) => `involvedObject.${field}`), 'reason', 'reportingComponent', 'source', 'type'],
}

/** What the API server answers to a selector it cannot use; `null` if it can. */
export function fieldSelectorProblem(kind: string, selector: string | undefined, labels: string): string | null {
  if (!selector) return null
  const terms = parse(selector)
  const odd = terms.find(({ path }) => path.length === 0)
  if (odd) return `invalid selector: ${JSON.stringify(selector)}; can't understand ${JSON.stringify(odd.value)}`
  const { group, version, plural, namespaced } = kindInfo(kind)
  const known = ['metadata.name', ...(namespaced ? ['metadata.namespace'] : []), ...(LABELS[kind] ?? [])]
  const unknown = terms.map(({ path }) => path.join('.')).find((label) => !known.includes(label))
  if (unknown === undefined) return null
  const why = Object.hasOwn(LABELS, kind)
    ? `field label not supported: ${unknown}`
    : `${JSON.stringify(unknown)} is not a known field selector: only "metadata.name", "metadata.namespace"`
  return `Unable to find ${JSON.stringify(`${group}/${version}, Resource=${plural}`)} that match label selector ${JSON.stringify(labels)}, field selector ${JSON.stringify(selector)}: ${why}`
}

/** Parsed selectors: a cache of constants, no state of the simulation. Begun anew when people have typed this many. */
const REMEMBERED = 500
const parsed = new Map<string, readonly Term[]>()

/** `spec.nodeName=node1,status.phase!=Failed` (k8s.io/apimachinery/pkg/fields). A term without an operator has no path, and its text as value. */
function parse(selector: string): readonly Term[] {
  const known = parsed.get(selector)
  if (known) return known
  const terms = selector
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseTerm)
  if (parsed.size >= REMEMBERED) parsed.clear()
  parsed.set(selector, terms)
  return terms
}

function parseTerm(text: string): Term {
  // Trimmed by hand: blanks on both sides of `.*?` would be tried in every way.
  const match = /^([^=!\s]+)\s*(!=|==|=)/.exec(text.trimStart())
  if (!match) return { path: [], equals: true, value: text }
  const value = text.trimStart().slice(match[0].length).trim()
  return { path: match[1]!.split('.'), equals: match[2] !== '!=', value }
}

const SWITCHES: ReadonlySet<string> = new Set(['spec.unschedulable', 'spec.hostNetwork'])

/** The text at a dotted path, as the API server's field functions answer: '' where there is none, `false` for a switch. */
function fieldText(object: ApiObject, path: readonly string[]): string {
  const text = textAt(object, object.kind === 'Event' && path[0] === 'source' ? ['source', 'component'] : path)
  return text === '' && SWITCHES.has(path.join('.')) ? 'false' : text
}

function textAt(object: ApiObject, path: readonly string[]): string {
  let value: unknown = object
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return ''
    value = (value as { readonly [key: string]: unknown })[name]
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

export const matchesFields = (selector: string | undefined, object: ApiObject): boolean =>
  !selector || parse(selector).every((term) => (fieldText(object, term.path) === term.value) === term.equals)
