import type { Cidr } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import type { SimTime } from '../../base/time.ts'
import type { EventKind } from '../../sim/sim.ts'
import type { ApiObject, LabelSelector } from '../kinds/types.ts'

/** Who asks: the program or person as it appears in cause chains, e.g. `kubelet@node1`, `deployment-controller`, `you`. */
export type Actor = string

/** What the API server answers instead of an object, in the server's own English words. */
export type { ApiError } from '../kinds/errors.ts'

export interface ApiServerConfig {
  /** Service addresses are allocated out of it; its first usable address is the `kubernetes` Service. */
  readonly serviceCIDR: Cidr
  /** Default 30000-32767. */
  readonly nodePorts?: { readonly from: number; readonly to: number }
  /** Where the API server itself listens: endpoint of the `kubernetes` Service. */
  readonly advertiseAddress: Ipv4
  /** Default 6443. */
  readonly securePort?: number
  /** From a write until a watcher hears of it. A figure of the model, not measured. Default 1 ms. */
  readonly watchLatency?: SimTime
}

export interface CreateOptions {
  /** `Strict`: unknown and duplicate fields are refused as kubectl asks for it. Default `Ignore`, as the agents' clients have it. */
  readonly fieldValidation?: 'Strict' | 'Ignore'
  readonly dryRun?: boolean
}

export type PatchType = 'merge' | 'strategic' | 'json' | 'apply'

export interface PatchOptions extends CreateOptions {
  /** Default `merge` (RFC 7396); `json` is RFC 6902. `apply` is server-side apply in three-way form: what this manager applied before and dropped now goes. */
  readonly type?: PatchType
  readonly subresource?: 'status'
  /** For `apply`; default: the actor. */
  readonly fieldManager?: string
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

export interface DeleteOptions {
  /** Default: the object's own (pods: `terminationGracePeriodSeconds`); 0 removes at once. */
  readonly gracePeriodSeconds?: number
  /** Default Background. */
  readonly propagation?: Propagation
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export interface ListOptions {
  readonly namespace?: string
  /** A selector text (`app=web,tier in (a,b)`) or a LabelSelector. */
  readonly labelSelector?: string | LabelSelector
  /** `spec.nodeName=node1,status.phase!=Failed`; any dotted path is understood. */
  readonly fieldSelector?: string
}

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** The arguments of the event that a watcher gets for each change. Its cause is the write. */
export interface WatchNotice {
  /** Whom it is for: the `actor` of the subscription. */
  readonly actor: Actor
  readonly type: WatchType
  readonly ref: ObjectRef
  /** As of the write; for DELETED the last state. */
  readonly object: ApiObject
  /** What the watcher had before this change (an informer's cached copy). Absent for ADDED. */
  readonly previous?: ApiObject
}

export interface WatchOptions {
  readonly namespace?: string
  /** As in `ListOptions`: an object that stops matching comes as DELETED, one that starts to as ADDED. */
  readonly fieldSelector?: string
  /** Objects that exist already come as ADDED first, as an informer's list does. Default true. */
  readonly sendInitial?: boolean
  /** Notices count as timers and do not keep the lab from being settled. Default false. */
  readonly background?: boolean
}

export interface Subscriber {
  readonly actor: Actor
  /** The event kind, registered with `sim.on`, that receives the notices. */
  readonly event: EventKind<WatchNotice>
}

/** A row of the `watch` table. */
export interface WatchRow {
  readonly actor: Actor
  readonly event: string
  readonly kinds: readonly string[]
  readonly namespace?: string
  readonly fieldSelector?: string
  readonly background: boolean
}

/** `detail` of the trace record (point `api`, packet 0) that every write leaves. */
export interface ApiTraceDetail {
  readonly d: 'api'
  readonly verb: 'create' | 'update' | 'delete'
  readonly ref: ObjectRef
  readonly actor: Actor
  readonly resourceVersion: string
  /** For updates: only the status changed. */
  readonly subresource?: 'status'
}
