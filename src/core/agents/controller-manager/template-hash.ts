import { canonical } from '../../base/hash.ts'
import type { PodTemplateSpec } from '../../api/kinds/types.ts'

const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * The label value that tells the templates of a workload apart: FNV-1a of the template, written with letters that cannot
 * spell anything. The real hash runs over Go's dump of the struct, so the values differ, their form does not.
 */
export function templateHash(template: PodTemplateSpec, collisions: number): string {
  const known = remembered.get(template)
  if (known && known.collisions === collisions) return known.hash
  const hash = computeHash(template, collisions)
  remembered.set(template, { collisions, hash })
  return hash
}

// Stored objects do not change: what was computed for one holds as long as it lives.
const remembered = new WeakMap<PodTemplateSpec, { readonly collisions: number; readonly hash: string }>()

function computeHash(template: PodTemplateSpec, collisions: number): string {
  let hash = 0x811c9dc5
  const text = canonical(template) + (collisions > 0 ? String(collisions) : '')
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return [...String(hash >>> 0)].map((digit) => SAFE_LETTERS[digit.charCodeAt(0) % SAFE_LETTERS.length]).join('')
}
