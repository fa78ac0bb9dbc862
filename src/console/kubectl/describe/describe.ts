import type {
  ApiObject,
  ConfigMap,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Endpoints,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
} from '../../../core/api/kinds/types.ts'
import type { CommandResult } from '../../types.ts'
import { type Kubectl, Output, complain } from '../context.ts'
import { readFiles } from '../files.ts'
import type { FlagTable } from '../flags.ts'
import { selection } from '../get.ts'
import { type Target, fetchTarget, readTargets, refFor } from '../resources.ts'
import { describeNode } from './node.ts'
import {
  describeConfigMap,
  describeGeneric,
  describeNamespace,
  describeSecret,
  describeServiceAccount,
} from './other.ts'
import { describePod } from './pod.ts'
import { describeEndpointSlice, describeEndpoints, describeService } from './service.ts'
import { describeDaemonSet, describeDeployment, describeReplicaSet } from './workloads.ts'

export const DESCRIBE_FLAGS: FlagTable = {
  'selector|l': 'text',
  'all-namespaces|A': 'bool',
  'filename|f': 'list',
  'show-events': 'bool',
  'chunk-size': 'text',
}

/** `kubectl describe`: several objects are set apart by two blank lines. */
export function describe(k: Kubectl): CommandResult {
  const { words } = k.flags
  const out = new Output()
  if (k.flags.has('filename')) {
    const objects = readFiles(k, 'describe', out).flatMap(
      ({ object }) =>
        k.api.peek(
          `${object.kind}/${object.metadata.namespace ? `${object.metadata.namespace}/` : ''}${object.metadata.name}`,
        ) ?? [],
    )
    out.stdout = objects.map((object) => describeObject(k, object)).join('\n\n')
    return out.done()
  }
  if (words.length === 0) {
    return complain(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    )
  }
  const objects = readTargets(words).targets.flatMap((target) => named(k, target, out))
  if (objects.length === 0 && out.exit === 0) {
    out.warn(k.flags.on('all-namespaces') ? 'No resources found' : `No resources found in ${k.namespace} namespace.`)
  }
  out.stdout = objects.map((object) => describeObject(k, object)).join('\n\n')
  return out.done()
}

/** A name that is not there may be the beginning of others (describe's prefix match). */
function named(k: Kubectl, target: Target, out: Output): readonly ApiObject[] {
  const { info, name } = target
  if (name === null || k.api.peek(refFor(k, info, name))) return fetchTarget(k, target, selection(k), out)
  const alike = k.api
    .ofKind(info.kind, info.namespaced ? k.namespace : undefined)
    .filter((object) => object.metadata.name.startsWith(name))
  return alike.length > 0 ? alike : fetchTarget(k, target, selection(k), out)
}

export function describeObject(k: Kubectl, object: ApiObject): string {
  switch (object.kind) {
    case 'Pod':
      return describePod(k, object as Pod)
    case 'Node':
      return describeNode(k, object as Node)
    case 'Service':
      return describeService(k, object as Service)
    case 'Deployment':
      return describeDeployment(k, object as Deployment)
    case 'ReplicaSet':
      return describeReplicaSet(k, object as ReplicaSet)
    case 'DaemonSet':
      return describeDaemonSet(k, object as DaemonSet)
    case 'Endpoints':
      return describeEndpoints(k, object as Endpoints)
    case 'EndpointSlice':
      return describeEndpointSlice(k, object as EndpointSlice)
    case 'ConfigMap':
      return describeConfigMap(k, object as ConfigMap)
    case 'Secret':
      return describeSecret(k, object as Secret)
    case 'Namespace':
      return describeNamespace(k, object as Namespace)
    case 'ServiceAccount':
      return describeServiceAccount(k, object as ServiceAccount)
    default:
      return describeGeneric(k, object)
  }
}
