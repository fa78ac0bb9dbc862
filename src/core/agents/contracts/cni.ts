/**
 * The Container Network Interface as the runtime and its plugins see it (containernetworking/cni SPEC 1.1.0): four verbs on a network
 * namespace, configuration and results as JSON. A plugin is a binary below /opt/cni/bin of the machine's file system; its name
 * selects the code here.
 */
import type { ObjectRef } from '../../base/ref.ts'
import type { Result } from '../../base/result.ts'
import type { Files } from '../../kernel/files/files.ts'
import type { Kernel } from '../../kernel/kernel.ts'

export type CniVerb = 'ADD' | 'DEL' | 'CHECK' | 'VERSION'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** What a plugin gets on standard input: its own keys, and those that the runtime adds. */
export interface CniConfig {
  readonly cniVersion?: string
  readonly name?: string
  readonly type: string
  readonly prevResult?: CniResult
  readonly runtimeConfig?: { readonly portMappings?: readonly PortMapping[] }
  readonly [key: string]: unknown
}

export interface PortMapping {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly hostIP?: string
}

/** A file of /etc/cni/net.d. */
export interface CniConfigList {
  readonly cniVersion: string
  readonly name: string
  readonly disableCheck: boolean
  readonly plugins: readonly CniConfig[]
}

export interface CniInterface {
  readonly name: string
  readonly mac: string
  readonly mtu?: number
  readonly sandbox?: string
}
export interface CniIp {
  /** Only below version 1.0.0. */
  readonly version?: '4'
  /** Index into `interfaces`. */
  readonly interface?: number
  /** With prefix length. */
  readonly address: string
  readonly gateway?: string
}
export interface CniRoute {
  readonly dst: string
  readonly gw?: string
}
export interface CniResult {
  readonly cniVersion: string
  readonly interfaces?: readonly CniInterface[]
  readonly ips?: readonly CniIp[]
  readonly routes?: readonly CniRoute[]
  readonly dns?: { readonly nameservers?: readonly string[] }
}

export interface CniError {
  readonly cniVersion: string
  readonly code: number
  readonly msg: string
  readonly details?: string
}

/** Error codes of the specification (section 5) and of libcni. */
export const CNI_CODE = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  decodeFailure: 6,
  invalidConfig: 7,
  invalidNetns: 8,
  tryAgainLater: 11,
  internal: 999,
} as const

/** The environment variables of a call, and the machine it is made on. */
export interface CniCall {
  readonly verb: CniVerb
  readonly containerId: string
  /** Id of the namespace; 0 when it is gone already (DEL). */
  readonly netns: number
  /** CNI_NETNS: `/var/run/netns/cni-…`. */
  readonly netnsPath: string
  readonly ifname: string
  /** CNI_ARGS */
  readonly args: Readonly<Record<string, string>>
  /** CNI_PATH */
  readonly path: readonly string[]
  readonly config: CniConfig
}

/** What a plugin can reach: the machine it runs on. */
export interface CniHost {
  readonly kernel: Kernel
  readonly files: Files
  /** Name of the machine, which is also its file system. */
  readonly machine: string
  /** The machine's own network namespace. */
  readonly netns: number
  /** `kubelet@node1`'s runtime: who writes. */
  readonly actor: string
  /** For which object all this is done. */
  readonly subject: readonly ObjectRef[]
  /** Runs another plugin (delegation) with the same environment: `failed to find plugin "x" in path [/opt/cni/bin]` when it is not there. */
  readonly exec: (call: CniCall) => CniOutcome
}

/** ADD answers a result, the other verbs `null`. */
export type CniOutcome = Result<CniResult | null, CniError>

export interface CniPlugin {
  readonly type: string
  run(host: CniHost, call: CniCall): CniOutcome
}
