import { formatAddress } from '../print/address.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { SEC } from '../../base/time.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { bornNoarp } from '../../kernel/link/kind.ts'
import { DEFAULT_PORT } from '../../kernel/link/link.ts'
import type { AddressRow, BridgePort, LinkRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'
import { type Item, PHASE, linkThing, netnsThing, upThing } from './item.ts'
import { kindCommands } from './kind-commands.ts'
import { type SpaceNames, quote } from './names.ts'
import { networkOf, wireCommands } from './wires.ts'

/** Devices with what hangs on them: peer, bridge, tunnel, state. */
export function linkItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.link.keys().flatMap((key) => {
    const { row, cause, subject } = t.link.entry(key)!
    const host = t.netns.get(row.netns)?.host ?? ''
    const made: Pick<Item, 'host' | 'table' | 'key' | 'cause' | 'subject'> = {
      host,
      table: 'link',
      key,
      cause,
      subject: subject.length > 0 ? subject : subjectOfEnds(env, row),
    }
    const items: Item[] = [{ ...made, phase: PHASE.create, ...creation(env, names, row) }]
    const ns = names.space(row.netns)
    if (row.master !== 0)
      items.push({
        ...made,
        phase: PHASE.attach,
        commands: attachment(env, ns, row),
        needs: [linkThing(row.id), linkThing(row.master)],
        gives: [],
      })
    if (row.up)
      items.push({
        ...made,
        phase: PHASE.up,
        commands: [...arpFlag(ns, row), `ip -n ${ns} link set ${quote(row.name)} up`],
        // A VLAN comes up only on a parent that is up.
        needs: [linkThing(row.id), ...(row.kind === 'vlan' ? [upThing(row.lower)] : [])],
        gives: [upThing(row.id)],
      })
    return items
  })
}

/** The loopback of a pod's namespace is nobody's by itself: it is there for the pod. */
function subjectOfEnds(env: ExplainEnv, row: LinkRow): readonly ObjectRef[] {
  return row.kind === 'loopback' ? (env.kernel.t.netns.entry(row.netns)?.subject ?? []) : []
}

type Made = Pick<Item, 'commands' | 'needs' | 'gives'>

function creation(env: ExplainEnv, names: SpaceNames, row: LinkRow): Made {
  const ns = names.space(row.netns)
  const add = `ip -n ${ns} link add ${quote(row.name)} address ${formatMac(row.mac)} mtu ${row.mtu}`
  const made = (commands: readonly string[], ...needs: readonly string[]): Made => ({
    commands,
    needs: [netnsThing(row.netns), ...needs],
    gives: [linkThing(row.id)],
  })
  switch (row.kind) {
    case 'loopback':
      return made(row.mtu === 65536 ? [] : [`ip -n ${ns} link set ${quote(row.name)} mtu ${row.mtu}`])
    case 'ether':
      return networkOf(env, row)
        ? made(wireCommands(env, names, row))
        : made([`# ${row.name} is plugged into nothing: a dummy stands in for it`, `${add} type dummy`])
    case 'veth':
      return vethPair(env, names, row)
    case 'bridge': {
      const own = wearsPortsAddress(env, row) ? '' : ` address ${formatMac(row.mac)}`
      return made([`ip -n ${ns} link add ${quote(row.name)}${own} mtu ${row.mtu} type bridge ${bridgeOptions(row)}`])
    }
    case 'vxlan': {
      const { vni, local, underlay, port, learning } = row.vxlan!
      const dev = underlay === 0 ? '' : ` dev ${quote(env.kernel.t.link.get(underlay)?.name ?? '')}`
      const options = `id ${vni} local ${formatIpv4(local)}${dev} dstport ${port} ${learning ? 'learning' : 'nolearning'}`
      return made([`${add} type vxlan ${options}`], ...(underlay === 0 ? [] : [linkThing(underlay)]))
    }
    case 'dummy':
      return made([`${add} type dummy`])
    default: {
      if (!row.config) return otherKind(names, row)
      const under = row.lower === 0 ? [] : [linkThing(row.lower)]
      const home = row.home === 0 || row.home === row.netns ? [] : [netnsThing(row.home)]
      return made(kindCommands(env, names, row, row.config), ...under, ...home)
    }
  }
}

/** A kind of device that this export has no words for: said in the script, and left out. */
const otherKind = (names: SpaceNames, row: LinkRow): Made => ({
  commands: [`# NOT WRITTEN OUT: device ${row.name} of kind ${row.kind} in ${names.space(row.netns)}`],
  needs: [netnsThing(row.netns)],
  gives: [],
})

