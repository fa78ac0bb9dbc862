import { timestamp } from '../../base/time.ts'
import type { ObjectStore } from './object-store.ts'
import { refOf } from '../kinds/ref-of.ts'
import type { ApiObject, ObjectMeta } from '../kinds/types.ts'

/** The letters of generated names: no vowels and nothing that is easily confused (k8s.io/apimachinery/pkg/util/rand). */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
/** metadata.name of a generated name is cut so that the whole has at most 63 characters. */
const MAX_BASE = 63 - SUFFIX_LENGTH

/** Five letters out of the stream `name`. */
export function randomSuffix(store: Pick<ObjectStore, 'world'>): string {
  let suffix = ''
  for (let i = 0; i < SUFFIX_LENGTH; i++)
    suffix += SUFFIX_LETTERS[store.world.randomBelow('name', SUFFIX_LETTERS.length)]
  return suffix
}

/** Fills in `metadata.name` from `generateName`, avoiding names in use as the API server does (8 tries). */
export function withGeneratedName<T extends ApiObject>(store: ObjectStore, object: T): T {
  const base = object.metadata.generateName
  if (object.metadata.name || !base) return object
  let named = object
  for (let attempt = 0; attempt < 8; attempt++) {
    named = { ...object, metadata: { ...object.metadata, name: base.slice(0, MAX_BASE) + randomSuffix(store) } }
    if (!store.read(refOf(named))) break
  }
  return named
}

/** A random (version 4) UUID out of the stream `uid`. */
function newUid(store: ObjectStore): string {
  const hex = (word: number): string => word.toString(16).padStart(8, '0')
  const draw = (): number => store.world.random('uid')
  const [a, b, c, d] = [hex(draw()), hex(draw()), hex(((draw() & 0x3fffffff) | 0x80000000) >>> 0), hex(draw())]
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${c.slice(0, 4)}-${c.slice(4)}${d}`
}

/** The metadata of an object on creation: what only the server may set is set, whatever the client sent (rest.BeforeCreate). */
export function newMetadata(store: ObjectStore, meta: ObjectMeta, tracksGeneration: boolean): ObjectMeta {
  const { generation: _g, deletionTimestamp: _d, deletionGracePeriodSeconds: _s, resourceVersion: _r, ...kept } = meta
  return {
    ...kept,
    uid: newUid(store),
    creationTimestamp: timestamp(store.sim.now),
    ...(tracksGeneration && { generation: 1 }),
  }
}

/** The metadata of an object on update: of `next`, only what clients may change (rest.BeforeUpdate). */
export function updatedMetadata(next: ObjectMeta, existing: ObjectMeta): ObjectMeta {
  const { labels: _l, annotations: _a, ownerReferences: _o, finalizers: _f, ...fixed } = existing
  return {
    ...fixed,
    ...(next.labels && { labels: next.labels }),
    ...(next.annotations && { annotations: next.annotations }),
    ...(next.ownerReferences?.length && { ownerReferences: next.ownerReferences }),
    ...(next.finalizers?.length && { finalizers: next.finalizers }),
  }
}
