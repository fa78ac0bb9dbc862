import { equal } from '../../../base/equal.ts'
import {
  type Field,
  type FieldCause,
  ROOT,
  append,
  child,
  complain,
  duplicate,
  forbidden,
  inRange,
  index,
  invalid,
  nonNegative,
  notSupported,
  required,
} from '../field.ts'
import type { Container, Pod, PodSpec, PodTemplateSpec, Volume } from '../types.ts'
import { validateContainers, validateInitContainers } from './container.ts'
import { validateAnnotations, validateLabels } from './meta.ts'
import { dns1123Label, dns1123Subdomain, ipAddress } from './names.ts'
import { validateAffinity, validateTolerations } from './scheduling.ts'

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const SPEC = child(ROOT, 'spec')

export const validatePod = (pod: Pod): FieldCause[] => validatePodSpec(pod.spec ?? { containers: [] }, SPEC, true)

/** A workload's template (core validation.go ValidatePodTemplateSpec). */
export function validatePodTemplate(template: PodTemplateSpec, at: Field): FieldCause[] {
  return [
    ...validateLabels(template.metadata?.labels, child(at, 'labels')).map((cause) => inMetadata(cause, at)),
    ...validateAnnotations(template.metadata?.annotations, child(at, 'annotations')).map((cause) =>
      inMetadata(cause, at),
    ),
    ...validatePodSpec(template.spec ?? { containers: [] }, child(at, 'spec'), false),
  ]
}

/** The API server writes `template.labels`; the place in the document is `template.metadata.labels`. */
const inMetadata = (cause: FieldCause, at: Field): FieldCause => ({
  ...cause,
  path: [...at.path, 'metadata', ...cause.path.slice(at.path.length)],
})

/** core validation.go ValidatePodSpec. `isPod`: not a template, so that host ports must be complete. */
export function validatePodSpec(spec: PodSpec, at: Field, isPod: boolean): FieldCause[] {
  const volumes = spec.volumes ?? []
  const containers = spec.containers ?? []
  return [
    ...validateVolumes(volumes, child(at, 'volumes')),
    ...validateContainers(containers, volumes, child(at, 'containers')),
    ...validateInitContainers(spec.initContainers ?? [], containers, volumes, child(at, 'initContainers')),
    ...(spec.hostNetwork ? validateHostNetwork(containers, child(at, 'containers'), isPod) : []),
    ...oneOf(spec.restartPolicy, RESTART_POLICIES, child(at, 'restartPolicy')),
    ...oneOf(spec.dnsPolicy, DNS_POLICIES, child(at, 'dnsPolicy')),
    ...validateLabels(spec.nodeSelector, child(at, 'nodeSelector')),
    ...validateAffinity(spec.affinity, child(at, 'affinity')),
    ...validateDnsConfig(spec, child(at, 'dnsConfig')),
    ...named(spec.serviceAccountName, dns1123Subdomain, child(at, 'serviceAccountName')),
    ...named(spec.nodeName, dns1123Subdomain, child(at, 'nodeName')),
    ...(spec.activeDeadlineSeconds === undefined
      ? []
      : inRange(child(at, 'activeDeadlineSeconds'), spec.activeDeadlineSeconds, 1, 0x7fffffff)),
    ...nonNegative(child(at, 'terminationGracePeriodSeconds'), spec.terminationGracePeriodSeconds),
    ...named(spec.hostname, dns1123Label, child(at, 'hostname')),
    ...named(spec.subdomain, dns1123Label, child(at, 'subdomain')),
    ...validateTolerations(spec.tolerations ?? [], child(at, 'tolerations')),
    ...(spec.hostAliases ?? []).flatMap((alias, i) =>
      complain(child(index(child(at, 'hostAliases'), i), 'ip'), alias.ip, ipAddress(alias.ip)),
    ),
    ...named(spec.priorityClassName, dns1123Subdomain, child(at, 'priorityClassName')),
  ]
}

const oneOf = (value: string | undefined, allowed: readonly string[], at: Field): FieldCause[] =>
  value === undefined || allowed.includes(value) ? [] : [notSupported(at, value, allowed)]

const named = (value: string | undefined, check: (text: string) => string[], at: Field): FieldCause[] =>
  value ? complain(at, value, check(value)) : []

