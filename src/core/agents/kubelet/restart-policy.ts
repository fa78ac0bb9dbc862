import type { Pod } from '../../api/kinds/types.ts'
import { type ContainerRow, wantedImage } from './tables.ts'

/** The spec names another image than the container runs with: it is restarted, whatever the policy (computePodActions). */
export const isRedefined = (pod: Pod, c: ContainerRow): boolean =>
  c.id !== '' && c.kind !== 'init' && c.image !== wantedImage(pod, c)

/** Whether an ended container is started again (ShouldContainerBeRestarted). */
export function shouldRestart(pod: Pod, c: ContainerRow): boolean {
  const failed = c.terminated?.exitCode !== 0
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (c.kind === 'sidecar' || isRedefined(pod, c)) return true
  if (c.kind === 'init') return failed && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && failed)
}

/** It has ended, for good. */
export const isOver = (pod: Pod, c: ContainerRow): boolean => c.state === 'terminated' && !shouldRestart(pod, c)
