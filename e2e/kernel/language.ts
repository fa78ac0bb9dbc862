import type { Subject } from './judge.ts'

/**
 * A scene and what happens in it, as plain data. One scenario becomes a shell script for real Linux namespaces (real/script.ts) and
 * the same scene in the simulator (simulated/); what both sides observe is compared (compare.ts).
 */
export interface Scenario extends Subject {
  readonly setup: readonly Setup[]
  readonly servers?: readonly Server[]
  readonly stimuli: readonly Stimulus[]
  /** The first Linux known to do so; one that is older does not judge it. */
  readonly since?: string
}

/** One step of building the scene; the order of the list is the order of execution within a namespace. */
export type Setup =
  /** A machine of its own: loopback up, IPv6 off. `router`: net.ipv4.ip_forward=1. `bridgeNf`: bridged frames visit iptables. */
  | { readonly do: 'ns'; readonly ns: string; readonly router?: boolean; readonly bridgeNf?: boolean }
  /** Both ends up. */
  | { readonly do: 'veth'; readonly a: End; readonly b: End; readonly mtu?: number }
  | { readonly do: 'bridge'; readonly ns: string; readonly dev: string; readonly mac: string; readonly mtu?: number }
  | {
      readonly do: 'port'
      readonly ns: string
      readonly dev: string
      readonly bridge: string
      readonly hairpin?: boolean
      readonly isolated?: boolean
      readonly learning?: boolean
      readonly flood?: boolean
    }
  | {
      readonly do: 'vxlan'
      readonly ns: string
      readonly dev: string
      readonly mac: string
      readonly mtu: number
      readonly vni: number
      readonly local: string
      readonly underlay: string
      readonly port: number
    }
  | { readonly do: 'dummy'; readonly ns: string; readonly dev: string; readonly mac: string }
  | DeviceSetup
  | { readonly do: 'addr'; readonly ns: string; readonly dev: string; readonly addr: string }
  | RouteSetup
  | {
      readonly do: 'rule'
      readonly ns: string
      readonly pref: number
      readonly from?: string
      readonly to?: string
      readonly iif?: string
      readonly fwmark?: string
      readonly table?: number
      readonly action?: 'unreachable' | 'prohibit' | 'blackhole'
    }
  | { readonly do: 'neigh'; readonly ns: string; readonly dev: string; readonly ip: string; readonly mac: string }
  /** VXLAN: frames for `mac` go to the tunnel end `dst`. */
  | { readonly do: 'remote'; readonly ns: string; readonly dev: string; readonly mac: string; readonly dst: string }
  /** Bridge: `mac` is behind this port, for good. */
  | { readonly do: 'fdb'; readonly ns: string; readonly dev: string; readonly bridge: string; readonly mac: string }
  | { readonly do: 'sysctl'; readonly ns: string; readonly name: string; readonly value: string }
  /** Input of iptables-restore. */
  | { readonly do: 'iptables'; readonly ns: string; readonly text: string; readonly noflush?: boolean }
  /** Input of `ipset restore`. */
  | { readonly do: 'ipset'; readonly ns: string; readonly text: string }
  | { readonly do: 'link'; readonly ns: string; readonly dev: string; readonly up: boolean }
  /** What follows `ip`, as people type it: the real tool on one side, the console's on the other. */
  | { readonly do: 'ip'; readonly ns: string; readonly line: string }

/** Devices that stand on another one, or wrap what they are given. All are up at once. */
export type DeviceSetup =
  | { readonly do: 'vlan'; readonly ns: string; readonly dev: string; readonly lower: string; readonly id: number }
  /** Made on `lower` in `ns`, then moved to `at`, which is declared after `ns`. */
  | {
      readonly do: 'macvlan'
      readonly ns: string
      readonly at: string
      readonly dev: string
      readonly mac: string
      readonly lower: string
      readonly mode: 'private' | 'vepa' | 'bridge' | 'passthru'
    }
  | {
      readonly do: 'ipvlan'
      readonly ns: string
      readonly at: string
      readonly dev: string
      readonly lower: string
      readonly mode: 'l2' | 'l3' | 'l3s'
      readonly flag?: 'bridge' | 'private' | 'vepa'
    }
  | {
      readonly do: 'ipip' | 'gre'
      readonly ns: string
      readonly dev: string
      readonly local: string
      readonly remote: string
      readonly mtu?: number
      /** Outer TTL; without it that of the packet inside. */
      readonly ttl?: number
      /** GRE only. */
      readonly key?: number
      /** `false`: the outer DF is that of the packet inside. */
      readonly pmtudisc?: boolean
    }
  | {
      readonly do: 'geneve'
      readonly ns: string
      readonly dev: string
      readonly mac: string
      readonly vni: number
      readonly remote: string
      readonly mtu?: number
    }
  /** Keys in base64. */
  | {
      readonly do: 'wireguard'
      readonly ns: string
      readonly dev: string
      readonly privateKey: string
      readonly port: number
      readonly mtu?: number
      readonly peers: readonly WireguardPeer[]
    }
  /** No process holds its other end. */
  | { readonly do: 'tun'; readonly ns: string; readonly dev: string }

