import { createNetns, deleteNetns } from '../../core/kernel/netns/netns.ts'
import { isCommand } from '../../core/kernel/process/layer.ts'
import type { NetnsRow } from '../../core/kernel/tables.ts'
import { type CommandResult, type Done, done, text } from '../types.ts'
import type { IpContext } from './context.ts'
import { type Words, pick, stop } from './words.ts'

const COMMANDS = ['help', 'list', 'show', 'lst', 'add', 'set', 'delete', 'identify', 'pids', 'exec', 'monitor'] as const

/** Runs a command in another namespace of the machine: given by the registry, which knows all commands. */
export type RunIn = (netns: number, argv: readonly string[]) => CommandResult | null

/** The namespaces below /run/netns of the machine: all but its own. */
export const namedNetns = (ip: IpContext): readonly NetnsRow[] =>
  ip.place.kind === 'pod'
    ? []
    : ip.env.kernel.t.netnsByHost
        .at(ip.place.host)
        .rows()
        .filter((row) => row.name !== 'host')

export const netnsNamed = (ip: IpContext, name: string): NetnsRow | undefined =>
  namedNetns(ip).find((row) => row.name === name) ??
  (name === '1' && ip.place.kind !== 'pod' ? ownNetns(ip) : undefined)

/** `ip link set X netns 1`: the machine's own namespace, by a process that is in it. */
const ownNetns = (ip: IpContext): NetnsRow | undefined =>
  ip.env.kernel.t.netnsByHost
    .at(ip.place.host)
    .rows()
    .find((row) => row.name === 'host')

/** `ip netns …` (ip/ipnetns.c). */
export function ipNetns(ip: IpContext, words: Words, run: RunIn): CommandResult {
  if (words.done) return list(ip)
  const word = words.next()
  switch (pick(word, COMMANDS)) {
    case 'list':
    case 'show':
    case 'lst':
      return list(ip)
    case 'add':
      return add(ip, words.next())
    case 'delete':
      return remove(ip, words.next())
    case 'exec':
      return execute(ip, words, run)
    case 'identify':
      return identify(ip, words.next())
    case 'pids':
      return pids(ip, words.next())
    case 'monitor':
    case 'set':
      return stop(`ip netns ${word}: not modelled in this lab\n`, 255)
    case 'help':
      return stop(
        'Usage:\tip netns list\n\tip netns add NAME\n\tip netns delete NAME\n\tip netns exec NAME cmd ...\n',
        255,
      )
    default:
      return stop(`Command "${word}" is unknown, try "ip netns help".\n`, 255)
  }
}

/** The newest first, as readdir(3) on tmpfs gives them; with the number the kernel knows it by, where a device leads there. */
function list(ip: IpContext): Done {
  const { t } = ip.env.kernel
  const rows = [...namedNetns(ip)].sort((a, b) => b.id - a.id)
  const seen: number[] = []
  for (const link of [...t.linkByNetns.at(ip.netns).rows()].sort((a, b) => a.ifindex - b.ifindex)) {
    const peer = link.peer === 0 ? undefined : t.link.get(link.peer)
    if (peer && peer.netns !== ip.netns && !seen.includes(peer.netns)) seen.push(peer.netns)
  }
  return done(text(rows.map((row) => (seen.includes(row.id) ? `${row.name} (id: ${seen.indexOf(row.id)})` : row.name))))
}

function add(ip: IpContext, name: string): Done {
  if (name === '') return stop('No netns name specified\n', 255)
  if (name.includes('/') || name === '.' || name === '..') return stop(`Invalid netns name "${name}"\n`, 255)
  if (netnsNamed(ip, name)) return stop(`Cannot create namespace file "/run/netns/${name}": File exists\n`, 1)
  createNetns(ip.env.kernel, ip.place.host, name, `netns/${ip.place.host}/${name}`)
  return done('')
}

function remove(ip: IpContext, name: string): Done {
  if (name === '') return stop('No netns name specified\n', 255)
  const row = namedNetns(ip).find((known) => known.name === name)
  if (!row) return stop(`Cannot remove namespace file "/run/netns/${name}": No such file or directory\n`, 1)
  deleteNetns(ip.env.kernel, row.id)
  return done('')
}

/** The name of the namespace that a process is in, or an empty line; without a process that of the shell. */
function identify(ip: IpContext, pid: string): Done {
  if (pid !== '' && !/^\d+$/.test(pid)) return stop(`Specified string '${pid}' is not a pid\n`, 255)
  const process = pid === '' ? undefined : ip.env.processes?.t.process.get(Number(pid))
  if (pid !== '' && !process) return stop('Stat of netns failed: No such file or directory\n', 255)
  const netns = process?.netns ?? ip.netns
  return done(`${namedNetns(ip).find((row) => row.id === netns)?.name ?? ''}\n`)
}

function pids(ip: IpContext, name: string): Done {
  if (name === '') return stop('No netns name specified\n', 255)
  const row = netnsNamed(ip, name)
  if (!row) return stop('Cannot open network namespace: No such file or directory\n', 255)
  const processes = ip.env.processes?.t.process.rows() ?? []
  return done(text(processes.filter(({ netns, exit }) => netns === row.id && exit === null).map(({ pid }) => `${pid}`)))
}

function execute(ip: IpContext, words: Words, run: RunIn): CommandResult {
  const name = words.next()
  if (name === '') return stop('No netns name specified\n', 255)
  const argv = words.rest()
  if (argv.length === 0) return stop('No command specified\n', 255)
  const row = netnsNamed(ip, name) ?? cannotOpen(name)
  const { processes } = ip.env
  const isProgram = processes !== null && isCommand(processes, argv[0]!)
  return (
    run(row.id, argv) ??
    (isProgram
      ? { kind: 'exec', stdout: '', stderr: '', netns: row.id, argv }
      : stop(`exec of "${argv[0]}" failed: No such file or directory\n`, 255))
  )
}

export const cannotOpen = (name: string): never =>
  stop(`Cannot open network namespace "${name}": No such file or directory\n`, 255)
