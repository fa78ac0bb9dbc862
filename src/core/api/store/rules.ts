import { type Result, err, ok } from '../../base/result.ts'
import { decode, decodeError, kindOf } from '../kinds/accept.ts'
import type { ApiError, KindNames } from '../kinds/errors.ts'
import { KINDS, type KindInfo } from '../kinds/registry.ts'
import type { ApiObject } from '../kinds/types.ts'
import type { CreateOptions } from './types.ts'

/** Kinds whose `metadata.generation` counts the changes of what somebody wants. */
const GENERATIONS: readonly string[] = [
  'Pod',
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'EndpointSlice',
  'NetworkPolicy',
]

export const tracksGeneration = (info: KindInfo): boolean => GENERATIONS.includes(info.kind)

/** Kinds whose `status` a plain create does not take. A kubelet registers its Node with the status in one request. */
const dropsStatus = (info: KindInfo): boolean => info.hasStatus && info.kind !== 'Node'

export const rulesFor = (object: ApiObject): Result<KindInfo, ApiError> => kindOf(object)

const names: ReadonlyMap<string, KindInfo> = new Map(KINDS.map((info) => [info.kind, info]))

/** The names of a kind in errors, for kinds that may be unknown. */
export const namesOf = (kind: string): KindNames =>
  names.get(kind) ?? { kind, group: '', plural: `${kind.toLowerCase()}s` }

/** A decoded and defaulted copy of what was sent. */
export function prepare(info: KindInfo, sent: ApiObject, options: CreateOptions): Result<ApiObject, ApiError> {
  let object = sent
  if (options.fieldValidation === 'Strict') {
    const decoded = decode(info, sent)
    const failure = decodeError(info, decoded)
    if (failure) return err(failure)
    object = decoded.object
  }
  if (!dropsStatus(info)) return ok(info.default(object))
  const { status: _status, ...rest } = object
  return ok(info.default(rest as ApiObject))
}
