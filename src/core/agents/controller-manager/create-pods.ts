import { type Result, err, ok } from '../../base/result.ts'
import type { ApiError } from '../../api/kinds/errors.ts'
import type { ApiObject, Pod, PodTemplateSpec } from '../../api/kinds/types.ts'
import { refOf } from '../../api/kinds/ref-of.ts'
import { controllerRef } from '../contracts/pod-status.ts'
import type { ControllerContext } from '../contracts/informer.ts'
import { recordEvent } from '../contracts/record-event.ts'

/** A pod of the template, named after its owner (controller_utils GetPodFromTemplate). */
export const podFromTemplate = (owner: ApiObject, template: PodTemplateSpec): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: '',
    generateName: `${owner.metadata.name}-`,
    ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
    ...(template.metadata?.labels && { labels: template.metadata.labels }),
    ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
    ...(template.metadata?.finalizers && { finalizers: template.metadata.finalizers }),
    ownerReferences: [controllerRef(owner)],
  },
  spec: template.spec,
})

/** Creates a pod for `owner` and tells so as an event on the owner. */
export function createPod(
  { api }: ControllerContext,
  owner: ApiObject,
  pod: Pod,
  actor: string,
): Result<Pod, ApiError> {
  const created = api.create(pod, actor)
  if (created.ok) {
    const message = `Created pod: ${created.value.metadata.name}`
    recordEvent(api, { about: owner, type: 'Normal', reason: 'SuccessfulCreate', message, component: actor })
    return ok(created.value)
  }
  if (!isNamespaceTerminating(created.error)) {
    const message = `Error creating: ${created.error.message}`
    recordEvent(api, { about: owner, type: 'Warning', reason: 'FailedCreate', message, component: actor })
  }
  return err(created.error)
}

export function deletePod({ api }: ControllerContext, owner: ApiObject, pod: Pod, actor: string): void {
  const deleted = api.delete(refOf(pod), actor)
  if (!deleted.ok) return
  const message = `Deleted pod: ${pod.metadata.name}`
  recordEvent(api, { about: owner, type: 'Normal', reason: 'SuccessfulDelete', message, component: actor })
}

/** Nothing to retry: the namespace is on its way out, and the owner with it. */
export const isNamespaceTerminating = (error: ApiError): boolean =>
  error.reason === 'Forbidden' && error.message.includes('because it is being terminated')