/** A bridge that nobody gave an address takes that of a port (br_stp_recalculate_bridge_id). */
const wearsPortsAddress = (env: ExplainEnv, row: LinkRow): boolean =>
  env.kernel.t.linkByMaster
    .at(row.id)
    .rows()
    .some(({ mac }) => mac === row.mac)

function bridgeOptions(row: LinkRow): string {
  const seconds = (row.bridge?.ageing ?? 300 * SEC) / SEC
  return `stp_state 0 forward_delay 0 mcast_snooping 0${seconds === 300 ? '' : ` ageing_time ${Math.round(seconds * 100)}`}`
}

/** Both ends are made by one command, where the end with the higher id stands (the kernel makes the peer first). */
function vethPair(env: ExplainEnv, names: SpaceNames, row: LinkRow): Made {
  const peer = env.kernel.t.link.get(row.peer)
  const ns = names.space(row.netns)
  const end = (link: LinkRow): string => `${quote(link.name)} address ${formatMac(link.mac)} mtu ${link.mtu}`
  if (!peer) {
    const lost = `# ${row.name} has lost its other end: a dummy stands in for it`
    return {
      commands: [lost, `ip -n ${ns} link add ${end(row)} type dummy`],
      needs: [netnsThing(row.netns)],
      gives: [linkThing(row.id)],
    }
  }
  const maker = hostEnd(env, row, peer)
  if (maker !== row) return { commands: [], needs: [linkThing(maker.id)], gives: [] }
  const there = peer.netns === row.netns ? '' : ` netns ${names.space(peer.netns)}`
  return {
    commands: [`ip -n ${ns} link add ${end(row)} type veth peer name ${end(peer)}${there}`],
    needs: [netnsThing(row.netns), netnsThing(peer.netns)],
    gives: [linkThing(row.id), linkThing(peer.id)],
  }
}

function hostEnd(env: ExplainEnv, a: LinkRow, b: LinkRow): LinkRow {
  const isHost = (link: LinkRow): boolean => env.kernel.t.netns.get(link.netns)?.name === 'host'
  if (isHost(a) !== isHost(b)) return isHost(a) ? a : b
  return a.id < b.id ? a : b
}

function attachment(env: ExplainEnv, ns: string, row: LinkRow): readonly string[] {
  const master = env.kernel.t.link.get(row.master)?.name ?? ''
  const set = `ip -n ${ns} link set ${quote(row.name)} master ${quote(master)}`
  const flags = portFlags(row.port)
  return flags === '' ? [set] : [set, `ip -n ${ns} link set ${quote(row.name)} type bridge_slave ${flags}`]
}

function portFlags(port: BridgePort | null): string {
  if (!port) return ''
  const flags = ['hairpin', 'learning', 'flood', 'isolated'] as const
  return flags
    .filter((flag) => port[flag] !== DEFAULT_PORT[flag])
    .map((flag) => `${flag} ${port[flag] ? 'on' : 'off'}`)
    .join(' ')
}

const arpFlag = (ns: string, row: LinkRow): readonly string[] =>
  row.noarp === bornNoarp(row.kind, row.config)
    ? []
    : [`ip -n ${ns} link set ${quote(row.name)} arp ${row.noarp ? 'off' : 'on'}`]

/** Addresses, but for 127.0.0.1, which the kernel itself puts on a loopback that comes up. */
export function addressItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.address.keys().flatMap((key): Item[] => {
    const { row, cause, subject } = t.address.entry(key)!
    const link = t.link.get(row.link)
    if (!link || isLoopbacksOwn(row, link)) return []
    const ns = names.space(row.netns)
    const broadcast = row.broadcast === null ? '' : ` broadcast ${formatIpv4(row.broadcast)}`
    const label = row.label === link.name ? '' : ` label ${quote(row.label)}`
    const scope = row.scope === 'global' ? '' : ` scope ${row.scope}`
    return [
      {
        host: t.netns.get(row.netns)?.host ?? '',
        table: 'address',
        key,
        cause,
        subject: subject.length > 0 ? subject : (t.link.entry(row.link)?.subject ?? []),
        phase: PHASE.address,
        commands: [`ip -n ${ns} addr add ${formatAddress(row)}${broadcast}${scope} dev ${quote(link.name)}${label}`],
        needs: [linkThing(row.link)],
        gives: [],
      },
    ]
  })
}

const isLoopbacksOwn = (row: AddressRow, link: LinkRow): boolean =>
  link.kind === 'loopback' && row.addr === 0x7f000001 && row.len === 8
