import type { Key } from '../../base/order.ts'
import type { ObjectRef } from '../../base/ref.ts'
import type { Index, Table } from '../../world/table.ts'
import type { World } from '../../world/world.ts'
import type { ApiObject, EndpointSlice, Event, Pod } from '../kinds/types.ts'
import type { WatchRow } from './types.ts'

/** The label that ties an EndpointSlice to its Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

/** Who holds an allocated address or port. */
export interface AllocationRow {
  readonly ref: ObjectRef
}

/** All tables of the API server: what etcd holds, and the allocators' bitmaps. */
export interface ApiTables {
  readonly objects: Table<ApiObject, ObjectRef>
  /** `Pod`. */
  readonly byKind: Index<ApiObject, ObjectRef>
  /** `Pod/default`. */
  readonly byKindNamespace: Index<ApiObject, ObjectRef>
  /** Namespaced objects by namespace, Events apart. */
  readonly byNamespace: Index<ApiObject, ObjectRef>
  readonly byUid: Index<ApiObject, ObjectRef>
  /** By the uid of each owner. */
  readonly byOwner: Index<ApiObject, ObjectRef>
  /** `Pod/default`: objects of a namespace that no controller manages. */
  readonly orphans: Index<ApiObject, ObjectRef>
  readonly podsByNode: Index<ApiObject, ObjectRef>
  /** `default/web`. */
  readonly slicesByService: Index<ApiObject, ObjectRef>
  /** Events that count as one series: `eventSeries` computes the value. */
  readonly eventsBySeries: Index<ApiObject, ObjectRef>
  readonly watches: Table<WatchRow, string>
  readonly watchesByKind: Index<WatchRow, string>
  readonly clusterIps: Table<AllocationRow, number>
  readonly nodePorts: Table<AllocationRow, number>
  /** What each field manager applied last (`apply` patches), by `<manager> <ref>`. */
  readonly applied: Table<{ readonly object: object }, string>
}

export function defineTables(world: World): ApiTables {
  const objects = world.define<ApiObject, ObjectRef>('object')
  const watches = world.define<WatchRow, string>('watch')
  const on = (value: (object: ApiObject) => Key | readonly Key[] | undefined): Index<ApiObject, ObjectRef> =>
    world.index(objects, value)
  return {
    objects,
    byKind: on((o) => o.kind),
    byKindNamespace: on((o) => (o.metadata.namespace ? `${o.kind}/${o.metadata.namespace}` : undefined)),
    byNamespace: on((o) => (o.kind === 'Event' ? undefined : o.metadata.namespace)),
    byUid: on((o) => o.metadata.uid),
    byOwner: on((o) => o.metadata.ownerReferences?.map((owner) => owner.uid)),
    orphans: on((o) =>
      o.metadata.ownerReferences?.some((owner) => owner.controller)
        ? undefined
        : `${o.kind}/${o.metadata.namespace ?? ''}`,
    ),
    podsByNode: on((o) => (o.kind === 'Pod' ? (o as Pod).spec.nodeName || undefined : undefined)),
    slicesByService: on((o) => (o.kind === 'EndpointSlice' ? serviceOfSlice(o as EndpointSlice) : undefined)),
    eventsBySeries: on((o) => (o.kind === 'Event' ? eventSeries(o as Event) : undefined)),
    watches,
    watchesByKind: world.index(watches, (watch) => watch.kinds),
    clusterIps: world.define<AllocationRow, number>('clusterIP'),
    nodePorts: world.define<AllocationRow, number>('nodePort'),
    applied: world.define<{ readonly object: object }, string>('applied'),
  }
}

function serviceOfSlice(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL]
  return name && `${slice.metadata.namespace}/${name}`
}

/** Events that differ in nothing but their time are one object with a count (client-go tools/record EventCorrelator). */
export const eventSeries = (event: Pick<Event, 'involvedObject' | 'reason' | 'message' | 'source'>): string => {
  const about = event.involvedObject
  return [
    about.kind,
    about.namespace,
    about.name,
    about.uid,
    about.fieldPath,
    event.source?.component,
    event.source?.host,
    event.reason,
    event.message,
  ].join('|')
}
