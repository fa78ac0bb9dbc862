import { alignColumns } from '../../core/api/print/table.ts'
import { ageOf } from '../../core/api/print/age.ts'
import type { Event } from '../../core/api/kinds/types.ts'
import { compareKeys } from '../../core/base/order.ts'
import type { SimTime } from '../../core/base/time.ts'
import { type CommandResult, done } from '../types.ts'
import { type Kubectl, complain, refuse } from './context.ts'
import type { FlagTable } from './flags.ts'
import { formatted } from './get.ts'
import { kindNamed } from './resources.ts'

export const EVENTS_FLAGS: FlagTable = {
  'all-namespaces|A': 'bool',
  for: 'text',
  types: 'list',
  'no-headers': 'bool',
  'output|o': 'text',
  template: 'text',
  'watch|w': 'absent',
  'chunk-size': 'text',
}

/** When it was seen last, as text that sorts. */
const lastSeen = (event: Event): string =>
  event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ''

/** The order in which kubectl prints events: those seen last come last. */
export const byLastSeen = (a: Event, b: Event): number => compareKeys(lastSeen(a), lastSeen(b))

/** `20s`, or `20s (x4 over 51s)` of what happened several times (getInterval of pkg/cmd/events). */
export function eventInterval(event: Event, now: SimTime): string {
  const first = ageOf(event.eventTime ?? event.firstTimestamp ?? event.metadata.creationTimestamp, now)
  return (event.count ?? 1) > 1 ? `${ageOf(event.lastTimestamp, now)} (x${event.count} over ${first})` : first
}

const TYPES: ReadonlySet<string> = new Set(['normal', 'warning'])

/** `kubectl events`: what happened, the oldest first. */
export function listEvents(k: Kubectl): CommandResult {
  const all = k.flags.on('all-namespaces')
  const types = k.flags.list('types').map((type) => type.toLowerCase())
  if (types.some((type) => !TYPES.has(type))) return complain('valid --types are Normal or Warning')
  const listed = k.api.list<Event>('Event', {
    ...(!all && { namespace: k.namespace }),
    ...(k.flags.has('for') && { fieldSelector: selectorFor(k.flags.text('for')!) }),
  })
  if (!listed.ok) return refuse(listed.error)
  const events = listed.value
    .filter((event) => types.length === 0 || types.includes((event.type ?? '').toLowerCase()))
    .sort(byLastSeen)
  if (events.length === 0)
    return done('', 0, all ? 'No events found.\n' : `No events found in ${k.namespace} namespace.\n`)
  const format = k.flags.text('output') ?? ''
  if (format !== '') return done(formatted(k, format, events, false))
  const header = [...(all ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']
  const rows = events.map((event) => [
    ...(all ? [event.metadata.namespace ?? ''] : []),
    eventInterval(event, k.now),
    event.type ?? '',
    event.reason ?? '',
    `${event.involvedObject.kind}/${event.involvedObject.name}`,
    (event.message ?? '').trim(),
  ])
  return done(alignColumns(k.flags.on('no-headers') ? rows : [header, ...rows]))
}

function selectorFor(word: string): string {
  const [type = '', name = '', ...more] = word.split('/')
  if (more.length > 0) return complain('arguments in resource/name form may not have more than one slash')
  if (type === '' || name === '') return complain('--for must be in resource/name form')
  const { kind, apiVersion } = kindNamed(type)
  return `involvedObject.kind=${kind},involvedObject.apiVersion=${apiVersion},involvedObject.name=${name}`
}
