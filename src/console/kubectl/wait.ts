import { refOf } from '../../core/api/kinds/ref-of.ts'
import { get as jsonGet, isJson } from '../../core/api/kinds/json.ts'
import type { ApiObject, Condition } from '../../core/api/kinds/types.ts'
import { findAll } from '../../core/api/print/jsonpath.ts'
import { resourceName } from '../../core/api/print/serialize.ts'
import { kindInfo } from '../../core/api/kinds/registry.ts'
import { splitRef } from '../../core/base/ref.ts'
import { SEC, type SimTime } from '../../core/base/time.ts'
import type { Poll } from '../follow/follower.ts'
import { type CommandResult, type ConsoleEnv, follow } from '../types.ts'
import { type Kubectl, Output, complain } from './context.ts'
import { type FlagTable } from './flags.ts'
import { fetchAll, readTargets, refFor } from './resources.ts'
import { selection } from './get.ts'

export const WAIT_FLAGS: FlagTable = {
  for: 'text',
  timeout: 'text',
  'selector|l': 'text',
  'field-selector': 'text',
  all: 'bool',
  'all-namespaces|A': 'bool',
  'filename|f': 'absent',
  'output|o': 'absent',
}

/** What an object has to become. */
export type Goal =
  | { readonly g: 'condition'; readonly type: string; readonly status: string }
  | { readonly g: 'jsonpath'; readonly path: string; readonly value: string | null }
  | { readonly g: 'delete' }
  | { readonly g: 'create' }

export interface WaitState {
  readonly f: 'wait'
  readonly goal: Goal
  /** `uid` '': whichever object has the name. */
  readonly left: readonly { readonly ref: string; readonly uid: string }[]
  readonly deadline: SimTime
}

/** Objects that were deleted and are waited for: `kubectl delete` and `drain` end when they are gone. */
export interface GoneState {
  readonly f: 'gone'
  readonly left: readonly { readonly ref: string; readonly uid: string; readonly said: string }[]
  /** Printed when all are gone. */
  readonly last: string
  readonly deadline: SimTime | null
}

