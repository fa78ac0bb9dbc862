import type { ApiServer } from '../api/store/store.ts'
import type { ExplainEnv } from '../explain/env.ts'
import type { ProcessTables } from '../kernel/process/tables.ts'
import type { SocketTables } from '../kernel/socket/tables.ts'
import type { Scene } from './scene.ts'

/** A scene as `explain/` reads it. */
export function explainEnv(
  scene: Scene,
  more: { readonly api?: ApiServer; readonly sockets?: SocketTables; readonly processes?: ProcessTables } = {},
): ExplainEnv {
  const { world, sim, trace, kernel, fabric } = scene
  return {
    world,
    sim,
    trace,
    kernel,
    fabric,
    api: more.api ?? null,
    sockets: more.sockets ?? null,
    processes: more.processes ?? null,
  }
}
