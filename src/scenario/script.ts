import type { Path } from './diagnostics.ts'
import { LIMITS } from './limits.ts'
import { parsePlace } from './place.ts'
import { type Reader, at, get, shown } from './reader.ts'
import type { FabricSpec, Place, ScriptEntry } from './types.ts'
import { parseDuration } from './values.ts'

/** The latest moment a script may name: one day. Virtual time itself is exact for 104. */
const MAX_AT = 24 * 3600e9

/** `spec.script`. Machines are checked against the fabric; pods and workloads exist only once the lab runs. */
export function readScript(
  reader: Reader,
  path: Path,
  value: unknown,
  fabric: FabricSpec,
  hasCluster: boolean,
): ScriptEntry[] {
  return reader.each(path, value, LIMITS.script, (entry, itemPath) => {
    const map = reader.map(itemPath, entry, ['at', 'in', 'run'])
    if (!map) return null
    const moment = readMoment(reader, at(map, 'at'), get(map, 'at'))
    const place = readPlace(reader, at(map, 'in'), get(map, 'in'), fabric, hasCluster)
    const run = reader.text(at(map, 'run'), get(map, 'run'), LIMITS.command)
    return moment === null || place === null || run === null ? null : { at: moment, in: place, run }
  })
}

function readMoment(reader: Reader, path: Path, value: unknown): ScriptEntry['at'] | null {
  if (value === undefined || value === null || value === 'settled') return 'settled'
  if (value === 0) return 0
  const time = typeof value === 'string' ? parseDuration(value) : null
  if (time === null || time > MAX_AT) {
    reader.error(path, 'duration-invalid', { found: shown(value) })
    return null
  }
  return time
}

function readPlace(reader: Reader, path: Path, value: unknown, fabric: FabricSpec, hasCluster: boolean): Place | null {
  const text = reader.text(path, value, 1024)
  if (text === null) return null
  const place = parsePlace(text)
  if (!place) {
    reader.error(path, 'place-invalid', { found: shown(text) })
    return null
  }
  const problem = placeProblem(place, fabric, hasCluster)
  if (problem === 'needs-cluster') reader.error(path, 'place-needs-cluster', { found: shown(text) })
  if (problem === 'unknown' && 'name' in place)
    reader.error(path, 'place-unknown', { kind: place.kind, name: place.name })
  return problem ? null : place
}

/** Why a place cannot be in a lab, as far as the document tells: its pods come and go as it runs. */
export function placeProblem(
  place: Place,
  fabric: FabricSpec,
  hasCluster: boolean,
): 'unknown' | 'needs-cluster' | null {
  if (place.kind === 'pod' || place.kind === 'workload') return hasCluster ? null : 'needs-cluster'
  const known =
    place.kind === 'router'
      ? fabric.routers.some((router) => router.name === place.name)
      : fabric.hosts.some((host) => host.name === place.name && (host.role === 'host') === (place.kind === 'host'))
  return known ? null : 'unknown'
}
