import { changedFields } from '../wire/diff.ts'
import { type Field, emitWithFields } from '../wire/emit.ts'
import { layersOf } from '../wire/layers.ts'
import type { Frame } from '../wire/types.ts'
import type { FieldView, PacketView } from './views.ts'

const fieldKey = (field: Field): string => `${field.layer}/${field.name}/${field.offset}`

/** A frame as layers, fields and bytes; `before` decides which fields count as changed (`null`: none). */
export function packetView(frame: Frame, before: Frame | null): PacketView {
  const { bytes, fields } = emitWithFields(frame)
  const changed = new Set<string>()
  if (before !== null && before !== frame) {
    for (const change of changedFields(before, frame)) changed.add(fieldKey(change.field))
  }
  const perLayer: FieldView[][] = layersOf(frame).map(() => [])
  for (const field of fields) {
    perLayer[field.layer]?.push({
      name: field.name,
      value: field.text,
      changed: changed.has(fieldKey(field)),
      offset: field.offset,
      length: field.length,
    })
  }
  const layers = layersOf(frame).map((layer, i) => ({ layer: layer.l, fields: perLayer[i]! }))
  return { layers, bytes, length: bytes.length }
}

/** What comes out of a tunnel: the frame inside the outermost tunnel header; the frame itself when there is none. */
export function unwrapped(frame: Frame): Frame {
  const ip = frame.l === 'eth' ? frame.payload : frame
  if (ip.l !== 'ipv4') return frame
  const { payload } = ip
  if (payload.l === 'ipv4') return payload
  const tunnel = payload.l === 'udp' ? payload.payload : payload
  if (tunnel.l !== 'vxlan' && tunnel.l !== 'geneve' && tunnel.l !== 'gre' && tunnel.l !== 'wireguard') return frame
  return tunnel.payload.l === 'data' ? frame : tunnel.payload
}
