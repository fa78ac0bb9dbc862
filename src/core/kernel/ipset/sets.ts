import { type Result, err, ok } from '../../base/result.ts'
import { SEC } from '../../base/time.ts'
import type { Kernel } from '../kernel.ts'
import { elementText } from './element.ts'
import { isBitmap } from './kinds.ts'
import { ruleReferences } from './references.ts'
import type { Element, MemberRow, SetRow } from './types.ts'

/** What the kernel says no with, in the words of ipset(8) (lib/errcode.c). */
export const SET_ERRORS = {
  'no-set': 'The set with the given name does not exist',
  'set-exists': 'Set cannot be created: set with the same name already exists',
  'destroy-busy': 'Set cannot be destroyed: it is in use by a kernel component',
  'rename-busy': 'Set cannot be renamed: it is in use by another system',
  'rename-exists': 'Set cannot be renamed: a set with the new name already exists',
  'swap-type': 'The sets cannot be swapped: their type does not match',
  'member-exists': "Element cannot be added to the set: it's already added",
  'member-missing': "Element cannot be deleted from the set: it's not added",
  full: 'Hash is full, cannot add more elements',
  'out-of-range': 'Element is out of the range of the set',
  'list-full': 'Set is full, more elements cannot be added.',
  'no-such-set': 'Set to be added/deleted/tested as element does not exist.',
  'list-in-list': 'Sets with list:set type cannot be added to the set.',
  'no-reference': "The set to which you referred with 'before' or 'after' is not added to the set.",
} as const
export type SetError = keyof typeof SET_ERRORS

export const setKey = (netns: number, name: string): string => `${netns}/${name}`
/** Of an address with a MAC the address alone tells it from others. */
const memberKey = (set: SetRow, element: Element): string =>
  `${set.id}/${elementText(set, set.type === 'bitmap:ip,mac' ? { ...element, mac: -1 } : element)}`

export const findSet = (k: Kernel, netns: number, name: string): SetRow | undefined =>
  k.t.ipset.get(setKey(netns, name))

/** Sets of a namespace by index: the order of `ipset list`. */
export const setsOf = (k: Kernel, netns: number): readonly SetRow[] =>
  [...k.t.ipsetByNetns.at(netns).rows()].sort((a, b) => a.index - b.index)

/** Members that have not timed out, in order of listing. */
export const membersOf = (k: Kernel, set: SetRow): readonly MemberRow[] =>
  k.t.ipsetMemberBySet
    .at(set.id)
    .rows()
    .filter((row) => alive(k, row))
    .sort((a, b) => a.position - b.position)

const alive = (k: Kernel, row: MemberRow): boolean => row.expires === 0 || row.expires > k.now

export function findMember(k: Kernel, set: SetRow, element: Element): MemberRow | undefined {
  const row = k.t.ipsetMember.get(memberKey(set, element))
  return row && alive(k, row) ? row : undefined
}

/** How many rules and lists name a set. */
export const referencesTo = (k: Kernel, set: SetRow): number =>
  ruleReferences(k, set.netns, set.name) +
  setsOf(k, set.netns).filter((list) => list.type === 'list:set' && membersOf(k, list).some(names(set.name))).length

const names =
  (name: string) =>
  (row: MemberRow): boolean =>
    row.element.set === name

/** ip_set_create. `exist`: a set of that name and the same parameters will do. */
export function createSet(
  k: Kernel,
  wanted: Omit<SetRow, 'id' | 'index' | 'initval'> & { readonly initval: number | null },
  exist = false,
): Result<SetRow, SetError> {
  const present = findSet(k, wanted.netns, wanted.name)
  if (present) return exist && same(present, wanted) ? ok(present) : err('set-exists')
  const used = new Set(setsOf(k, wanted.netns).map((set) => set.index))
  let index = 0
  while (used.has(index)) index++
  const initval = wanted.initval ?? k.world.random('ipset')
  const row: SetRow = { ...wanted, id: k.world.next('ipset'), index, initval }
  k.world.put(k.t.ipset, setKey(row.netns, row.name), row)
  return ok(row)
}

const COMPARED = ['type', 'family', 'netmask', 'timeout', 'counters', 'comment', 'maxelem', 'size'] as const
const same = (a: SetRow, b: Omit<SetRow, 'id' | 'index' | 'initval'>): boolean =>
  COMPARED.every((field) => a[field] === b[field]) && a.range[0] === b.range[0] && a.range[1] === b.range[1]

export function destroySet(k: Kernel, set: SetRow): Result<void, SetError> {
  if (referencesTo(k, set) > 0) return err('destroy-busy')
  flushSet(k, set)
  k.world.delete(k.t.ipset, setKey(set.netns, set.name))
  return ok(undefined)
}

export function flushSet(k: Kernel, set: SetRow): void {
  for (const key of [...k.t.ipsetMemberBySet.at(set.id).keys()]) k.world.delete(k.t.ipsetMember, key)
}

export function renameSet(k: Kernel, set: SetRow, name: string): Result<void, SetError> {
  if (referencesTo(k, set) > 0) return err('rename-busy')
  if (findSet(k, set.netns, name)) return err('rename-exists')
  k.world.delete(k.t.ipset, setKey(set.netns, set.name))
  k.world.put(k.t.ipset, setKey(set.netns, name), { ...set, name })
  return ok(undefined)
}

