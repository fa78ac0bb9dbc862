import type { FieldCause } from './field.ts'

/** `metav1.StatusReason`, as far as the lab's API server answers it. */
export type StatusReason =
  | 'BadRequest'
  | 'Invalid'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Forbidden'
  | 'MethodNotAllowed'
  | 'InternalError'

/** A failed request: `metav1.Status`. `message` is `status.message`, word for word. */
export interface ApiError {
  readonly reason: StatusReason
  /** HTTP status. */
  readonly code: number
  readonly message: string
  readonly causes: readonly FieldCause[]
  readonly details?: { readonly kind: string; readonly group: string; readonly name: string }
}

/** What kind an error speaks of: `kind` for validation, `plural` for the rest. */
export interface KindNames {
  readonly kind: string
  readonly group: string
  readonly plural: string
}

const grouped = (name: string, group: string): string => (group ? `${name}.${group}` : name)

/** k8s.io/apimachinery/pkg/api/errors NewInvalid: `Service "web" is invalid: …`, several causes in brackets. */
export function invalidError(of: KindNames, name: string, causes: readonly FieldCause[]): ApiError {
  const texts = [...new Set(causes.map((c) => `${c.field}: ${c.message}`))]
  const list = texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`
  return {
    reason: 'Invalid',
    code: 422,
    message: `${grouped(of.kind, of.group)} ${JSON.stringify(name)} is invalid: ${list}`,
    causes,
    details: { kind: of.kind, group: of.group, name },
  }
}

export const badRequest = (message: string, causes: readonly FieldCause[] = []): ApiError => ({
  reason: 'BadRequest',
  code: 400,
  message,
  causes,
})

/** A request that cannot be carried out on the object as it is: HTTP status 422 without details. */
export const unprocessable = (message: string): ApiError => ({ reason: 'Invalid', code: 422, message, causes: [] })

const about = (reason: StatusReason, code: number, of: KindNames, name: string, message: string): ApiError => ({
  reason,
  code,
  message: `${grouped(of.plural, of.group)} ${JSON.stringify(name)} ${message}`,
  causes: [],
  details: { kind: of.plural, group: of.group, name },
})

export const notFoundError = (of: KindNames, name: string): ApiError => about('NotFound', 404, of, name, 'not found')
export const alreadyExists = (of: KindNames, name: string): ApiError =>
  about('AlreadyExists', 409, of, name, 'already exists')
export const forbiddenError = (of: KindNames, name: string, why: string): ApiError =>
  about('Forbidden', 403, of, name, `is forbidden: ${why}`)

/** `Operation cannot be fulfilled on pods "web": …`; the standard reason is that somebody else wrote in between. */
export const conflictError = (
  of: KindNames,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError => ({
  reason: 'Conflict',
  code: 409,
  message: `Operation cannot be fulfilled on ${grouped(of.plural, of.group)} ${JSON.stringify(name)}: ${why}`,
  causes: [],
  details: { kind: of.plural, group: of.group, name },
})

/**
 * The lines that kubectl prints to stderr (k8s.io/kubectl/pkg/cmd/util StandardErrorMessage). `doing` is what it was about,
 * for instance `creating "web.yaml"`: validation errors leave it out, as kubectl does.
 */
export function kubectlError(error: ApiError, doing?: string): string {
  if (error.reason === 'Invalid' && error.details) {
    const texts = [...new Set(error.causes.map((c) => `${c.field}: ${c.message}`))]
    const head = `The ${error.details.kind} ${JSON.stringify(error.details.name)} is invalid`
    if (texts.length === 0) return head
    return texts.length === 1 ? `${head}: ${texts[0]}` : `${head}: \n${texts.map((t) => `* ${t}`).join('\n')}`
  }
  if (error.reason === 'Invalid') return `The request is invalid: ${error.message}`
  return `Error from server (${error.reason}): ${doing ? `error when ${doing}: ` : ''}${error.message}`
}
