import type { ObjectRef } from '../base/ref.ts'
import type { CauseId } from '../world/table.ts'
import type { ExplainEnv, Lines } from './env.ts'
import type { CauseView, SubjectView } from './views.ts'

/** Longer chains than this do not occur; a ring would be a bug of ours. */
const LIMIT = 32

/** The chain behind a write, newest link first: agent ← API write ← … ← the edit. */
export function causeChain(env: ExplainEnv, cause: CauseId): CauseView[] {
  const chain: CauseView[] = []
  let id = cause
  while (id !== 0 && chain.length < LIMIT) {
    const link = env.world.causes.get(id)
    if (!link) break
    chain.push({ actor: link.actor, verb: link.verb, ref: link.ref })
    id = link.parent
  }
  return chain
}

/** The chain in one line, for the trace's JSON: `kube-proxy@node1 ← EndpointSlice/default/web-x1 ← … ← you`. */
export function causeLine(chain: readonly CauseView[]): string {
  const [first, ...rest] = chain
  if (!first) return ''
  const parts = [first.actor, ...rest.map((link) => link.ref || link.actor)]
  const root = chain.at(-1)!.actor
  if (parts.at(-1) !== root) parts.push(root)
  return parts.join(' ← ')
}

export const subjectViews = (refs: readonly ObjectRef[], lines: Lines): SubjectView[] =>
  refs.map((ref) => ({ ref, line: lines(ref) }))
