import { type Json, get, isJson } from '../core/api/kinds/json.ts'
import type { Path } from '../core/api/kinds/field.ts'

/** Fields of pods that are stored and shown, and that nothing in the lab acts on. `*`: every element of a list. */
const POD_FIELDS = [
  'activeDeadlineSeconds',
  'ephemeralContainers',
  'runtimeClassName',
  'schedulingGates',
  'securityContext.sysctls',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
  'volumes.*.csi',
  'volumes.*.ephemeral',
  'volumes.*.iscsi',
  'volumes.*.nfs',
  'volumes.*.persistentVolumeClaim',
  ...['containers', 'initContainers'].flatMap((list) => [
    `${list}.*.lifecycle.postStart.httpGet`,
    `${list}.*.lifecycle.postStart.sleep`,
    `${list}.*.lifecycle.postStart.tcpSocket`,
    `${list}.*.lifecycle.preStop.httpGet`,
    `${list}.*.lifecycle.preStop.tcpSocket`,
    `${list}.*.securityContext.readOnlyRootFilesystem`,
    `${list}.*.securityContext.runAsNonRoot`,
    `${list}.*.volumeMounts.*.subPathExpr`,
    `${list}.*.workingDir`,
  ]),
]

const inTemplate = POD_FIELDS.map((field) => `spec.template.spec.${field}`)

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: POD_FIELDS.map((field) => `spec.${field}`),
  Deployment: inTemplate,
  ReplicaSet: inTemplate,
  DaemonSet: [...inTemplate, 'spec.updateStrategy.rollingUpdate.maxSurge'],
}

/** Where an object, as it was written, has fields that nothing in the lab acts on. */
export const fieldsNotEnforced = (kind: string, object: Json): readonly Path[] =>
  Object.hasOwn(FIELDS, kind) ? FIELDS[kind]!.flatMap((field) => placesOf(object, field.split('.'))) : []

function placesOf(value: unknown, path: readonly string[]): readonly Path[] {
  const [step, ...rest] = path
  if (step === undefined) return value === undefined || value === null || value === false ? [] : [[]]
  if (step === '*')
    return Array.isArray(value) ? value.flatMap((item, i) => placesOf(item, rest).map((place) => [i, ...place])) : []
  return isJson(value) ? placesOf(get(value, step), rest).map((place) => [step, ...place]) : []
}
