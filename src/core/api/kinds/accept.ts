import { type Result, err, ok } from '../../base/result.ts'
import { type DecodeProblem, type Decoded, decodeAs } from './decode.ts'
import { type ApiError, badRequest, invalidError } from './errors.ts'
import type { FieldCause } from './field.ts'
import { type Json, get, isJson, put } from './json.ts'
import { type KindInfo, findKind } from './registry.ts'
import { kindRemark } from './not-modelled.ts'
import type { ApiObject } from './types.ts'

/** kubectl's words for a kind that the API server does not have. */
export const noMatch = (kind: string, apiVersion: string): string =>
  `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}${kindRemark(kind, apiVersion)}`

/** The kind that plain JSON says it is, or kubectl's complaint that there is no such thing. */
export function kindOf(raw: Json): Result<KindInfo, ApiError> {
  const kind = get(raw, 'kind')
  const apiVersion = get(raw, 'apiVersion')
  if (typeof kind !== 'string' || kind === '')
    return err(badRequest(`Object 'Kind' is missing in '${JSON.stringify(raw)}'`))
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return err(badRequest(`Object 'apiVersion' is missing in '${JSON.stringify(raw)}'`))
  const info = findKind(apiVersion, kind)
  return info ? ok(info) : err({ ...badRequest(noMatch(kind, apiVersion)), reason: 'NotFound', code: 404 })
}

/** Reads plain JSON as an object of the kind. Absent metadata becomes an empty one. */
export function decode(info: KindInfo, raw: Json): Decoded & { readonly object: ApiObject } {
  const decoded = decodeAs(info.schema, raw)
  const object = { ...decoded.object, apiVersion: info.apiVersion, kind: info.kind } as Json
  if (!isJson(object.metadata)) put(object, 'metadata', {})
  return { ...decoded, object: object as ApiObject & Json }
}

/** The API server's answer to a document that it cannot decode: the first wrong type, else all unknown fields. */
export function decodeError(info: KindInfo, decoded: Pick<Decoded, 'typeErrors' | 'strictErrors'>): ApiError | null {
  const { typeErrors, strictErrors } = decoded
  const reason =
    typeErrors[0]?.message ??
    (strictErrors.length > 0 ? `strict decoding error: ${strictErrors.map((p) => p.message).join(', ')}` : null)
  if (reason === null) return null
  const text = `${info.kind} in version ${JSON.stringify(info.version)} cannot be handled as a ${info.kind}: ${reason}`
  return badRequest(text, [...typeErrors, ...strictErrors].map(asCause))
}

const asCause = (problem: DecodeProblem): FieldCause => ({
  field: '',
  path: problem.path,
  type: 'Invalid value',
  detail: problem.message,
  message: problem.message,
})

/** What a write does before storing: decode strictly, default, validate (against `old` on update). */
export function accept(raw: Json, old?: ApiObject): Result<ApiObject, ApiError> {
  const info = kindOf(raw)
  if (!info.ok) return info
  const decoded = decode(info.value, raw)
  const failure = decodeError(info.value, decoded)
  return failure ? err(failure) : admit(info.value, decoded.object, old)
}

/** Defaults and validates an object that agents of our own have made, whose shape the types guarantee. */
export function admit(info: KindInfo, object: ApiObject, old?: ApiObject): Result<ApiObject, ApiError> {
  const full = info.default(object)
  const causes = info.validate(full, old)
  return causes.length === 0 ? ok(full) : err(invalidError(info, full.metadata.name ?? '', causes))
}
