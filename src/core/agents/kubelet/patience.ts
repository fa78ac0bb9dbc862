import { SEC, type SimTime } from '../../base/time.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { Kubelets } from './context.ts'
import type { ContainerRow } from './tables.ts'

/** The lab no longer waits for an init container. */
export const INIT_WAITED: EventKind<{ readonly container: string }> = eventKind('kubelet.init-waited')

/**
 * How long a running init container keeps the lab from being settled: its pod is still on its way up. One that waits longer waits for
 * something that may never come, and is a timer like any other.
 */
const INIT_PATIENCE: SimTime = 60 * SEC

/** Event id of the end of the patience; 0: nobody waits for this container. */
export const awaitInit = ({ env: { kernel } }: Kubelets, c: ContainerRow): number =>
  c.kind === 'init' ? kernel.sim.after(INIT_PATIENCE, INIT_WAITED, { container: `${c.uid}/${c.name}` }) : 0

export function initEnded({ env: { kernel } }: Kubelets, { awaited }: ContainerRow): void {
  if (awaited !== 0) kernel.sim.cancel(awaited)
}
