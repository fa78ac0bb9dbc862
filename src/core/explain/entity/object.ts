import { ageOf } from '../../api/print/age.ts'
import { tableOf } from '../../api/print/get.ts'
import { printYaml } from '../../api/print/serialize.ts'
import type { ApiObject, Event } from '../../api/kinds/types.ts'
import { type ObjectRef, objectRef, splitRef } from '../../base/ref.ts'
import { familyOf } from '../cluster.ts'
import { causeChain } from '../provenance.ts'
import type { EntityView, TableView } from '../views.ts'
import { type Marks, entryRow } from './row.ts'
import { rowsFor } from './rows-for.ts'

/** An API object: what `kubectl get -o wide` says of it, its family, its events, and the rows that exist for it anywhere. */
export function objectView(marks: Marks, ref: ObjectRef): EntityView | null {
  const { env, lines } = marks
  const object = env.api?.peek(ref)
  if (!env.api || !object) return null
  const { kind, namespace, name } = splitRef(ref)
  const entry = env.api.tables.objects.entry(ref)
  const by = causeChain(env, entry?.cause ?? 0)[0]
  return {
    title: name,
    subtitle: namespace ? `${kind} · ${namespace}` : kind,
    facts: [
      ...wideFacts(marks, object),
      { name: 'resourceVersion', value: object.metadata.resourceVersion ?? '' },
      ...(by ? [{ name: 'lastWrite', value: `${by.actor} ${by.verb}` }] : []),
    ],
    tables: [...familyTables(marks, ref), ...eventTable(marks, ref)],
    yaml: printYaml([object]),
    line: lines(ref),
    rows: rowsFor(env, ref),
  }
}

/** The columns of `kubectl get -o wide`, as facts. */
function wideFacts({ env }: Marks, object: ApiObject): EntityView['facts'][number][] {
  const { columns, rows } = tableOf(object.kind, [object], env.sim.now, true)
  const row = rows[0]
  if (!row) return []
  return columns.flatMap((column, i) => {
    const value = String(row.cells[i] ?? '')
    return column.name === 'Name' || value === '' || value === '<none>' ? [] : [{ name: column.name, value }]
  })
}

/** What exists because of the object, kind by kind, as `kubectl get` lists it. */
function familyTables(marks: Marks, ref: ObjectRef): TableView[] {
  const { env } = marks
  const byKind = new Map<string, ApiObject[]>()
  for (const member of [...familyOf(env, ref)].sort()) {
    const object = member === ref ? undefined : env.api?.peek(member)
    if (!object || object.kind === 'Event') continue
    const list = byKind.get(object.kind)
    if (list) list.push(object)
    else byKind.set(object.kind, [object])
  }
  return [...byKind.keys()].sort().map((kind) => kindTable(marks, kind, byKind.get(kind)!))
}

function kindTable(marks: Marks, kind: string, objects: readonly ApiObject[]): TableView {
  const { columns, rows } = tableOf(kind, objects, marks.env.sim.now)
  const shown = columns.map((column, i) => ({ column, i })).filter(({ column }) => !column.wide)
  return {
    title: 'objects',
    command: `kubectl get ${kind.toLowerCase()}`,
    columns: shown.map(({ column }) => column.name),
    rows: rows.map((row, n) => {
      const { metadata } = objects[n]!
      const cells = shown.map(({ i }) => String(row.cells[i] ?? ''))
      return entryRow(marks, 'object', objectRef(kind, metadata.namespace, metadata.name), cells)
    }),
  }
}

function eventTable(marks: Marks, ref: ObjectRef): TableView[] {
  const { env } = marks
  const { kind, namespace, name } = splitRef(ref)
  const events = (env.api?.ofKind<Event>('Event', namespace ?? 'default') ?? []).filter(
    ({ involvedObject: about }) => about.kind === kind && about.name === name,
  )
  if (events.length === 0) return []
  const rows = events.map((event) =>
    entryRow(marks, 'object', objectRef('Event', event.metadata.namespace, event.metadata.name), [
      event.type ?? '',
      event.reason ?? '',
      ageOf(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp, env.sim.now),
      event.source?.component ?? event.reportingComponent ?? '',
      event.message ?? '',
    ]),
  )
  return [
    {
      title: 'events',
      command: `kubectl describe ${kind.toLowerCase()} ${name}`,
      columns: ['Type', 'Reason', 'Age', 'From', 'Message'],
      rows,
    },
  ]
}
