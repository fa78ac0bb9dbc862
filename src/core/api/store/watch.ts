import type { ObjectRef } from '../../base/ref.ts'
import type { Bucket } from '../../world/table.ts'
import type { ApiObject } from '../kinds/types.ts'
import { matchesFields } from './field-selector.ts'
import type { ObjectStore } from './object-store.ts'
import type { Actor, Subscriber, WatchOptions, WatchRow } from './types.ts'

/** Adds a row to the `watch` table and sends what exists already, as list-then-watch does. */
export function subscribe(
  store: ObjectStore,
  kinds: readonly string[],
  subscriber: Subscriber,
  options: WatchOptions,
): void {
  const { namespace, fieldSelector } = options
  const watch: WatchRow = {
    actor: subscriber.actor,
    event: subscriber.event.kind,
    kinds,
    background: options.background ?? false,
    ...(namespace !== undefined && { namespace }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  }
  const key = [watch.actor, watch.event, kinds.join(','), namespace ?? '', fieldSelector ?? ''].join('|')
  store.world.put(store.tables.watches, key, watch)
  if (options.sendInitial ?? true) for (const kind of kinds) sendExisting(store, kind, watch)
}

function sendExisting(store: ObjectStore, kind: string, watch: WatchRow): void {
  for (const object of bucket(store, kind, watch.namespace).rows()) {
    if (matchesFields(watch.fieldSelector, object)) store.notify(watch, 'ADDED', object)
  }
}

/** The objects of a kind, in one namespace or in all of them. */
export const bucket = (store: ObjectStore, kind: string, namespace?: string): Bucket<ApiObject, ObjectRef> =>
  namespace === undefined ? store.tables.byKind.at(kind) : store.tables.byKindNamespace.at(`${kind}/${namespace}`)

/** The program has ended: nothing is sent to it any more. Notices under way still arrive. */
export function unsubscribe(store: ObjectStore, actor: Actor): void {
  const { watches } = store.tables
  for (const key of watches.keys()) if (watches.get(key)!.actor === actor) store.world.delete(watches, key)
}
