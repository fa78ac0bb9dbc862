import type { Document } from 'yaml'
import { LAB_API_VERSION } from './types.ts'

/**
 * How a lab of one version becomes one of the next. `apply` edits the YAML document, so that comments survive; it may assume
 * that nothing has been checked. Steps are never changed once released: people keep labs for years.
 */
export interface Migration {
  readonly from: string
  readonly to: string
  readonly apply: (document: Document) => void
}

/** Oldest first. `hopscope.dev/v1alpha1` is the first version, so there is none yet. */
export const MIGRATIONS: readonly Migration[] = []

export type VersionState =
  | { readonly kind: 'current' }
  | { readonly kind: 'old'; readonly steps: readonly Migration[] }
  | { readonly kind: 'future' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'foreign' }

const GROUP = 'hopscope.dev/'

/** What to do with a document of this `apiVersion`. `foreign`: not of our API group; `unknown`: ours, but never released. */
export function versionState(apiVersion: string, migrations: readonly Migration[] = MIGRATIONS): VersionState {
  if (apiVersion === LAB_API_VERSION) return { kind: 'current' }
  if (!apiVersion.startsWith(GROUP)) return { kind: 'foreign' }
  const steps = stepsFrom(apiVersion, migrations)
  if (steps) return { kind: 'old', steps }
  return (rank(apiVersion) ?? -1) > rank(LAB_API_VERSION)! ? { kind: 'future' } : { kind: 'unknown' }
}

function stepsFrom(version: string, migrations: readonly Migration[]): readonly Migration[] | null {
  const first = migrations.findIndex((step) => step.from === version)
  if (first < 0) return null
  const steps = migrations.slice(first)
  return steps.at(-1)!.to === LAB_API_VERSION ? steps : null
}

/** Orders versions as Kubernetes does: v1alpha1 < v1alpha2 < v1beta1 < v1 < v2alpha1. `null` when it is not a version. */
function rank(apiVersion: string): number | null {
  const match = /^v(\d{1,4})(?:(alpha|beta)(\d{1,4}))?$/.exec(apiVersion.slice(GROUP.length))
  if (!match) return null
  const stage = match[2] === 'alpha' ? 0 : match[2] === 'beta' ? 1 : 2
  return Number(match[1]) * 1e6 + stage * 1e5 + Number(match[3] ?? 0)
}
