import { type Json, ensureObject, get, put, setDefault } from '../json.ts'
import { defaultPodSpec } from './pod.ts'

/** The pod template of a workload. `metadata.creationTimestamp: null` is not kept. */
function defaultTemplate(spec: Json): void {
  const template = ensureObject(spec, 'template')
  ensureObject(template, 'metadata')
  defaultPodSpec(ensureObject(template, 'spec'))
}

/** k8s pkg/apis/apps/v1/defaults.go SetDefaults_Deployment. */
export function defaultDeployment(deployment: Json): void {
  const spec = ensureObject(deployment, 'spec')
  setDefault(spec, 'replicas', 1)
  defaultTemplate(spec)
  const strategy = ensureObject(spec, 'strategy')
  setDefault(strategy, 'type', 'RollingUpdate')
  if (get(strategy, 'type') === 'RollingUpdate') {
    const rolling = ensureObject(strategy, 'rollingUpdate')
    setDefault(rolling, 'maxUnavailable', '25%')
    setDefault(rolling, 'maxSurge', '25%')
  }
  setDefault(spec, 'revisionHistoryLimit', 10)
  setDefault(spec, 'progressDeadlineSeconds', 600)
}

/** k8s pkg/apis/apps/v1/defaults.go SetDefaults_ReplicaSet. */
export function defaultReplicaSet(set: Json): void {
  const spec = ensureObject(set, 'spec')
  setDefault(spec, 'replicas', 1)
  defaultTemplate(spec)
}

/** k8s pkg/apis/apps/v1/defaults.go SetDefaults_DaemonSet. */
export function defaultDaemonSet(set: Json): void {
  const spec = ensureObject(set, 'spec')
  defaultTemplate(spec)
  const strategy = ensureObject(spec, 'updateStrategy')
  setDefault(strategy, 'type', 'RollingUpdate')
  if (get(strategy, 'type') === 'RollingUpdate') {
    const rolling = ensureObject(strategy, 'rollingUpdate')
    setDefault(rolling, 'maxUnavailable', 1)
    if (get(rolling, 'maxSurge') === undefined) put(rolling, 'maxSurge', 0)
  }
  setDefault(spec, 'revisionHistoryLimit', 10)
}
