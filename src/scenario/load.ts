import type { ObjectRef } from '../core/base/ref.ts'
import { compareKeys } from '../core/base/order.ts'
import { type Diagnostic, diagnostic } from './diagnostics.ts'
import { loadHeader } from './document.ts'
import type { LabSpec } from './types.ts'

/** A whole lab text, read. `M` is what the reader of manifests makes of them. */
export interface LoadedLab<M> {
  /** `null` when the lab's own document has an error. */
  readonly lab: LabSpec | null
  readonly manifests: M
  /** About the lab's own document; what is wrong with manifests is in `manifests`. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads a lab text: its own document here, its manifests by `readManifests(text, from)`, which gets the whole text, so that its
 * offsets and lines are those of the text, and the offset at which the second document begins. Manifests are read
 * even when the lab's own document has errors, so that both show at once. Never throws itself.
 */
export function loadLab<M>(text: string, readManifests: (text: string, from: number) => M): LoadedLab<M> {
  const { lab, diagnostics, manifestsAt } = loadHeader(text)
  const manifests = readManifests(text, manifestsAt)
  const stranded = lab !== null && lab.cluster === null && hasContent(text.slice(manifestsAt))
  const warning = diagnostic('warning', 'manifest-needs-cluster', {})
  return { lab, manifests, diagnostics: stranded ? [...diagnostics, warning] : diagnostics }
}

/** Blanks are those of one line: a pattern that looked past its end would take quadratic time over empty lines. */
const hasContent = (text: string): boolean => /^(?!(?:---|\.\.\.)(?:\s|$)|[^\S\r\n\u2028\u2029]*(?:#|$))/m.test(text)

interface Named {
  readonly ref: ObjectRef
}

/**
 * The objects to apply at boot: those of the add-ons, each replaced in its place by the document's object of the same kind, namespace
 * and name where there is one, then the document's others in their order.
 */
export function withAddons<T extends Named>(addons: readonly T[], own: readonly T[]): T[] {
  const byRef = new Map(own.map((object) => [object.ref, object]))
  const bundled = new Set(addons.map((object) => object.ref))
  return [
    ...addons.map((object) => byRef.get(object.ref) ?? object),
    ...own.filter((object) => !bundled.has(object.ref)),
  ]
}

/** The refs of add-on objects that the document replaces, sorted. */
export const overridden = (addons: readonly Named[], own: readonly Named[]): ObjectRef[] => {
  const refs = new Set(own.map((object) => object.ref))
  return addons
    .map((object) => object.ref)
    .filter((ref) => refs.has(ref))
    .sort(compareKeys)
}
