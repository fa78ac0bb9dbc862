import { compareKeys } from '../../base/order.ts'
import type { NetnsRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'

/** What the namespaces of an export are called. */
export interface SpaceNames {
  /** Of a namespace of the lab, by its id. */
  space(netns: number): string
  /** Of the namespace that stands for a network's switch. */
  network(name: string): string
  /** Of the switch's port for a NIC (link id). */
  port(link: number): string
  /** All of them: networks first, then machines with what is on them. */
  readonly all: readonly string[]
}

/** Everything that `ip netns` and a shell take without quoting. */
const plain = (text: string): string => text.replaceAll(/[^\w.-]/g, '-').replace(/^[-.]+/, '') || 'x'

/** `node1` for a machine, `default.client` for a pod, `node1.red` for a namespace that somebody added there. */
function wanted(row: NetnsRow): string {
  if (row.name === 'host') return plain(row.host)
  const [kind, ...rest] = row.label.split('/')
  return plain(kind === 'pod' ? rest.join('.') : `${row.host}.${row.name}`)
}

export function spaceNames(env: ExplainEnv): SpaceNames {
  const taken = new Set<string>()
  const unique = (name: string): string => {
    let free = name
    for (let i = 2; taken.has(free); i++) free = `${name}-${i}`
    taken.add(free)
    return free
  }
  const networks = new Map(env.fabric.networks.rows().map(({ name }) => [name, unique(plain(name))]))
  const spaces = new Map(machineOrder(env).map((row) => [row.id, unique(wanted(row))]))
  const ports = portNames(env)
  return {
    space: (netns) => spaces.get(netns) ?? `netns-${netns}`,
    network: (name) => networks.get(name) ?? plain(name),
    port: (link) => ports.get(link) ?? `port${link}`,
    all: [...networks.values(), ...spaces.values()],
  }
}

/** Machines in the order in which they were switched on, each followed by the namespaces on it. */
export function machineOrder(env: ExplainEnv): readonly NetnsRow[] {
  const rows = env.kernel.t.netns.rows()
  return rows
    .filter((row) => row.name === 'host')
    .flatMap((machine) => [machine, ...rows.filter((row) => row.host === machine.host && row.name !== 'host')])
}

const IFNAMSIZ = 15

/** `to-node1`; with its device when the machine has two in one network; numbered when that is too long for a device's name. */
function portNames(env: ExplainEnv): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  const taken = new Set<string>()
  for (const wire of [...env.fabric.wires.rows()].sort((a, b) => compareKeys(a.link, b.link))) {
    const link = env.kernel.t.link.get(wire.link)
    const machine = link ? plain(env.kernel.t.netns.get(link.netns)?.host ?? '') : ''
    const choices = [`to-${machine}`, `to-${machine}.${link?.name ?? ''}`, `port${wire.link}`]
    const name = choices.find((each) => each.length <= IFNAMSIZ && !taken.has(`${wire.network}/${each}`))!
    taken.add(`${wire.network}/${name}`)
    names.set(wire.link, name)
  }
  return names
}

/** A word as the shell reads it back. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** A name for the files: letters, digits, `-`. */
export const fileName = (name: string): string => plain(name).replaceAll('_', '-').toLowerCase()
