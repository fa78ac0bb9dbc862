import { sha256 } from '@noble/hashes/sha2.js'
import { base32 } from '@scure/base'

// Every node's kube-proxy names the same chains, sync after sync: the hash is remembered. It depends on the text alone.
const remembered = new Map<string, string>()
const REMEMBERED_LIMIT = 100_000

/** Sixteen characters of base32(sha256(text)), the tail of every per-service chain name (proxier.go, portProtoHash). */
export function chainHash(text: string): string {
  const known = remembered.get(text)
  if (known !== undefined) return known
  if (remembered.size >= REMEMBERED_LIMIT) remembered.clear()
  const hash = computeHash(text)
  remembered.set(text, hash)
  return hash
}

function computeHash(text: string): string {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return base32.encode(sha256(bytes)).slice(0, 16)
}

export type ServiceChainPrefix = 'KUBE-SVC-' | 'KUBE-SVL-' | 'KUBE-FW-' | 'KUBE-EXT-'

/** `portName` is `ns/name:port` (`ns/name` for an unnamed port), `protocol` in lower case. */
export const serviceChainName = (prefix: ServiceChainPrefix, portName: string, protocol: string): string =>
  prefix + chainHash(portName + protocol)

/** `endpoint` is `ip:port`, `[ip]:port` for IPv6. */
export const endpointChainName = (portName: string, protocol: string, endpoint: string): string =>
  `KUBE-SEP-${chainHash(portName + protocol + endpoint)}`

/** Whether kube-proxy may delete a chain of that name when no Service uses it any more. */
export const isServiceChainName = (name: string): boolean => /^KUBE-(SVC|SVL|FW|EXT|SEP)-/.test(name)
