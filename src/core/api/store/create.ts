import { objectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type ApiError, alreadyExists, forbiddenError, invalidError, notFoundError } from '../kinds/errors.ts'
import type { KindInfo } from '../kinds/registry.ts'
import type { ApiObject, Namespace, Node, Pod, Service, Taint } from '../kinds/types.ts'
import { newMetadata, withGeneratedName } from './metadata.ts'
import type { ObjectStore } from './object-store.ts'
import { refOf } from '../kinds/ref-of.ts'
import { admitPod } from './pod-admission.ts'
import { prepare, rulesFor, tracksGeneration } from './rules.ts'
import { allocateService } from './service-allocation.ts'
import type { Actor, CreateOptions } from './types.ts'

/** POST: strict decoding, naming, defaults, admission, validation, allocation, in the API server's order. */
export function createObject(
  store: ObjectStore,
  sent: ApiObject,
  by: Actor,
  options: CreateOptions,
): Result<ApiObject, ApiError> {
  const rules = rulesFor(sent)
  if (!rules.ok) return rules
  const info = rules.value
  const prepared = prepare(info, inNamespace(sent, info), options)
  if (!prepared.ok) return prepared
  const place = checkNamespace(store, info, prepared.value)
  if (place) return err(place)
  const admitted = admit(store, info, prepared.value)
  if (!admitted.ok) return admitted
  const named = withGeneratedName(store, admitted.value)
  const causes = info.validate(named)
  if (causes.length > 0) return err(invalidError(info, named.metadata.name, causes))
  if (store.read(refOf(named))) return err(alreadyExists(info, named.metadata.name))
  const allocated = options.dryRun ? ok(named) : allocate(store, info, named)
  if (!allocated.ok) return allocated
  const metadata = newMetadata(store, allocated.value.metadata, tracksGeneration(info))
  const object = { ...allocated.value, metadata }
  return ok(options.dryRun ? object : store.write(object, { by, verb: 'create' }))
}

/** A namespaced object without a namespace goes to `default`; one that has no namespace loses it. */
export function inNamespace(object: ApiObject, info: Pick<KindInfo, 'namespaced'>): ApiObject {
  const { namespace, ...metadata } = object.metadata
  if (info.namespaced) return namespace ? object : { ...object, metadata: { ...metadata, namespace: 'default' } }
  return namespace === undefined ? object : { ...object, metadata }
}

const NAMESPACES = { kind: 'Namespace', group: '', plural: 'namespaces' }

/** The NamespaceLifecycle admission plugin. */
function checkNamespace(store: ObjectStore, info: KindInfo, object: ApiObject): ApiError | null {
  const name = object.metadata.namespace
  if (name === undefined) return null
  const namespace = store.read<Namespace>(objectRef('Namespace', undefined, name))
  if (!namespace) return notFoundError(NAMESPACES, name)
  if (!namespace.metadata.deletionTimestamp) return null
  const why = `unable to create new content in namespace ${name} because it is being terminated`
  return forbiddenError(info, spokenName(object), why)
}

function admit(store: ObjectStore, info: KindInfo, object: ApiObject): Result<ApiObject, ApiError> {
  if (object.kind === 'Node') return ok(admitNode(object as Node))
  if (object.kind !== 'Pod') return ok(object)
  const admitted = admitPod(store, object as Pod)
  return admitted.ok ? admitted : err(forbiddenError(info, spokenName(object), admitted.error))
}

/** Admission comes before names are generated: until then an object goes by its `generateName`. */
const spokenName = ({ metadata }: ApiObject): string => metadata.name || (metadata.generateName ?? '')

/** The TaintNodesByCondition admission plugin: a new node takes no pods until the node controller has seen it ready. */
function admitNode(node: Node): Node {
  const taints = node.spec?.taints ?? []
  if (taints.some((t) => t.key === NOT_READY.key && t.effect === NOT_READY.effect)) return node
  return { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } }
}

const NOT_READY: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

function allocate(store: ObjectStore, info: KindInfo, object: ApiObject): Result<ApiObject, ApiError> {
  if (object.kind !== 'Service') return ok(object)
  const allocated = allocateService(store, object as Service)
  return allocated.ok ? allocated : err(invalidError(info, object.metadata.name, [allocated.error]))
}
