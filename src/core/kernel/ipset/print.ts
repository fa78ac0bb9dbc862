import { formatIpv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import type { Kernel } from '../kernel.ts'
import { elementText } from './element.ts'
import { KINDS, isBitmap } from './kinds.ts'
import { membersOf, referencesTo } from './sets.ts'
import type { MemberRow, SetRow } from './types.ts'

/** `ipset list`. */
export function listText(
  k: Kernel,
  sets: readonly SetRow[],
  how: { readonly terse: boolean; readonly names: boolean; readonly sorted: boolean },
): string {
  const ordered = listsLast(sets)
  if (how.names) return ordered.map((set) => `${set.name}\n`).join('')
  return ordered
    .map((set) => {
      const members = inOrder(k, set, how.sorted)
      const head =
        `Name: ${set.name}\nType: ${set.type}\nRevision: ${KINDS[set.type].revision}\nHeader: ${headerText(set)}\n` +
        `Size in memory: ${memory(set, members)}\nReferences: ${referencesTo(k, set)}\nNumber of entries: ${members.length}\n`
      if (how.terse) return head
      return `${head}Members:\n${members.map((row) => `${memberText(k, set, row)}\n`).join('')}`
    })
    .join('\n')
}

/** `ipset save`: what `ipset restore` reads. */
export function saveText(k: Kernel, sets: readonly SetRow[], how: { readonly sorted: boolean }): string {
  return listsLast(sets)
    .map((set) => {
      const members = inOrder(k, set, how.sorted)
      const lines = members.map((row) => `add ${set.name} ${memberText(k, set, row)}\n`)
      return `create ${set.name} ${set.type} ${headerText(set)}\n${lines.join('')}`
    })
    .join('')
}

/** What a list names comes before it. */
const listsLast = (sets: readonly SetRow[]): readonly SetRow[] => {
  const isList = (set: SetRow): number => Number(set.type === 'list:set')
  return [...sets].sort((a, b) => isList(a) - isList(b))
}

function inOrder(k: Kernel, set: SetRow, sorted: boolean): readonly MemberRow[] {
  const members = membersOf(k, set)
  if (!sorted || set.type === 'list:set') return members
  return [...members].sort(
    (a, b) => a.element.ip - b.element.ip || a.element.len - b.element.len || a.position - b.position,
  )
}

/** What the set was created with. */
export function headerText(set: SetRow): string {
  const words: string[] = []
  if (set.type === 'list:set') words.push(`size ${set.size}`)
  else if (isBitmap(set.type)) {
    const end = (value: number): string => (set.type === 'bitmap:port' ? `${value}` : formatIpv4(value))
    words.push(`range ${end(set.range[0])}-${end(set.range[1])}`)
  } else words.push(`family ${set.family}`, `hashsize ${set.hashsize}`, `maxelem ${set.maxelem}`)
  if (set.netmask !== 32) words.push(`netmask ${set.netmask}`)
  if (set.timeout !== null) words.push(`timeout ${set.timeout}`)
  if (set.counters) words.push('counters')
  if (set.comment) words.push('comment')
  if (set.skbinfo) words.push('skbinfo')
  if (set.forceadd && !set.skbinfo) words.push('forceadd')
  if (set.type.startsWith('hash:'))
    words.push(`bucketsize ${set.bucketsize}`, `initval 0x${set.initval.toString(16).padStart(8, '0')}`)
  return words.join(' ')
}

export function memberText(k: Kernel, set: SetRow, row: MemberRow): string {
  const words = [elementText(set, row.element)]
  if (row.nomatch) words.push('nomatch')
  if (set.timeout !== null) words.push(`timeout ${remaining(k, row)}`)
  if (set.counters) words.push(`packets ${row.packets}`, `bytes ${row.bytes}`)
  if (row.comment !== '') words.push(`comment "${row.comment}"`)
  return words.join(' ')
}

/** ip_set_timeout_get: whole seconds, at least one as long as it lasts. */
const remaining = (k: Kernel, row: MemberRow): number =>
  row.expires === 0 ? 0 : Math.max(1, Math.floor((row.expires - k.now) / SEC))

/**
 * Bytes that the kernel says the set takes (mtype_memsize, 64 bit), as if each element of a hash had a bucket of its own, which is nearly
 * so in a set that is not full.
 */
function memory(set: SetRow, members: readonly MemberRow[]): number {
  const { base, bytes } = KINDS[set.type]
  const extensions =
    (set.counters ? 16 : 0) + (set.timeout !== null ? 8 : 0) + (set.comment ? 8 : 0) + (set.skbinfo ? 16 : 0)
  const size = extensions === 0 ? bytes : Math.ceil(bytes / 8) * 8 + extensions
  const comments = members.reduce((sum, { comment }) => sum + (comment === '' ? 0 : comment.length + 17), 0)
  if (set.type === 'list:set') return base + members.length * (bytes + extensions) + comments
  if (isBitmap(set.type)) {
    const slots = Math.floor((set.range[1] - set.range[0]) / 2 ** (32 - set.netmask)) + 1
    return base + Math.ceil(slots / 64) * 8 + slots * size + comments
  }
  return base + members.length * (32 + 2 * size) + comments
}
