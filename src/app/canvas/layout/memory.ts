import type { HostView } from '../../../worker/protocol.ts'
import { MOUTHS } from './host-box.ts'

interface HostMemory {
  /** Pod → slot. */
  readonly slots: Map<string, number>
  size: number
  bridge: boolean
  tunnel: boolean
}

/**
 * What a host has once needed room for keeps its room: nothing jumps when a pod comes or goes. A pod keeps its slot; a new one
 * takes the lowest that is free.
 */
export class LayoutMemory {
  readonly #hosts = new Map<string, HostMemory>()

  /** Notes what the host has now. */
  see(host: HostView): void {
    let memory = this.#hosts.get(host.id)
    if (!memory) this.#hosts.set(host.id, (memory = { slots: new Map(), size: 0, bridge: false, tunnel: false }))
    const pods = host.netns.flatMap((netns) => (netns.pod ? [netns.pod.ref] : []))
    for (const ref of [...memory.slots.keys()]) if (!pods.includes(ref)) memory.slots.delete(ref)
    for (const ref of pods) if (!memory.slots.has(ref)) memory.slots.set(ref, lowestFree(memory.slots))
    memory.size = Math.max(memory.size, ...[...memory.slots.values()].map((slot) => slot + 1), 0)
    for (const netns of host.netns)
      if (netns.kind === 'host')
        for (const device of netns.devices) {
          if (device.kind === 'bridge') memory.bridge = true
          if (MOUTHS.includes(device.kind)) memory.tunnel = true
        }
  }

  slot(host: string, pod: string): number {
    return this.#hosts.get(host)?.slots.get(pod) ?? 0
  }
  /** Slots that the host has room for. */
  size(host: string): number {
    return this.#hosts.get(host)?.size ?? 0
  }
  hasBridge(host: string): boolean {
    return this.#hosts.get(host)?.bridge ?? false
  }
  hasTunnel(host: string): boolean {
    return this.#hosts.get(host)?.tunnel ?? false
  }
}

function lowestFree(slots: ReadonlyMap<string, number>): number {
  const taken = new Set(slots.values())
  let slot = 0
  while (taken.has(slot)) slot++
  return slot
}
