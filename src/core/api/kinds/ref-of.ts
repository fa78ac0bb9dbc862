import { type ObjectRef, objectRef } from '../../base/ref.ts'
import type { ApiObject } from './types.ts'

/** Names the object among all of a cluster. */
export const refOf = ({ kind, metadata }: ApiObject): ObjectRef => objectRef(kind, metadata.namespace, metadata.name)
