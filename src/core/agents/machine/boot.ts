import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { MachineEnv, MachineSpec } from '../contracts/node-env.ts'
import { bootMachine } from './machine.ts'

const MACHINE_BOOT: EventKind<MachineSpec> = eventKind('machine.boot')

export interface Machines {
  /** Switches a machine on, as an event of its own, now. */
  boot(spec: MachineSpec): void
}

/** Once per lab. `booted` is what happens on a machine that is up: its kubelet starts. */
export function installMachines(
  env: MachineEnv,
  booted: (spec: MachineSpec, netns: number) => void = () => {},
): Machines {
  const { sim } = env.kernel
  sim.on(MACHINE_BOOT, (spec) => booted(spec, bootMachine(env, spec)))
  return { boot: (spec) => void sim.after(0, MACHINE_BOOT, spec) }
}
