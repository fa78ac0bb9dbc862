import type { ObjectRef } from '../base/ref.ts'
import type { ApiServer } from '../api/store/store.ts'
import type { Fabric } from '../fabric/fabric.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ProcessTables } from '../kernel/process/tables.ts'
import type { SocketTables } from '../kernel/socket/tables.ts'
import type { Sim } from '../sim/sim.ts'
import type { Trace } from '../trace/trace.ts'
import type { World } from '../world/world.ts'
import type { HostView } from './views.ts'

/**
 * What every answer is read from. The caller has put the world to the moment that is asked about (`sim.seek` to the record's
 * journal position): nothing here seeks.
 */
export interface ExplainEnv {
  readonly world: World
  readonly sim: Sim
  readonly trace: Trace
  readonly kernel: Kernel
  readonly fabric: Fabric
  /** `null`: a lab without a cluster. */
  readonly api: ApiServer | null
  readonly sockets: SocketTables | null
  readonly processes: ProcessTables | null
  /** What the lab's document says a machine is; without it a cluster node is a worker until its Node object tells more. */
  readonly roleOf?: (host: string) => HostView['role'] | undefined
}

/** Where an object stands in the lab's text, 1-based; `null` when it is not in it. */
export type Lines = (ref: ObjectRef) => number | null

export const NO_LINES: Lines = () => null
