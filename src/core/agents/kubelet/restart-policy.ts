import type { Pod } from '../../api/kinds/types.ts'
import type { ContainerRow } from './tables.ts'

/** Whether an ended container is started again (ShouldContainerBeRestarted). */
export function shouldRestart(pod: Pod, c: ContainerRow): boolean {
  const failed = c.terminated?.exitCode !== 0
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (c.kind === 'sidecar') return true
  if (c.kind === 'init') return failed && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && failed)
}

/** It has ended, for good. */
export const isOver = (pod: Pod, c: ContainerRow): boolean => c.state === 'terminated' && !shouldRestart(pod, c)
