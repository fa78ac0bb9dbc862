import { imageHas } from './availability.ts'
import { bridgeCommand } from './bridge/bridge.ts'
import { conntrackCommand } from './conntrack/conntrack.ts'
import { ipCommand } from './ip/ip.ts'
import { kubectlCommand } from './kubectl/kubectl.ts'
import { ip6tablesCommand, iptablesCommand, iptablesRestoreCommand, iptablesSaveCommand } from './netfilter/iptables.ts'
import { nftCommand } from './netfilter/nft.ts'
import { arpCommand } from './nettools/arp.ts'
import { netstatCommand } from './nettools/netstat.ts'
import { routeCommand } from './nettools/route.ts'
import { crictlCommand } from './system/crictl.ts'
import { ipsetCommand } from './netfilter/ipset.ts'
import { dmesgCommand } from './system/dmesg.ts'
import { ethtoolCommand, ipvsadmCommand } from './system/ethtool.ts'
import { ssCommand } from './system/ss.ts'
import { sysctlCommand } from './system/sysctl.ts'
import { tcpdumpCommand } from './tcpdump/tcpdump.ts'
import { wgCommand } from './wireguard/wg.ts'
import { type Command, type CommandResult, type ConsoleEnv, type ConsolePlace, fail } from './types.ts'

/** Tools of the console by name. What is not here is a program that runs as a process of the lab (`ping`, `curl` …). */
const COMMANDS: Readonly<Record<string, Command>> = {
  kubectl: kubectlCommand,
  k: kubectlCommand,
  ip: (env, place, argv, stdin) =>
    ipCommand((where, words) => runCommand(env, where, words, stdin))(env, place, argv, stdin),
  bridge: bridgeCommand,
  iptables: iptablesCommand,
  'iptables-nft': iptablesCommand,
  'iptables-save': iptablesSaveCommand,
  'iptables-restore': iptablesRestoreCommand,
  ip6tables: ip6tablesCommand,
  nft: nftCommand,
  conntrack: conntrackCommand,
  sysctl: sysctlCommand,
  ss: ssCommand,
  dmesg: dmesgCommand,
  ethtool: ethtoolCommand,
  ipset: ipsetCommand,
  ipvsadm: ipvsadmCommand,
  crictl: crictlCommand,
  tcpdump: tcpdumpCommand,
  wg: wgCommand,
  arp: arpCommand,
  netstat: netstatCommand,
  route: routeCommand,
}

/** The names of the console's tools, in order. */
export const commandNames: readonly string[] = Object.keys(COMMANDS).sort()

/** `argv[0]` without its directory. */
const nameOf = (argv: readonly string[]): string => (argv[0] ?? '').split('/').at(-1)!

/** Whether a tool is there in this place: everything on a machine, in a container what its image brings. */
export function hasCommand(place: ConsolePlace, name: string): boolean {
  if (!Object.hasOwn(COMMANDS, name)) return false
  if (name === 'crictl') return place.kind === 'node'
  return place.kind !== 'pod' || imageHas(place.image ?? '', name)
}

/**
 * Runs one command line, already cut into words, in a place. `null`: no tool of the console, but perhaps a program. Never throws for
 * what people type. Writes to the tables of the kernel and to the API server: call it inside a transaction or an event.
 */
export function runCommand(
  env: ConsoleEnv,
  place: ConsolePlace,
  argv: readonly string[],
  stdin = '',
): CommandResult | null {
  const name = nameOf(argv)
  if (!Object.hasOwn(COMMANDS, name)) return null
  if (!hasCommand(place, name)) return fail(`sh: 1: ${name}: not found\n`, 127)
  return COMMANDS[name]!(env, place, argv.slice(1), stdin)
}
