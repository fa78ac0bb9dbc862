import type { HostView } from '../../../worker/protocol.ts'
import { boxKey, boxed, shaped } from './kinds.ts'

interface HostMemory {
  /** Box (pod or namespace) → slot. */
  readonly slots: Map<string, number>
  size: number
  bridge: boolean
  /** The most devices there ever were on the shelf, of mouths, and of tabs. */
  shelf: number
  mouth: number
  tab: number
}

/**
 * What a host has once needed room for keeps its room: nothing jumps when a pod comes or goes. A pod keeps its slot; a new one
 * takes the lowest that is free.
 */
export class LayoutMemory {
  readonly #hosts = new Map<string, HostMemory>()

  /** Notes what the host has now. */
  see(host: HostView): void {
    const memory = this.#hosts.get(host.id) ?? {
      slots: new Map<string, number>(),
      size: 0,
      bridge: false,
      shelf: 0,
      mouth: 0,
      tab: 0,
    }
    this.#hosts.set(host.id, memory)
    const boxes = boxed(host).map(boxKey)
    for (const key of [...memory.slots.keys()]) if (!boxes.includes(key)) memory.slots.delete(key)
    for (const key of boxes) if (!memory.slots.has(key)) memory.slots.set(key, lowestFree(memory.slots))
    memory.size = Math.max(memory.size, ...[...memory.slots.values()].map((slot) => slot + 1), 0)
    memory.bridge ||= shaped(host, 'bar').length > 0
    for (const shape of ['shelf', 'mouth', 'tab'] as const)
      memory[shape] = Math.max(memory[shape], shaped(host, shape).length)
  }

  slot(host: string, box: string): number {
    return this.#hosts.get(host)?.slots.get(box) ?? 0
  }
  /** Slots that the host has room for. */
  size(host: string): number {
    return this.#hosts.get(host)?.size ?? 0
  }
  hasBridge(host: string): boolean {
    return this.#hosts.get(host)?.bridge ?? false
  }
  /** Devices of a shape that the host has room for. */
  most(host: string, shape: 'shelf' | 'mouth' | 'tab'): number {
    return this.#hosts.get(host)?.[shape] ?? 0
  }
}

function lowestFree(slots: ReadonlyMap<string, number>): number {
  const taken = new Set(slots.values())
  let slot = 0
  while (taken.has(slot)) slot++
  return slot
}
