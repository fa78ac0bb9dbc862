import { objectRef } from '../../../base/ref.ts'
import type { ConfigMap, Namespace, ServiceAccount } from '../../../api/kinds/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import type { Outcome } from '../../contracts/work-queue.ts'

const ACCOUNT_ACTOR = 'service-account-controller'
const ACCOUNT_QUEUE = 'serviceaccount'
const CA_ACTOR = 'root-ca-certificate-publisher'
const CA_QUEUE = 'root-ca'
const CA_CONFIGMAP = 'kube-root-ca.crt'

/** Every namespace has a ServiceAccount `default` (k8s pkg/controller/serviceaccount). */
export function serviceAccountController(ctx: ControllerContext): void {
  ctx.queues.register(ACCOUNT_QUEUE, (name) => ensureAccount(ctx, name))
  perNamespace(ctx, ACCOUNT_QUEUE, 'ServiceAccount', 'default')
}

/** Every namespace has the cluster's root certificate in a ConfigMap (k8s pkg/controller/certificates/rootcacertpublisher). */
export function rootCaPublisher(ctx: ControllerContext): void {
  ctx.queues.register(CA_QUEUE, (name) => ensureRootCa(ctx, name))
  perNamespace(ctx, CA_QUEUE, 'ConfigMap', CA_CONFIGMAP)
}

/** Queues a namespace when it appears, and when its object is changed or deleted. */
function perNamespace(ctx: ControllerContext, queue: string, kind: string, name: string): void {
  ctx.informers.on('Namespace', ({ type, object }) => {
    if (type === 'ADDED') ctx.queues.add(queue, object.metadata.name)
  })
  ctx.informers.on(kind, ({ type, object }) => {
    if (type !== 'ADDED' && object.metadata.name === name) ctx.queues.add(queue, object.metadata.namespace ?? '')
  })
}

const isActive = ({ api }: ControllerContext, name: string): boolean => {
  const namespace = api.peek<Namespace>(objectRef('Namespace', undefined, name))
  return namespace !== undefined && !namespace.metadata.deletionTimestamp
}

function ensureAccount(ctx: ControllerContext, namespace: string): Outcome {
  if (!isActive(ctx, namespace) || ctx.api.peek(objectRef('ServiceAccount', namespace, 'default'))) return 'done'
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }
  return ctx.api.create(account, ACCOUNT_ACTOR).ok ? 'done' : 'retry'
}

/** Nothing in the lab checks certificates: the text only stands where the real one does. */
const CA_CERTIFICATE =
  '-----BEGIN CERTIFICATE-----\nTm90IGEgY2VydGlmaWNhdGU6IHRoZSBsYWIgZG9lcyBub3Qgc2ltdWxhdGUgVExTLg==\n-----END CERTIFICATE-----\n'

function ensureRootCa(ctx: ControllerContext, namespace: string): Outcome {
  if (!isActive(ctx, namespace)) return 'done'
  const ref = objectRef('ConfigMap', namespace, CA_CONFIGMAP)
  const known = ctx.api.peek<ConfigMap>(ref)
  const data = { 'ca.crt': CA_CERTIFICATE }
  if (known) return ctx.api.update<ConfigMap>({ ...known, data }, CA_ACTOR).ok ? 'done' : 'retry'
  const annotations = {
    'kubernetes.io/description':
      'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
  }
  const map: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CA_CONFIGMAP, namespace, annotations },
    data,
  }
  return ctx.api.create(map, CA_ACTOR).ok ? 'done' : 'retry'
}
