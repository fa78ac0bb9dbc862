/**
 * What an answer of this folder looks like: the values that the inspector, the canvas and the timeline show. Plain and
 * structured-cloneable; `worker/protocol.ts` sends them as they are.
 */
import type { ObjectRef } from '../base/ref.ts'
import type { SimTime } from '../base/time.ts'
import type { LinkKind } from '../kernel/tables.ts'
import type { TraceColumns } from '../trace/columns.ts'
import type { DropReason, Point, Verdict } from '../trace/vocabulary.ts'

/** A moment of the timeline: the index of a trace record; 0 is the first thing that happened. */
export type Cursor = number

// ---- what the canvas draws -------------------------------------------------------------------------------------------

/** The lab as of the cursor, as the canvas and the outline need it. Lists are in a stable order. */
export interface TopologyView {
  readonly networks: readonly NetworkView[]
  readonly hosts: readonly HostView[]
  readonly services: readonly ServiceView[]
  readonly workloads: readonly WorkloadView[]
  readonly namespaces: readonly string[]
}
export interface NetworkView {
  /** `network/rack1` */
  readonly id: string
  readonly name: string
  readonly cidr: string
  readonly mtu: number
}
export interface HostView {
  /** `node/node1`, `host/laptop`, `router/r1`: also the PLACE to open a terminal in. */
  readonly id: string
  readonly name: string
  readonly role: 'control-plane' | 'worker' | 'host' | 'router'
  readonly addresses: readonly string[]
  /** Node condition Ready; `null` when it is no cluster node (yet). */
  readonly ready: boolean | null
  /** The host's own namespace first, then pods by name. */
  readonly netns: readonly NetnsView[]
  /** Pods that share the host's namespace. */
  readonly hostPods: readonly PodView[]
}
export interface NetnsView {
  /** Trace column `place`. */
  readonly id: number
  /** `named`: made by `ip netns add`. */
  readonly kind: 'host' | 'pod' | 'named'
  readonly name: string
  readonly pod: PodView | null
  readonly devices: readonly DeviceView[]
}
export interface PodView {
  readonly ref: ObjectRef
  readonly name: string
  readonly namespace: string
  /** What `kubectl get pods` prints in STATUS. */
  readonly status: string
  readonly ready: boolean
  readonly ip: string | null
  readonly node: string | null
  readonly owner: ObjectRef | null
  /** PLACE to open a terminal in: `pod/default/client`. */
  readonly place: string
}
/** As `ip -d link` calls it. */
export type DeviceKind = LinkKind
export interface DeviceView {
  /** Trace column `dev`. */
  readonly id: number
  readonly name: string
  readonly kind: DeviceKind
  readonly mac: string
  readonly mtu: number
  readonly up: boolean
  readonly addresses: readonly string[]
  /** Device id of the other end (veth), of the bridge it is a port of, of the device under a tunnel or that it stands on; 0 = none. */
  readonly peer: number
  readonly master: number
  readonly underlay: number
  /** Network id that an `ether` device is plugged into. */
  readonly network: string | null
  /** E.g. `vni 1` for a tunnel. */
  readonly note: string
}
export interface ServiceView {
  readonly ref: ObjectRef
  readonly name: string
  readonly namespace: string
  readonly type: string
  readonly clusterIP: string
  readonly ports: readonly string[]
  /** Pods behind it, ready ones first. */
  readonly endpoints: readonly { readonly pod: ObjectRef | null; readonly address: string; readonly ready: boolean }[]
}
export interface WorkloadView {
  readonly ref: ObjectRef
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly ready: number
  readonly desired: number
}

// ---- the timeline ----------------------------------------------------------------------------------------------------

/** Grows at its end; `from` smaller than what the page has means that the timeline was forked there. */
export interface TimelineUpdate {
  readonly from: Cursor
  readonly columns: TraceColumns
  readonly length: number
  /** Packets born in this part, ids consecutive. */
  readonly packets: readonly { readonly id: number; readonly parent: number; readonly origin: number }[]
  /** For frames [framesFrom, framesFrom + n): index into `marks`. A mark such as `VX|GET` is read outermost first. */
  readonly framesFrom: number
  readonly frameMark: Uint16Array
  readonly frameHue: Uint8Array
  readonly marks: readonly string[]
  /** For every record: index of the event (transaction) it belongs to. */
  readonly event: Uint32Array
  /** Virtual time of the live edge, and whether only timers are left there. */
  readonly now: SimTime
  readonly settled: boolean
  /** First record of what the lab's script set off: where a new visitor starts. */
  readonly story: Cursor
}
export const HUES = ['none', 'arp', 'icmp', 'udp', 'dns', 'tcp', 'http'] as const
export type Hue = (typeof HUES)[number]

