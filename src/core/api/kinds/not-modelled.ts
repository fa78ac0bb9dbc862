/** Kinds that a cluster has and the lab does not: apiVersions, plural, short names. Whoever uses them is told so. */
const NOT_MODELLED: Readonly<Record<string, readonly [versions: string, names: string]>> = {
  APIService: ['apiregistration.k8s.io/v1', 'apiservices'],
  CertificateSigningRequest: ['certificates.k8s.io/v1', 'certificatesigningrequests csr'],
  ControllerRevision: ['apps/v1', 'controllerrevisions'],
  CronJob: ['batch/v1', 'cronjobs cj'],
  CSIDriver: ['storage.k8s.io/v1', 'csidrivers'],
  HorizontalPodAutoscaler: ['autoscaling/v2 autoscaling/v1', 'horizontalpodautoscalers hpa'],
  Ingress: ['networking.k8s.io/v1', 'ingresses ing'],
  IngressClass: ['networking.k8s.io/v1', 'ingressclasses'],
  Job: ['batch/v1', 'jobs'],
  LimitRange: ['v1', 'limitranges limits'],
  MutatingWebhookConfiguration: ['admissionregistration.k8s.io/v1', 'mutatingwebhookconfigurations'],
  PersistentVolume: ['v1', 'persistentvolumes pv'],
  PersistentVolumeClaim: ['v1', 'persistentvolumeclaims pvc'],
  PodDisruptionBudget: ['policy/v1', 'poddisruptionbudgets pdb'],
  ReplicationController: ['v1', 'replicationcontrollers rc'],
  ResourceQuota: ['v1', 'resourcequotas quota'],
  RuntimeClass: ['node.k8s.io/v1', 'runtimeclasses'],
  StatefulSet: ['apps/v1', 'statefulsets sts'],
  StorageClass: ['storage.k8s.io/v1', 'storageclasses sc'],
  ValidatingWebhookConfiguration: ['admissionregistration.k8s.io/v1', 'validatingwebhookconfigurations'],
}

const REMARK = ' (not modelled in this lab)'

/** What is added to the words of kubectl about a kind: nothing where a cluster does not have it either. */
export const kindRemark = (kind: string, apiVersion: string): string =>
  Object.hasOwn(NOT_MODELLED, kind) && NOT_MODELLED[kind]![0].split(' ').includes(apiVersion) ? REMARK : ''

/** The same about a word of a command line: `sts`, `statefulset`, `statefulsets.apps`. */
export function resourceRemark(word: string): string {
  const name = word.toLowerCase().split('.')[0]!
  const known = Object.entries(NOT_MODELLED).some(
    ([kind, [, names]]) => kind.toLowerCase() === name || names.split(' ').includes(name),
  )
  return known ? REMARK : ''
}
