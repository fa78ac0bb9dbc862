import type { LayerView, PacketView, StepView } from '../../worker/protocol.ts'

/** One end-to-end line of a packet's label: from → to. `old` holds what stood there before this step. */
export interface AddressLine {
  readonly outer: boolean
  readonly from: Address
  readonly to: Address
}
export interface Address {
  readonly text: string
  readonly old: string | null
}

/** The address pairs of a packet, outermost first, with what this step has changed in them. */
export function addressLines(step: StepView): AddressLine[] {
  const after = pairs(step.after)
  const before = pairs(step.before)
  return after.map((pair, i) => {
    const was = before.length === after.length ? before[i] : undefined
    return {
      outer: i < after.length - 1,
      from: { text: pair.from, old: was && was.from !== pair.from ? was.from : null },
      to: { text: pair.to, old: was && was.to !== pair.to ? was.to : null },
    }
  })
}

function pairs(packet: PacketView | null): { from: string; to: string }[] {
  if (!packet) return []
  const found: { from: string; to: string }[] = []
  packet.layers.forEach((layer, i) => {
    if (layer.layer === 'arp')
      found.push({ from: valueOf(layer, 'spa', 'sender ip'), to: valueOf(layer, 'tpa', 'target ip') })
    if (layer.layer !== 'ipv4') return
    const inner = packet.layers[i + 1]
    const port = (name: string): string => {
      const value = inner && (inner.layer === 'tcp' || inner.layer === 'udp') ? valueOf(inner, name) : ''
      return value ? `:${value}` : ''
    }
    found.push({ from: valueOf(layer, 'src') + port('sport'), to: valueOf(layer, 'dst') + port('dport') })
  })
  return found
}

function valueOf(layer: LayerView, ...names: readonly string[]): string {
  return layer.fields.find(({ name }) => names.includes(name))?.value ?? ''
}