/** `30s`, `2m`, `1h5m`; nanoseconds. A bare number is seconds where kubectl allows it. */
export function durationOf(text: string): SimTime | null {
  if (/^\d{1,9}$/.test(text)) return Number(text) * SEC
  if (!/^(\d{1,6}(\.\d{1,9})?(ns|us|µs|ms|s|m|h))+$/.test(text)) return null
  const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }
  let total = 0
  for (const [, number, , unit] of text.matchAll(/(\d+(\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    total += Number(number) * units[unit!]!
  return Math.round(total)
}

function readGoal(text: string | undefined): Goal {
  const word = text ?? ''
  if (word.toLowerCase() === 'delete') return { g: 'delete' }
  if (word.toLowerCase() === 'create') return { g: 'create' }
  const condition = /^condition=([^=]+)(?:=(.*))?$/.exec(word)
  if (condition) return { g: 'condition', type: condition[1]!, status: condition[2] ?? 'true' }
  const path = /^jsonpath=(\{.*\}|[^=]+)(?:=(.*))?$/s.exec(word)
  if (path)
    return {
      g: 'jsonpath',
      path: path[1]!.replace(/^\{(.*)\}$/s, '$1'),
      value: path[2]?.replace(/^(['"])(.*)\1$/, '$2') ?? null,
    }
  return complain(`unrecognized condition: ${JSON.stringify(word)}`)
}

/** `kubectl wait --for=condition=Ready pod/x --timeout=30s`. */
export function wait(k: Kubectl): CommandResult {
  const goal = readGoal(k.flags.text('for'))
  const timeout = durationOf(k.flags.text('timeout') ?? '30s') ?? complain('invalid duration')
  const out = new Output()
  if (goal.g === 'create') return waitForCreation(k, timeout)
  const bare = k.flags.words.length === 1 && !k.flags.words[0]!.includes('/') && !k.flags.on('all')
  if (bare && !k.flags.has('selector') && !k.flags.has('field-selector'))
    return complain('resource(s) were provided, but no name was specified')
  const objects = fetchAll(k, k.flags.words, selection(k), out)
  if (out.exit !== 0) return goal.g === 'delete' ? { ...out.done(), stderr: '', exit: 0 } : out.done()
  if (objects.length === 0) return complain('no matching resources found')
  const left = objects.map((object) => ({ ref: refOf(object), uid: object.metadata.uid ?? '' }))
  const state: WaitState = { f: 'wait', goal, left, deadline: k.now + timeout }
  return startFollowing(k.env, state)
}

/** `--for=create`: named objects that need not be there yet. */
function waitForCreation(k: Kubectl, timeout: SimTime): CommandResult {
  const { targets } = readTargets(k.flags.words)
  if (targets.some(({ name }) => name === null))
    return complain('--for=create waits for objects that are named, in this lab')
  const left = targets.map(({ info, name }) => ({ ref: refFor(k, info, name!), uid: '' }))
  return startFollowing(k.env, { f: 'wait', goal: { g: 'create' }, left, deadline: k.now + timeout })
}

/** What is true at once needs no waiting. */
export function startFollowing(env: ConsoleEnv, state: WaitState | GoneState): CommandResult {
  const first = state.f === 'wait' ? followWait(env, state) : followGone(env, state)
  if (first.follower === null) return { kind: 'done', stdout: first.stdout, stderr: first.stderr, exit: first.exit }
  return follow(first.follower, first.stdout, first.stderr)
}

export function followWait(env: ConsoleEnv, state: WaitState): Poll {
  let stdout = ''
  const left = state.left.filter(({ ref, uid }) => {
    const object = env.api?.peek(ref)
    const there = object && (uid === '' || object.metadata.uid === uid) ? object : undefined
    if (!meets(state.goal, there)) return true
    stdout += `${there ? resourceName(there) : nameOfRef(ref)} condition met\n`
    return false
  })
  if (left.length === 0) return { stdout, stderr: '', follower: null, exit: 0 }
  if (env.kernel.now >= state.deadline) {
    const stderr = left.map(({ ref }) => `error: timed out waiting for the condition on ${pluralOfRef(ref)}\n`).join('')
    return { stdout, stderr, follower: null, exit: 1 }
  }
  return { stdout, stderr: '', follower: left.length === state.left.length ? state : { ...state, left }, exit: 0 }
}

function nameOfRef(ref: string): string {
  const { kind, name } = splitRef(ref)
  const { singular, group } = kindInfo(kind)
  return `${group ? `${singular}.${group}` : singular}/${name}`
}

function pluralOfRef(ref: string): string {
  const { kind, name } = splitRef(ref)
  return `${kindInfo(kind).plural}/${name}`
}

function meets(goal: Goal, object: ApiObject | undefined): boolean {
  if (goal.g === 'delete') return object === undefined
  if (!object || goal.g === 'create') return object !== undefined
  if (goal.g === 'condition') {
    const status = object['status']
    const conditions = isJson(status) ? jsonGet(status, 'conditions') : undefined
    if (!Array.isArray(conditions)) return false
    const found = (conditions as readonly Condition[]).find(
      (condition) => condition.type.toLowerCase() === goal.type.toLowerCase(),
    )
    return found !== undefined && found.status.toLowerCase() === goal.status.toLowerCase()
  }
  const found = findAll(goal.path, object)
  if (!found.ok || found.value.length === 0) return false
  return goal.value === null || String(found.value[0]) === goal.value
}

export function followGone(env: ConsoleEnv, state: GoneState): Poll {
  let stdout = ''
  const left = state.left.filter(({ ref, uid, said }) => {
    const object = env.api?.peek(ref)
    if (object && object.metadata.uid === uid) return true
    stdout += said
    return false
  })
  if (left.length === 0) return { stdout: stdout + state.last, stderr: '', follower: null, exit: 0 }
  if (state.deadline !== null && env.kernel.now >= state.deadline) {
    const stderr = left.map(({ ref }) => `error: timed out waiting for the condition on ${pluralOfRef(ref)}\n`).join('')
    return { stdout, stderr, follower: null, exit: 1 }
  }
  return { stdout, stderr: '', follower: left.length === state.left.length ? state : { ...state, left }, exit: 0 }
}