export interface WireguardPeer {
  readonly publicKey: string
  readonly allowed: readonly string[]
  /** `address:port`. */
  readonly endpoint?: string
}

/** What not every kernel has. */
export type Need = 'bridge' | 'vxlan' | 'dummy' | DeviceSetup['do'] | `tool ${Tool}`

/** Tools that scenarios ask, and that are not on every machine. They are not in the guest. */
export const TOOLS = ['arping', 'traceroute', 'tracepath', 'mtr', 'netstat', 'ifconfig', 'route', 'arp'] as const
export type Tool = (typeof TOOLS)[number]

export interface End {
  readonly ns: string
  readonly dev: string
  readonly mac: string
}

export interface RouteSetup {
  readonly do: 'route'
  readonly ns: string
  /** `default` or a prefix. */
  readonly to: string
  readonly via?: string
  readonly dev?: string
  readonly onlink?: boolean
  readonly type?: 'unreachable' | 'prohibit' | 'blackhole' | 'throw'
  readonly table?: number
  readonly metric?: number
  readonly src?: string
  readonly mtu?: number
}

export interface Server {
  readonly ns: string
  readonly proto: 'tcp' | 'udp'
  readonly port: number
  /** TCP: bytes of the answer, after which it closes; default 26. UDP echoes. */
  readonly reply?: number
  /** TCP: `rude` closes without reading what came, `mute` reads and says nothing, `deaf` never accepts. */
  readonly manner?: Manner
  /** TCP: of listen(2); default 16. */
  readonly backlog?: number
  /** The address that it is bound to; without it every one. */
  readonly at?: string
  /** IP_TRANSPARENT: takes what TPROXY gives it; UDP answers from the address that was asked. */
  readonly transparent?: boolean
}
export type Manner = 'polite' | 'rude' | 'mute' | 'deaf'
/** How a TCP client leaves: after the answer, after a FIN of its own and the answer, by close(2) at once, by a reset. */
export type Leaving = 'answered' | 'half-closed' | 'closed' | 'aborted'

/**
 * `patience`: how long an answer may take, ms, default 300; without one the next stimulus follows then. `from`: an address
 * to be bound to, which need not be one of this machine (IP_TRANSPARENT).
 */
interface Patient {
  readonly ns: string
  readonly patience?: number
}

export type Stimulus =
  | (Patient & {
      readonly do: 'ping'
      readonly to: string
      readonly count?: number
      /** Bytes of ICMP payload; default 56. */
      readonly size?: number
      /** IP_MTU_DISCOVER; default `want`. */
      readonly df?: 'want' | 'do' | 'dont'
      readonly ttl?: number
    })
  | (Patient & {
      readonly do: 'udp'
      readonly to: string
      readonly port: number
      readonly sport: number
      readonly from?: string
      readonly size?: number
      readonly df?: 'want' | 'do' | 'dont'
      readonly ttl?: number
    })
  /** Connects, sends `send` bytes (default 18), reads to the end, closes. */
  | (Patient & {
      readonly do: 'tcp'
      readonly to: string
      readonly port: number
      readonly sport: number
      readonly from?: string
      readonly send?: number
      readonly leaves?: Leaving
    })
  /** A frame as it is, out of a device: `hex` from the destination MAC on. */
  | (Patient & { readonly do: 'frame'; readonly dev: string; readonly hex: string })
  | { readonly do: 'wait'; readonly ms: number }
  /**
   * A command line without quotes or pipes, whose output and exit status are compared: the real tool's and the console's, or that of a
   * program of the toolbox.
   */
  | { readonly do: 'ask'; readonly ns: string; readonly command: string }
  /** A change of the scene while it runs. */
  | { readonly do: 'change'; readonly change: Setup }

export const PATIENCE = 300
/** Bytes that a TCP client sends and a server answers with, where the scenario does not say. */
export const TCP_SEND = 18
export const TCP_REPLY = 26

/** Namespaces of a scenario, in order of creation. */
export const namespacesOf = (s: Scenario): readonly string[] =>
  s.setup.flatMap((step) => (step.do === 'ns' ? [step.ns] : []))

/** Namespaces that have iptables rules at some time. */
export const firewallsOf = (s: Scenario): readonly string[] => {
  const steps = [...s.setup, ...s.stimuli.flatMap((step) => (step.do === 'change' ? [step.change] : []))]
  return namespacesOf(s).filter((ns) => steps.some((step) => step.do === 'iptables' && step.ns === ns))
}
