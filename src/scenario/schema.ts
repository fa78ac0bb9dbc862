import { type Result, err, ok } from '../core/base/result.ts'
import { checkCluster, readCluster } from './cluster.ts'
import type { Diagnostic, Locate } from './diagnostics.ts'
import { readFabric } from './fabric.ts'
import { versionState } from './migrations.ts'
import { Reader, at, get, present, shown } from './reader.ts'
import { readScript } from './script.ts'
import { LAB_API_VERSION, LAB_KIND, type LabSpec } from './types.ts'
import { readView } from './view.ts'

export interface ParsedLab {
  readonly lab: LabSpec
  /** Nothing but warnings. */
  readonly warnings: readonly Diagnostic[]
}

/**
 * Reads the first document of a lab as plain values (what YAML's `toJS` gives), fills in defaults and checks it whole.
 * `locate` finds the text of a path for messages. The error holds every problem found, warnings included.
 */
export function parseLab(value: unknown, locate: Locate = () => null): Result<ParsedLab, readonly Diagnostic[]> {
  const reader = new Reader(locate)
  const lab = readLab(reader, value)
  return lab && !reader.failed ? ok({ lab, warnings: reader.problems }) : err(reader.problems)
}

function readLab(reader: Reader, value: unknown): LabSpec | null {
  if (!isLab(reader, value)) return null
  const root = reader.map([], value, ['apiVersion', 'kind', 'metadata', 'spec'])
  if (!root) return null
  const metadata = reader.map(['metadata'], get(root, 'metadata'), ['name', 'labels', 'annotations'])
  const name = metadata ? reader.name(at(metadata, 'name'), get(metadata, 'name')) : null
  const spec = reader.map(['spec'], get(root, 'spec'), ['seed', 'fabric', 'cluster', 'script', 'view'])
  if (!spec) return null
  const seed = present(get(spec, 'seed')) ? reader.integer(at(spec, 'seed'), get(spec, 'seed'), 0, 0xffffffff) : 1
  const hasCluster = present(get(spec, 'cluster'))
  const fabric = readFabric(reader, at(spec, 'fabric'), get(spec, 'fabric'), hasCluster)
  const cluster = readCluster(reader, at(spec, 'cluster'), get(spec, 'cluster'))
  // Machines that could not be read would only seem to be missing.
  if (cluster && !reader.failed) checkCluster(reader, at(spec, 'cluster'), cluster, fabric)
  const script = readScript(reader, at(spec, 'script'), get(spec, 'script'), fabric, hasCluster)
  const view = readView(reader, at(spec, 'view'), get(spec, 'view'))
  return name === null || seed === null ? null : { name, seed, fabric, cluster, script, view }
}

function isLab(reader: Reader, value: unknown): boolean {
  const header = (key: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? (value as Readonly<Record<string, unknown>>)[key]
      : undefined
  const version = header('apiVersion')
  const kind = header('kind')
  const state = typeof version === 'string' ? versionState(version).kind : 'foreign'
  const known = LAB_API_VERSION
  if (state === 'foreign' || kind !== LAB_KIND) {
    const found = present(version) || present(kind) ? `${shown(version ?? '')} ${shown(kind ?? '')}` : shown(value)
    reader.error(present(version) ? ['apiVersion'] : [], 'not-a-lab', { found })
    return false
  }
  if (state === 'future') reader.error(['apiVersion'], 'future-version', { version: shown(version), known })
  if (state === 'unknown' || state === 'old')
    reader.error(['apiVersion'], 'unknown-version', { version: shown(version), known })
  return state === 'current'
}
