/**
 * The API objects that agents read and write, as plain JSON (Kubernetes API 1.35; field names of the published OpenAPI).
 *
 * One type serves the manifest that a person wrote and the object that the API server stores, therefore a field is required
 * here only where the API server demands it in every request. A field that says "default" is always present in an object
 * that went through the API server. Fields that no part of the lab reads are legal (the schema knows them) but not typed.
 */
export * from './types-pod.ts'
export * from './types-node.ts'
export * from './types-service.ts'
export * from './types-workloads.ts'

/** `metadata` of every object. Times are RFC 3339 text (`timestamp` of core/base), ids and versions opaque text. */
export interface ObjectMeta {
  readonly name: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: StringMap
  readonly annotations?: StringMap
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export type StringMap = { readonly [key: string]: string }

/** Any API object: what the store keeps and what a manifest document holds. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** An object inside another (a template's metadata, for instance) has a `metadata` without a name. */
export type TemplateMeta = Partial<ObjectMeta>

export interface LabelSelector {
  readonly matchLabels?: StringMap
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

export interface LabelSelectorRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

export type IntOrString = number | string
export type ConditionStatus = 'True' | 'False' | 'Unknown'

/** An entry of `status.conditions`, the union of what Pod, Node and Deployment conditions carry. */
export interface Condition {
  readonly type: string
  readonly status: ConditionStatus
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly lastProbeTime?: string
  readonly lastHeartbeatTime?: string
  readonly lastUpdateTime?: string
  readonly observedGeneration?: number
}

/** `kind` and name of another object, as in `subjects`, `targetRef` and `involvedObject`. */
export interface ObjectReference {
  readonly apiVersion?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly fieldPath?: string
}

export interface Namespace extends ApiObject {
  readonly apiVersion: 'v1'
  readonly kind: 'Namespace'
  readonly spec?: { readonly finalizers?: readonly string[] }
  readonly status?: { readonly phase?: 'Active' | 'Terminating'; readonly conditions?: readonly Condition[] }
}

export interface ConfigMap extends ApiObject {
  readonly apiVersion: 'v1'
  readonly kind: 'ConfigMap'
  readonly data?: StringMap
  /** Values in base64. */
  readonly binaryData?: StringMap
  readonly immutable?: boolean
}

export interface Secret extends ApiObject {
  readonly apiVersion: 'v1'
  readonly kind: 'Secret'
  /** Values in base64. */
  readonly data?: StringMap
  /** Write only: the API server moves it, encoded, to `data`. */
  readonly stringData?: StringMap
  /** Default `Opaque`. */
  readonly type?: string
  readonly immutable?: boolean
}

export interface ServiceAccount extends ApiObject {
  readonly apiVersion: 'v1'
  readonly kind: 'ServiceAccount'
  readonly automountServiceAccountToken?: boolean
  readonly secrets?: readonly ObjectReference[]
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
}

/** coordination.k8s.io/v1: a node's heartbeat or a leader election. Times carry microseconds (`microTimestamp`). */
export interface Lease extends ApiObject {
  readonly apiVersion: 'coordination.k8s.io/v1'
  readonly kind: 'Lease'
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

/** core/v1 Event: the classic shape, which kubelet, scheduler and controllers still write through `events.k8s.io` aliases. */
export interface Event extends ApiObject {
  readonly apiVersion: 'v1'
  readonly kind: 'Event'
  readonly involvedObject: ObjectReference
  readonly type?: 'Normal' | 'Warning'
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly firstTimestamp?: string
  readonly lastTimestamp?: string
  readonly eventTime?: string
  readonly action?: string
  readonly source?: { readonly component?: string; readonly host?: string }
  readonly reportingComponent?: string
  readonly reportingInstance?: string
}