function validateVolumes(volumes: readonly Volume[], at: Field): FieldCause[] {
  const names = new Set<string>()
  return volumes.flatMap((volume, i) => {
    const place = index(at, i)
    const out: FieldCause[] = []
    if (!volume.name) out.push(required(child(place, 'name')))
    else append(out, complain(child(place, 'name'), volume.name, dns1123Label(volume.name)))
    if (volume.name && names.has(volume.name)) out.push(duplicate(child(place, 'name'), volume.name))
    names.add(volume.name)
    const [, ...more] = Object.keys(volume).filter((field) => field !== 'name')
    for (const source of more) out.push(forbidden(child(place, source), 'may not specify more than 1 volume type'))
    if (volume.hostPath && !volume.hostPath.path) out.push(required(child(place, 'hostPath', 'path')))
    if (volume.hostPath?.path?.split('/').includes('..'))
      out.push(invalid(child(place, 'hostPath', 'path'), volume.hostPath.path, "must not contain '..'"))
    if (volume.configMap && !volume.configMap.name) out.push(required(child(place, 'configMap', 'name')))
    if (volume.secret && !volume.secret.secretName) out.push(required(child(place, 'secret', 'secretName')))
    return out
  })
}

function validateHostNetwork(containers: readonly Container[], at: Field, isPod: boolean): FieldCause[] {
  return containers.flatMap((container, c) =>
    (container.ports ?? []).flatMap((port, p) => {
      const hostPort = port.hostPort ?? 0
      if ((!isPod && hostPort === 0) || hostPort === port.containerPort) return []
      const place = child(index(child(index(at, c), 'ports'), p), 'hostPort')
      return [invalid(place, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
    }),
  )
}

function validateDnsConfig(spec: PodSpec, at: Field): FieldCause[] {
  const config = spec.dnsConfig
  const nameservers = config?.nameservers ?? []
  if (spec.dnsPolicy === 'None') {
    if (!config) return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (nameservers.length === 0)
      return [required(child(at, 'nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  const out: FieldCause[] = []
  if (nameservers.length > 3)
    out.push(invalid(child(at, 'nameservers'), nameservers, 'must not have more than 3 nameservers'))
  nameservers.forEach((server, i) =>
    append(out, complain(index(child(at, 'nameservers'), i), server, ipAddress(server))),
  )
  const searches = config?.searches ?? []
  if (searches.length > 32)
    out.push(invalid(child(at, 'searches'), searches, 'must not have more than 32 search paths'))
  searches.forEach((search, i) => {
    if (search !== '.')
      append(
        out,
        complain(
          index(child(at, 'searches'), i),
          search,
          dns1123Subdomain(search.replace(/\.$/, '').replaceAll('_', '-')),
        ),
      )
  })
  ;(config?.options ?? []).forEach((option, i) => {
    if (!option.name) out.push(required(index(child(at, 'options'), i), 'must not be empty'))
  })
  return out
}

const UPDATABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** What may change in a running pod (ValidatePodUpdate). The real server adds a Go struct dump; here the fields' names stand. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldCause[] {
  if (pod.spec.containers.length !== old.spec.containers.length) {
    return [forbidden(child(SPEC, 'containers'), 'pod updates may not add or remove containers')]
  }
  if ((pod.spec.initContainers ?? []).length !== (old.spec.initContainers ?? []).length) {
    return [forbidden(child(SPEC, 'initContainers'), 'pod updates may not add or remove containers')]
  }
  const changed = changedFields(frozenSpec(pod.spec, old.spec), old.spec)
  if (changed.length === 0) return []
  const place: Field = { path: ['spec', changed[0]!], text: 'spec' }
  return [
    forbidden(
      place,
      `pod updates may not change fields other than ${UPDATABLE}\n${changed.map((f) => `  spec.${f}`).join('\n')}`,
    ),
  ]
}

/** The new spec with everything that may change taken from the old one. Setting `nodeName` once is the scheduler's binding. */
function frozenSpec(spec: PodSpec, old: PodSpec): PodSpec {
  const withImages = (list: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    list?.map((container, i) => ({ ...container, image: before?.[i]?.image }))
  return {
    ...spec,
    containers: withImages(spec.containers, old.containers)!,
    initContainers: withImages(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: (old.tolerations ?? []).every((t) => (spec.tolerations ?? []).some((n) => equal(n, t)))
      ? old.tolerations
      : spec.tolerations,
    nodeName: old.nodeName ? spec.nodeName : old.nodeName,
  }
}

function changedFields(spec: PodSpec, old: PodSpec): string[] {
  const names = [...new Set([...Object.keys(spec), ...Object.keys(old)])].sort() as (keyof PodSpec)[]
  return names.filter((name) => !equal(spec[name], old[name]))
}
