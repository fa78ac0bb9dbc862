import { canonical } from '../../base/hash.ts'
import type { PodTemplateSpec } from '../../api/kinds/types.ts'

const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * The label value that tells the templates of a workload apart: FNV-1a of the template, written with letters that cannot
 * spell anything. The real hash runs over Go's dump of the struct, so the values differ, their form does not.
 */
export function templateHash(template: PodTemplateSpec, collisions: number): string {
  let hash = 0x811c9dc5
  const text = canonical(template) + (collisions > 0 ? String(collisions) : '')
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return [...String(hash >>> 0)].map((digit) => SAFE_LETTERS[digit.charCodeAt(0) % SAFE_LETTERS.length]).join('')
}
