import type { Ctx, ProgramEvent } from '../contracts/program.ts'
import { type ResolveResult, type ResolveStep, type Resolving, onResolve, startResolve } from '../contracts/resolver.ts'

/** The state of a program that waits for the addresses of a name, or does not (`null`). */
interface MayWait {
  readonly resolving: Resolving | null
}

/** What a program does once they are known, or that there are none. */
type Then<S> = (ctx: Ctx<S>, state: S, result: ResolveResult) => void

/** getaddrinfo(3): `then` follows at once for an address, or when the servers have answered. */
export function lookUp<S extends MayWait>(ctx: Ctx<S>, state: S, name: string, then: Then<S>): void {
  goOn(ctx, state, startResolve(ctx, name), then)
}

/** Takes an event of a program that waits for a name. False: it does not wait, and the event is its own. */
export function onLookUp<S extends MayWait>(ctx: Ctx<S>, state: S, event: ProgramEvent, then: Then<S>): boolean {
  if (!state.resolving) return false
  const step = onResolve(ctx, state.resolving, event)
  if (step) goOn(ctx, state, step, then)
  return true
}

function goOn<S extends MayWait>(ctx: Ctx<S>, state: S, step: ResolveStep, then: Then<S>): void {
  if (step.done) then(ctx, { ...state, resolving: null }, step.result)
  else ctx.set({ ...state, resolving: step.state })
}

/** gai_strerror(3): EAI_AGAIN, EAI_NONAME. */
export const lookUpErrorText = ({ error }: Extract<ResolveResult, { readonly ok: false }>): string =>
  error === 'again' ? 'Temporary failure in name resolution' : 'Name or service not known'
