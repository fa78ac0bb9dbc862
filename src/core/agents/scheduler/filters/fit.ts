import type { Filter } from '../framework.ts'
import { requestsOf } from '../resources.ts'

/** Requests against what is allocatable and not requested yet (noderesources/fit.go fitsRequest). */
export const nodeResourcesFit: Filter = (pod, info) => {
  const wanted = requestsOf(pod)
  const { allocatable, requested } = info
  const reasons: string[] = []
  let final = false
  const check = (name: string, want: number, all: number, used: number): void => {
    if (want === 0 || want <= all - used) return
    reasons.push(`Insufficient ${name}`)
    if (want > all) final = true
  }
  if (info.pods.length + 1 > allocatable.pods) reasons.push('Too many pods')
  check('cpu', wanted.milliCpu, allocatable.milliCpu, requested.milliCpu)
  check('memory', wanted.memory, allocatable.memory, requested.memory)
  for (const name of Object.keys(wanted.other).sort()) {
    check(name, wanted.other[name]!, allocatable.other[name] ?? 0, requested.other[name] ?? 0)
  }
  return reasons.length > 0 ? { plugin: 'NodeResourcesFit', reasons, final } : null
}
