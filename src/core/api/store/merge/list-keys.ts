/**
 * How lists merge, by the name of the field they are in: the `x-kubernetes-patch-merge-key` of the published OpenAPI, for
 * the kinds of the lab. A list that is not named here is replaced as a whole.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  conditions: ['type'],
  addresses: ['type'],
  ownerReferences: ['uid'],
  // Of a Service by port, of a container by containerPort: whichever the elements have.
  ports: ['containerPort', 'port'],
  secrets: ['name'],
  podIPs: ['ip'],
  hostIPs: ['ip'],
}

/** Lists of plain values that merge as sets. */
const SETS = ['finalizers', 'podCIDRs']

/** The element field that identifies an element of the list in field `field`; `null` where the list is replaced. */
export function mergeKey(field: string, elements: readonly unknown[]): string | null {
  const candidates = MERGE_KEYS[field]
  if (!candidates || !Object.hasOwn(MERGE_KEYS, field)) return null
  if (candidates.length === 1) return candidates[0]!
  return (
    candidates.find((key) => elements.some((e) => typeof e === 'object' && e !== null && Object.hasOwn(e, key))) ?? null
  )
}

export const mergesAsSet = (field: string): boolean => SETS.includes(field)
