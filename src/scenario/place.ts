import type { Place, WorkloadKind } from './types.ts'

const WORKLOADS: Readonly<Record<string, WorkloadKind>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  job: 'Job',
}
const SHORT: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'deploy',
  DaemonSet: 'ds',
  StatefulSet: 'sts',
  ReplicaSet: 'rs',
  Job: 'job',
}
/** A DNS subdomain (RFC 1123), which covers every name that a place can hold. */
const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/**
 * `node/NAME`, `host/NAME`, `router/NAME`, `pod/NAMESPACE/NAME`, `pod/NAMESPACE/NAME/CONTAINER`, or a workload for its first pod:
 * `deploy/NAMESPACE/NAME` (also ds, sts, rs, job and their long forms). `null` when the text is none of these.
 */
export function parsePlace(text: string): Place | null {
  const [kind = '', ...names] = text.split('/')
  if (text.length > 1024 || !names.every((name) => name.length <= 253 && NAME.test(name))) return null
  const [first = '', second = '', third] = names
  if (kind === 'node' || kind === 'host' || kind === 'router') return names.length === 1 ? { kind, name: first } : null
  if (kind === 'pod') {
    if (names.length !== 2 && names.length !== 3) return null
    return { kind: 'pod', namespace: first, name: second, container: third ?? null }
  }
  if (names.length !== 2 || !Object.hasOwn(WORKLOADS, kind)) return null
  return { kind: 'workload', workload: WORKLOADS[kind]!, namespace: first, name: second }
}

/** The text of a place, in its short form; `parsePlace` reads it back. */
export function formatPlace(place: Place): string {
  if (place.kind === 'pod') {
    const pod = `pod/${place.namespace}/${place.name}`
    return place.container === null ? pod : `${pod}/${place.container}`
  }
  if (place.kind === 'workload') return `${SHORT[place.workload]}/${place.namespace}/${place.name}`
  return `${place.kind}/${place.name}`
}
