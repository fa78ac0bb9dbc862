import type { ApiObject, Event, StringMap } from '../../../core/api/kinds/types.ts'
import { simTimeOf } from '../../../core/api/print/age.ts'
import { EPOCH_MS, SEC } from '../../../core/base/time.ts'
import type { Kubectl } from '../context.ts'
import { byLastSeen, eventInterval } from '../events.ts'
import { tabwrite } from '../tabwriter.ts'

/** A description in the making: lines with tabs, aligned when it is flushed (k8s.io/kubectl/pkg/describe PrefixWriter). */
export class Description {
  #text = ''
  #pending = ''

  /** One line; `level` is the indentation in steps of two. */
  line(level: number, text: string): void {
    this.#pending += `${'  '.repeat(level)}${text}\n`
  }

  /** Columns before and after this point know nothing of one another. */
  flush(): void {
    this.#text += tabwrite(this.#pending)
    this.#pending = ''
  }

  /** As it was written, tabs and all. */
  raw(): string {
    return this.#text + this.#pending
  }

  toString(): string {
    this.flush()
    return this.#text
  }
}

export const none = (text: string | undefined): string => (text === undefined || text === '' ? '<none>' : text)

/** `Thu, 01 Jan 2026 00:00:10 +0000`. */
export function rfc1123(text: string | undefined): string {
  const time = text === undefined ? null : simTimeOf(text)
  if (time === null) return '<unset>'
  return new Date(EPOCH_MS + Math.floor(time / SEC) * 1000).toUTCString().replace('GMT', '+0000')
}

const sortedEntries = (map: StringMap | undefined): readonly (readonly [string, string])[] =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

/** Labels, one a line (printLabelsMultiline). */
export function labels(d: Description, level: number, title: string, map: StringMap | undefined): void {
  const entries = sortedEntries(map)
  if (entries.length === 0) return d.line(level, `${title}:\t<none>`)
  entries.forEach(([key, value], i) => d.line(level, `${i === 0 ? `${title}:` : ''}\t${key}=${value}`))
}

const MAX_ANNOTATION = 140

/** Annotations, one a line; a long one goes to a line of its own and is cut (printAnnotationsMultiline). */
export function annotations(d: Description, map: StringMap | undefined): void {
  const entries = sortedEntries(map).filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration')
  if (entries.length === 0) return d.line(0, 'Annotations:\t<none>')
  entries.forEach(([key, value], i) => {
    const head = i === 0 ? 'Annotations:' : ''
    const text = value.replace(/\n$/, '')
    if (text.length + key.length + 2 <= MAX_ANNOTATION && !text.includes('\n'))
      return d.line(0, `${head}\t${key}: ${text}`)
    d.line(0, `${head}\t${key}:`)
    for (const line of text.split('\n'))
      d.line(0, `\t  ${line.length > MAX_ANNOTATION ? `${line.slice(0, MAX_ANNOTATION)}...` : line}`)
  })
}

/** Name, namespace, labels and annotations: the head of every description. */
export function head(d: Description, object: ApiObject): void {
  const { name, namespace } = object.metadata
  d.line(0, `Name:\t${name}`)
  if (namespace) d.line(0, `Namespace:\t${namespace}`)
}

/** The events about an object, the oldest first (DescribeEvents). */
export function events(k: Kubectl, d: Description, object: ApiObject): void {
  if (!k.flags.on('show-events', true)) return
  const about = k.api.ofKind<Event>('Event').filter((event) => {
    const { kind, name, namespace, uid } = event.involvedObject
    if (kind !== object.kind || name !== object.metadata.name) return false
    if (object.metadata.namespace !== undefined && namespace !== object.metadata.namespace) return false
    return uid === undefined || uid === '' || uid === object.metadata.uid || object.kind === 'Node'
  })
  if (about.length === 0) return d.line(0, 'Events:\t<none>')
  d.flush()
  d.line(0, 'Events:')
  d.line(1, 'Type\tReason\tAge\tFrom\tMessage')
  d.line(1, '----\t------\t----\t----\t-------')
  for (const event of [...about].sort(byLastSeen)) {
    const source = event.source?.component ?? event.reportingComponent ?? ''
    const { fieldPath } = event.involvedObject
    const message = `${fieldPath ? `${fieldPath}: ` : ''}${(event.message ?? '').trim()}`
    d.line(1, `${event.type ?? ''}\t${event.reason ?? ''}\t${eventInterval(event, k.now)}\t${source}\t${message}`)
  }
}

export function controlledBy(d: Description, object: ApiObject): void {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller)
  if (owner) d.line(0, `Controlled By:\t${owner.kind}/${owner.name}`)
}
