import type { ObjectRef } from '../../base/ref.ts'
import type { SimTime } from '../../base/time.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { HttpServer } from '../contracts/http-server.ts'
import type { Ctx, SocketFd } from '../contracts/program.ts'
import type { ProgramWatches } from '../contracts/program-watch.ts'
import type { Configuration } from './configuration.ts'
import type { SyncState } from './iptables/sync.ts'

/** What kube-proxy works with. */
export interface KubeProxyEnv {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly watches: ProgramWatches
}

/** What a running kube-proxy remembers. */
export interface KubeProxyState {
  /** `kube-proxy@node1` */
  readonly actor: string
  readonly node: string
  readonly configuration: Configuration
  /** The rules of the last sync that went through; `null`: the next one is a full one. */
  readonly previous: SyncState | null
  /** A sync is on its way. */
  readonly due: boolean
  readonly lastSync: SimTime
  /** Since when syncs have failed; -1 = they have not. */
  readonly failingSince: SimTime
  readonly http: HttpServer
  /** Servers of healthCheckNodePorts. */
  readonly checks: readonly HealthCheckServer[]
}

export interface HealthCheckServer {
  readonly service: ObjectRef
  readonly port: number
  readonly fd: SocketFd
  readonly localEndpoints: number
}

export type KubeProxyCtx = Ctx<KubeProxyState>
