import { type Json, ensureObject, get, objectIn, objectsIn, put, setDefault, textIn } from '../json.ts'
import { canonicalQuantity } from '../quantity.ts'

/** The defaults of a PodSpec, in place (k8s pkg/apis/core/v1/defaults.go SetDefaults_PodSpec, SetDefaults_Container …). */
export function defaultPodSpec(spec: Json): void {
  setDefault(spec, 'restartPolicy', 'Always')
  setDefault(spec, 'terminationGracePeriodSeconds', 30)
  setDefault(spec, 'dnsPolicy', 'ClusterFirst')
  ensureObject(spec, 'securityContext')
  setDefault(spec, 'schedulerName', 'default-scheduler')
  pairAlias(spec, 'serviceAccountName', 'serviceAccount')
  for (const list of ['initContainers', 'containers'])
    for (const container of objectsIn(spec, list)) defaultContainer(container)
  for (const volume of objectsIn(spec, 'volumes')) defaultVolume(volume)
}

/** What only a Pod of its own gets, not a template: `enableServiceLinks`, host ports, requests taken from limits. */
export function defaultPod(pod: Json): void {
  const spec = ensureObject(pod, 'spec')
  defaultPodSpec(spec)
  setDefault(spec, 'enableServiceLinks', true)
  if (get(spec, 'hostNetwork') === true) defaultHostPorts(spec)
  for (const list of ['initContainers', 'containers']) {
    for (const container of objectsIn(spec, list)) requestsFromLimits(container)
  }
}

/** `serviceAccount` is the deprecated alias of `serviceAccountName`; the API server keeps both. */
function pairAlias(spec: Json, name: string, alias: string): void {
  const value = get(spec, name) ?? get(spec, alias)
  if (value === undefined || value === '') return
  put(spec, name, value)
  put(spec, alias, value)
}

function defaultContainer(container: Json): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log')
  setDefault(container, 'terminationMessagePolicy', 'File')
  setDefault(container, 'imagePullPolicy', defaultPullPolicy(textIn(container, 'image')))
  for (const port of objectsIn(container, 'ports')) setDefault(port, 'protocol', 'TCP')
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(objectIn(container, probe))
  const lifecycle = objectIn(container, 'lifecycle')
  for (const moment of ['postStart', 'preStop']) defaultHttpGet(objectIn(objectIn(lifecycle, moment), 'httpGet'))
  for (const variable of objectsIn(container, 'env')) {
    const field = objectIn(objectIn(variable, 'valueFrom'), 'fieldRef')
    if (field) setDefault(field, 'apiVersion', 'v1')
    const resource = objectIn(objectIn(variable, 'valueFrom'), 'resourceFieldRef')
    if (resource) setDefault(resource, 'divisor', '0')
  }
  const resources = ensureObject(container, 'resources')
  for (const list of ['limits', 'requests']) canonicalResources(objectIn(resources, list))
}

/** Always for `:latest` and for no tag at all; a digest or any other tag makes it IfNotPresent. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent'
  const last = image.slice(image.lastIndexOf('/') + 1)
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultProbe(probe: Json | undefined): void {
  if (!probe) return
  defaultHttpGet(objectIn(probe, 'httpGet'))
  const grpc = objectIn(probe, 'grpc')
  if (grpc) put(grpc, 'service', get(grpc, 'service') ?? '')
  const counts = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
  for (const [field, value] of Object.entries(counts)) if (!get(probe, field)) put(probe, field, value)
}

function defaultHttpGet(http: Json | undefined): void {
  if (!http) return
  setDefault(http, 'path', '/')
  setDefault(http, 'scheme', 'HTTP')
}

function defaultHostPorts(spec: Json): void {
  for (const list of ['initContainers', 'containers']) {
    for (const container of objectsIn(spec, list)) {
      for (const port of objectsIn(container, 'ports'))
        if (!get(port, 'hostPort')) put(port, 'hostPort', get(port, 'containerPort'))
    }
  }
}

const MODE_0644 = 420

function defaultVolume(volume: Json): void {
  const sources = Object.keys(volume).filter((field) => field !== 'name')
  if (sources.length === 0) put(volume, 'emptyDir', {})
  for (const source of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    const object = objectIn(volume, source)
    if (object) setDefault(object, 'defaultMode', MODE_0644)
  }
  const host = objectIn(volume, 'hostPath')
  if (host && get(host, 'type') === undefined) put(host, 'type', '')
  for (const source of objectsIn(objectIn(volume, 'projected'), 'sources')) {
    const token = objectIn(source, 'serviceAccountToken')
    if (token) setDefault(token, 'expirationSeconds', 3600)
    for (const item of objectsIn(objectIn(source, 'downwardAPI'), 'items')) defaultFieldRef(item)
  }
  for (const item of objectsIn(objectIn(volume, 'downwardAPI'), 'items')) defaultFieldRef(item)
}

function defaultFieldRef(item: Json): void {
  const field = objectIn(item, 'fieldRef')
  if (field) setDefault(field, 'apiVersion', 'v1')
}

function canonicalResources(list: Json | undefined): void {
  if (!list) return
  for (const name of Object.keys(list)) {
    const value = list[name]
    if (typeof value === 'string' || typeof value === 'number') put(list, name, canonicalQuantity(value))
  }
}

function requestsFromLimits(container: Json): void {
  const resources = ensureObject(container, 'resources')
  const limits = objectIn(resources, 'limits')
  if (!limits) return
  const requests = ensureObject(resources, 'requests')
  for (const name of Object.keys(limits)) if (get(requests, name) === undefined) put(requests, name, limits[name])
}