/** ip_set_swap: the contents change places; whoever names a set finds the other's. */
export function swapSets(k: Kernel, a: SetRow, b: SetRow): Result<void, SetError> {
  if (a.type !== b.type || a.family !== b.family) return err('swap-type')
  k.world.put(k.t.ipset, setKey(a.netns, a.name), { ...b, name: a.name, index: a.index })
  k.world.put(k.t.ipset, setKey(b.netns, b.name), { ...a, name: b.name, index: b.index })
  return ok(undefined)
}

/** What may be said of a member beside the element. */
export interface MemberOptions {
  /** Seconds; 0 is for ever; absent: the set's default. */
  readonly timeout?: number
  readonly nomatch?: boolean
  readonly packets?: number
  readonly bytes?: number
  readonly comment?: string
  /** list:set: where it is to stand. */
  readonly before?: string
  readonly after?: string
}

/** Adds one element. `exist`: it may be there already, and then takes these options. */
export function addMember(
  k: Kernel,
  set: SetRow,
  element: Element,
  options: MemberOptions = {},
  exist = false,
): Result<void, SetError> {
  const problem = refused(k, set, element)
  if (problem) return err(problem)
  const present = findMember(k, set, element)
  if (present && !exist) return err('member-exists')
  if (!present && !room(k, set)) return err(set.type === 'list:set' ? 'list-full' : 'full')
  const place = position(k, set, element, options)
  if (place === null) return err('no-reference')
  const seconds = options.timeout ?? set.timeout
  k.world.put(k.t.ipsetMember, memberKey(set, element), {
    set: set.id,
    element,
    position: present?.position ?? place,
    expires: set.timeout === null || seconds === null || seconds === 0 ? 0 : k.now + seconds * SEC,
    nomatch: options.nomatch ?? false,
    packets: options.packets ?? 0,
    bytes: options.bytes ?? 0,
    comment: options.comment ?? '',
  })
  return ok(undefined)
}

function refused(k: Kernel, set: SetRow, element: Element): SetError | null {
  if (isBitmap(set.type)) {
    const value = set.type === 'bitmap:port' ? element.port : element.ip
    return value < set.range[0] || value > set.range[1] ? 'out-of-range' : null
  }
  if (set.type !== 'list:set') return null
  const named = findSet(k, set.netns, element.set)
  if (!named) return 'no-such-set'
  return named.type === 'list:set' ? 'list-in-list' : null
}

/** Whether one more fits; `forceadd` puts out the oldest to make room, and so do members that have timed out. */
function room(k: Kernel, set: SetRow): boolean {
  if (isBitmap(set.type)) return true
  const bucket = k.t.ipsetMemberBySet.at(set.id)
  const limit = set.type === 'list:set' ? Number.POSITIVE_INFINITY : set.maxelem
  if (bucket.size < limit) return true
  const dead = bucket.keys().filter((key) => !alive(k, k.t.ipsetMember.get(key)!))
  for (const key of dead) k.world.delete(k.t.ipsetMember, key)
  if (bucket.size < limit) return true
  if (!set.forceadd) return false
  const oldest = membersOf(k, set)[0]
  if (oldest) k.world.delete(k.t.ipsetMember, memberKey(set, oldest.element))
  return oldest !== undefined
}

/** Where the new member stands: bitmaps by value, lists where `before` and `after` say, else at the end. */
function position(k: Kernel, set: SetRow, element: Element, { before, after }: MemberOptions): number | null {
  if (set.type === 'bitmap:port') return element.port
  if (isBitmap(set.type)) return element.ip
  const anchor = before ?? after
  if (anchor === undefined) return k.world.next('ipset.member')
  const order = membersOf(k, set)
  const at = order.findIndex(names(anchor))
  if (at < 0) return null
  const [low, high] = before === undefined ? [order[at], order[at + 1]] : [order[at - 1], order[at]]
  if (!low) return high!.position - 1
  return high ? (low.position + high.position) / 2 : k.world.next('ipset.member')
}

/** Takes one element out. `exist`: it need not be there. */
export function deleteMember(k: Kernel, set: SetRow, element: Element, exist = false): Result<void, SetError> {
  if (set.type === 'list:set' && !findSet(k, set.netns, element.set)) return err('no-such-set')
  if (isBitmap(set.type) && refused(k, set, element)) return err('out-of-range')
  const present = findMember(k, set, element)
  if (!present) return exist ? ok(undefined) : err('member-missing')
  k.world.delete(k.t.ipsetMember, memberKey(set, element))
  return ok(undefined)
}

export const updateMember = (k: Kernel, set: SetRow, row: MemberRow): void =>
  k.world.put(k.t.ipsetMember, memberKey(set, row.element), row)

/** Everything of a namespace goes with it. */
export function deleteSetsOf(k: Kernel, netns: number): void {
  for (const set of setsOf(k, netns)) {
    flushSet(k, set)
    k.world.delete(k.t.ipset, setKey(netns, set.name))
  }
}
