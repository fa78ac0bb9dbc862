import { formatIpv4, type Ipv4 } from '../base/ipv4.ts'
import { type ObjectRef, splitRef } from '../base/ref.ts'
import type { ExplainEnv } from './env.ts'

/** Where a record happens, in the words of the lab. */
export interface PlaceName {
  /** `node/node1`, `pod/default/client`, `network/rack1`; '' for nowhere. */
  readonly id: string
  /** What a sentence calls it: `node1`, `client`, `kube-system/coredns-x`. */
  readonly short: string
  /** The machine; '' for a network. */
  readonly host: string
  /** Its own namespace is `host`. */
  readonly netns: string
}

const NOWHERE: PlaceName = { id: '', short: '', host: '', netns: '' }

/** The name of a trace place: a network namespace or a network's switch. */
export function placeOf(env: ExplainEnv, place: number): PlaceName {
  if (place === 0) return NOWHERE
  const row = env.kernel.t.netns.get(place)
  if (row)
    return {
      id: row.label,
      short: shortLabel(row.label),
      host: row.host,
      netns: row.name === 'host' ? 'host' : row.label,
    }
  for (const network of env.fabric.networks.rows()) {
    if (network.place === place) return { id: `network/${network.name}`, short: network.name, host: '', netns: '' }
  }
  return { id: `netns/${place}`, short: `netns ${place}`, host: '', netns: `netns/${place}` }
}

/** `pod/default/client` → `client`, `pod/kube-system/coredns-x` → `kube-system/coredns-x`, `node/node1` → `node1`. */
export function shortLabel(label: string): string {
  const parts = label.split('/')
  if (parts[0] === 'pod') return parts[1] === 'default' ? parts.slice(2).join('/') : parts.slice(1).join('/')
  return parts.slice(1).join('/') || label
}

/** The pod that a namespace's label names, as a reference; `null` when it is no pod's. */
export function podOfLabel(label: string): ObjectRef | null {
  const parts = label.split('/')
  return parts[0] === 'pod' && parts.length >= 3 ? `Pod/${parts[1]}/${parts.slice(2).join('/')}` : null
}

export const deviceName = (env: ExplainEnv, dev: number): string =>
  dev === 0 ? '' : (env.kernel.t.link.get(dev)?.name ?? `if${dev}`)

/** `Service web`, `Service kube-system/kube-dns`, `Node node1`: an object in a sentence. */
export function objectName(ref: ObjectRef): string {
  const { kind, namespace, name } = splitRef(ref)
  return namespace && namespace !== 'default' ? `${kind} ${namespace}/${name}` : `${kind} ${name}`
}

export const endpointText = (addr: Ipv4, port: number): string =>
  port === 0 ? formatIpv4(addr) : `${formatIpv4(addr)}:${port}`
