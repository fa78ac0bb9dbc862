import type { ApiObject, Condition, IntOrString, LabelSelector } from './types.ts'
import type { PodTemplateSpec } from './types-pod.ts'

/** apps/v1. */
export interface Deployment extends ApiObject {
  readonly apiVersion: 'apps/v1'
  readonly kind: 'Deployment'
  readonly spec: DeploymentSpec
  readonly status?: DeploymentStatus
}

export interface DeploymentSpec {
  /** Default 1. */
  readonly replicas?: number
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
  /** Default RollingUpdate, 25 % and 25 %. */
  readonly strategy?: {
    readonly type?: 'Recreate' | 'RollingUpdate'
    readonly rollingUpdate?: RollingUpdate
  }
  readonly minReadySeconds?: number
  /** Default 10. */
  readonly revisionHistoryLimit?: number
  readonly paused?: boolean
  /** Default 600. */
  readonly progressDeadlineSeconds?: number
}

export interface RollingUpdate {
  readonly maxUnavailable?: IntOrString
  readonly maxSurge?: IntOrString
}

export interface DeploymentStatus {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly unavailableReplicas?: number
  readonly conditions?: readonly Condition[]
  readonly collisionCount?: number
}

export interface ReplicaSet extends ApiObject {
  readonly apiVersion: 'apps/v1'
  readonly kind: 'ReplicaSet'
  readonly spec: ReplicaSetSpec
  readonly status?: ReplicaSetStatus
}

export interface ReplicaSetSpec {
  /** Default 1. */
  readonly replicas?: number
  readonly minReadySeconds?: number
  readonly selector: LabelSelector
  readonly template?: PodTemplateSpec
}

export interface ReplicaSetStatus {
  readonly replicas: number
  readonly fullyLabeledReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
}

export interface DaemonSet extends ApiObject {
  readonly apiVersion: 'apps/v1'
  readonly kind: 'DaemonSet'
  readonly spec: DaemonSetSpec
  readonly status?: DaemonSetStatus
}

export interface DaemonSetSpec {
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
  /** Default RollingUpdate with maxUnavailable 1, maxSurge 0. */
  readonly updateStrategy?: {
    readonly type?: 'RollingUpdate' | 'OnDelete'
    readonly rollingUpdate?: RollingUpdate
  }
  readonly minReadySeconds?: number
  /** Default 10. */
  readonly revisionHistoryLimit?: number
}

export interface DaemonSetStatus {
  readonly currentNumberScheduled: number
  readonly numberMisscheduled: number
  readonly desiredNumberScheduled: number
  readonly numberReady: number
  readonly observedGeneration?: number
  readonly updatedNumberScheduled?: number
  readonly numberAvailable?: number
  readonly numberUnavailable?: number
  readonly collisionCount?: number
  readonly conditions?: readonly Condition[]
}
