import { emitWithFields, type Field } from './emit.ts'
import { layersOf } from './layers.ts'
import type { Frame } from './types.ts'

/** A field of the frame after a step, and how it differs from before. */
export interface FieldChange {
  readonly field: Field
  /** Its text before; `null` when the layer was not there. */
  readonly before: string | null
}

/**
 * Which fields a step rewrote or added. Layers are matched from the inside out, as headers are put on and taken off at the
 * outside; fields that only moved are not changes.
 */
export function changedFields(before: Frame, after: Frame): readonly FieldChange[] {
  const old = emitWithFields(before)
  const now = emitWithFields(after)
  const shift = matchingShift(before, after)
  const changes: FieldChange[] = []
  for (const field of now.fields) {
    const same = old.fields.find((other) => other.layer === field.layer - shift && isSame(other, field))
    if (same === undefined) changes.push({ field, before: null })
    else if (same.text !== field.text || !sameBytes(old.bytes, same, now.bytes, field)) {
      changes.push({ field, before: same.text })
    }
  }
  return changes
}

/** `after` layer index − `before` layer index for the layers that both have. */
function matchingShift(before: Frame, after: Frame): number {
  const old = layersOf(before)
  const now = layersOf(after)
  const shift = now.length - old.length
  const aligned = old.every((layer, i) => now[i + shift] === undefined || now[i + shift]!.l === layer.l)
  // a packet that became another one (an ICMP error about it) is compared from the outside
  return aligned ? shift : 0
}

const isSame = (a: Field, b: Field): boolean => a.l === b.l && a.name === b.name

function sameBytes(a: Uint8Array, fieldA: Field, b: Uint8Array, fieldB: Field): boolean {
  // fields of some bits share their bytes with others: their text says it all
  if (fieldA.length !== fieldB.length) return false
  if (fieldA.bits !== undefined) return true
  for (let i = 0; i < fieldA.length; i++) if (a[fieldA.offset + i] !== b[fieldB.offset + i]) return false
  return true
}