// ---- one step --------------------------------------------------------------------------------------------------------

/** A sentence by key: `narration.<key>` of the catalogue, with parameters. Tool words go in parameters. */
export interface Sentence {
  readonly key: string
  readonly params: Readonly<Record<string, string | number>>
}
/** One header of a packet, outermost first, as names and printable values. */
export interface LayerView {
  /** eth, arp, ipv4, icmp, udp, tcp, vxlan, dns, http, data */
  readonly layer: string
  readonly fields: readonly FieldView[]
}
export interface FieldView {
  readonly name: string
  readonly value: string
  /** Differs from the packet before this step. */
  readonly changed: boolean
  /** Byte range in `bytes` of the same packet; bits are not told apart. */
  readonly offset: number
  readonly length: number
}
export interface PacketView {
  readonly layers: readonly LayerView[]
  readonly bytes: Uint8Array
  readonly length: number
}
/** One link of the chain behind a row: agent ← API write ← … ← the edit. */
export interface CauseView {
  readonly actor: string
  readonly verb: string
  readonly ref: ObjectRef
}
/** What decided a step: a row of a table, or a rule, printed as the real tool prints it. */
export interface DecisionView {
  readonly kind: 'rule' | 'policy' | 'route' | 'fdb' | 'neigh' | 'conntrack' | 'nat' | 'socket' | 'object' | 'note'
  /** e.g. `nat KUBE-SERVICES rule 3`, `main`, `flannel.1` */
  readonly where: string
  /** e.g. the rule in iptables-save form */
  readonly text: string
  /** For a rule that did not match: the term that failed, as it stands in `text`. */
  readonly failedTerm: string | null
  readonly subject: readonly SubjectView[]
  readonly causes: readonly CauseView[]
  readonly writtenAt: SimTime | null
}
export interface SubjectView {
  readonly ref: ObjectRef
  /** Where the object stands in the lab text; `null` when an agent made it or an add-on brought it. */
  readonly line: number | null
}
export interface StepView {
  readonly cursor: Cursor
  readonly t: SimTime
  /** 0: not a packet (API write, program, agent). */
  readonly packet: number
  readonly parent: number
  readonly origin: number
  readonly place: number
  readonly placeName: string
  readonly host: string
  readonly dev: number
  readonly devName: string
  readonly point: Point
  readonly verdict: Verdict
  readonly drop: DropReason
  readonly depth: number
  readonly say: Sentence
  readonly decision: DecisionView | null
  readonly before: PacketView | null
  readonly after: PacketView | null
  /** Rows written by this step: table and key, for the edge mark in tables, and what they say now (see `changes.ts`). */
  readonly changed: readonly { readonly table: string; readonly key: string; readonly text: string | null }[]
}

// ---- tables for the inspector ----------------------------------------------------------------------------------------

/** What the inspector can be opened on. */
export type Entity =
  | { readonly kind: 'host'; readonly id: string }
  | { readonly kind: 'netns'; readonly id: number }
  | { readonly kind: 'device'; readonly id: number }
  | { readonly kind: 'network'; readonly id: string }
  | { readonly kind: 'object'; readonly ref: ObjectRef }
export interface TableView {
  /** Catalogue key `tables.<title>`. */
  readonly title: string
  /** The command that prints the same: `ip route`. */
  readonly command: string
  readonly columns: readonly string[]
  readonly rows: readonly TableRowView[]
}
export interface TableRowView {
  readonly key: string
  readonly cells: readonly string[]
  /** Used by the step under the cursor. */
  readonly lit: boolean
  /** Written by the step under the cursor. */
  readonly changed: boolean
  readonly subject: readonly SubjectView[]
  readonly causes: readonly CauseView[]
  /** Drill down: the row's own table (a chain). */
  readonly open: readonly TableRowView[] | null
}
export interface EntityView {
  readonly title: string
  readonly subtitle: string
  readonly facts: readonly { readonly name: string; readonly value: string }[]
  readonly tables: readonly TableView[]
  /** The object as YAML (`kubectl get -o yaml`), for API objects. */
  readonly yaml: string | null
  readonly line: number | null
  /** Rows of all nodes that exist for this object, printed: table name → lines. */
  readonly rows: readonly { readonly host: string; readonly table: string; readonly text: string }[]
}
