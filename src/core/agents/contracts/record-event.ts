import { EPOCH_MS, timestamp } from '../../base/time.ts'
import { objectRef } from '../../base/ref.ts'
import type { ApiObject, Event, ObjectReference } from '../../api/kinds/types.ts'
import type { ApiServer } from '../../api/store/store.ts'
import { eventSeries } from '../../api/store/tables.ts'
import type { Actor } from '../../api/store/types.ts'

/** What a program says about an object, as `kubectl describe` lists it under Events. */
export interface EventRecord {
  /** The object itself; `fieldPath` for one of its containers, such as `spec.containers{nginx}`. */
  readonly about: ApiObject
  readonly fieldPath?: string
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** `source.component`: `kubelet`, `default-scheduler`, `replicaset-controller` … */
  readonly component: string
  /** `source.host`: the node, for kubelet and kube-proxy. */
  readonly host?: string
}

/**
 * Writes a core/v1 Event (client-go tools/record). What differs in nothing but time from an earlier one raises its count.
 * Never fails: an event that cannot be written is lost, as in the real client.
 */
export function recordEvent(api: ApiServer, record: EventRecord, by: Actor = record.component): void {
  const event = newEvent(api, record)
  const known = api.tables.eventsBySeries.at(eventSeries(event)).first()
  if (known) {
    const again = known as Event
    const count = (again.count ?? 1) + 1
    api.update<Event>({ ...again, count, lastTimestamp: event.lastTimestamp }, by)
    return
  }
  api.create(event, by)
}

function newEvent(api: ApiServer, record: EventRecord): Event {
  const { about } = record
  const now = timestamp(api.sim.now)
  const namespace = about.metadata.namespace ?? 'default'
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: freeName(api, namespace, about.metadata.name), namespace },
    involvedObject: reference(about, record.fieldPath),
    reason: record.reason,
    message: record.message,
    source: { component: record.component, ...(record.host !== undefined && { host: record.host }) },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type: record.type,
    reportingComponent: record.component,
    reportingInstance: record.host ?? '',
  }
}

export const reference = (object: ApiObject, fieldPath?: string): ObjectReference => ({
  kind: object.kind,
  ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
  name: object.metadata.name,
  ...(object.metadata.uid !== undefined && { uid: object.metadata.uid }),
  apiVersion: object.apiVersion,
  ...(object.metadata.resourceVersion !== undefined && { resourceVersion: object.metadata.resourceVersion }),
  ...(fieldPath !== undefined && { fieldPath }),
})

/** `<object>.<hexadecimal nanoseconds>`; a second event of the same instant takes the next nanosecond. */
function freeName(api: ApiServer, namespace: string, object: string): string {
  let stamp = BigInt(EPOCH_MS) * 1_000_000n + BigInt(api.sim.now)
  while (api.peek(objectRef('Event', namespace, `${object}.${stamp.toString(16)}`))) stamp++
  return `${object}.${stamp.toString(16)}`
}
