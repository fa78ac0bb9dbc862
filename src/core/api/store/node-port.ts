import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { ObjectStore } from './object-store.ts'

export const DEFAULT_NODE_PORTS = { from: 30000, to: 32767 } as const

/** The lowest ports are left for explicit requests: min(max(16, size/32), 128), none of a range of 16 or less. */
export const nodePortBand = (size: number): number =>
  size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128)

const rangeOf = (store: ObjectStore): { readonly from: number; readonly to: number } =>
  store.config.nodePorts ?? DEFAULT_NODE_PORTS

/** An explicit request; one Service may use the same port for several protocols. The error is the allocator's own text. */
export function claimNodePort(store: ObjectStore, port: number, ref: ObjectRef): Result<number, string> {
  const { from, to } = rangeOf(store)
  if (port < from || port > to) {
    return err(`provided port is not in the valid range. The range of valid ports is ${from}-${to}`)
  }
  const holder = store.tables.nodePorts.get(port)?.ref
  if (holder !== undefined && holder !== ref) return err('provided port is already allocated')
  store.world.put(store.tables.nodePorts, port, { ref })
  return ok(port)
}

/** A random free port: above the static band first, then inside it. `null` when all are taken. */
export function allocateNodePort(store: ObjectStore, ref: ObjectRef): number | null {
  const { from, to } = rangeOf(store)
  const size = to - from + 1
  const band = nodePortBand(size)
  const port = freeIn(store, from + band, size - band) ?? freeIn(store, from, band)
  if (port !== null) store.world.put(store.tables.nodePorts, port, { ref })
  return port
}

function freeIn(store: ObjectStore, from: number, count: number): number | null {
  if (count <= 0) return null
  const start = store.world.randomBelow('nodePort', count)
  for (let i = 0; i < count; i++) {
    const port = from + ((start + i) % count)
    if (!store.tables.nodePorts.has(port)) return port
  }
  return null
}

export const releaseNodePort = (store: ObjectStore, port: number): void =>
  store.world.delete(store.tables.nodePorts, port)
