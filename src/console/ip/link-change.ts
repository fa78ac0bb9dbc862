import {
  addLink,
  addVeth,
  deleteLink,
  moveLink,
  setLink,
  type LinkChange,
  type LinkSpec,
} from '../../core/kernel/link/link.ts'
import type { Mac } from '../../core/base/mac.ts'
import type { LinkKind, LinkRow, VxlanConfig } from '../../core/kernel/tables.ts'
import { type Done, done } from '../types.ts'
import { type IpContext, extack, findDevice, needAddress, needDevice, needMac, refused } from './context.ts'
import { MAKERS } from './link-kinds.ts'
import { netnsNamed } from './netns.ts'
import { type Words, stop, wrongArgument } from './words.ts'

const KINDS: readonly LinkKind[] = ['veth', 'bridge', 'vxlan', 'dummy']

interface NewDevice {
  name: string
  mac: Mac | null
  mtu: number | null
  netns: number | null
  /** Link id of the device that `link` names; 0 = none. */
  link: number
  kind: string
}

function number(word: string, what: string): number {
  return /^\d{1,10}$/.test(word) ? Number(word) : wrongArgument(word, `Invalid "${what}" value`)
}

/** `ip link add [link DEV] [name] NAME [mtu N] [address MAC] type KIND …`. */
export function addDevice(ip: IpContext, words: Words): Done {
  const spec = readDevice(ip, words, true)
  if (spec.kind === '') return stop('Not enough information: "type" argument is required\n', 1)
  const kind = KINDS.find((known) => known === spec.kind)
  if (spec.name !== '' && findDevice(ip, spec.name)) return refused('EEXIST')
  if (Object.hasOwn(MAKERS, spec.kind)) return addKind(ip, spec, words)
  if (!kind) return extack('Unknown device type.')
  return kind === 'veth' ? addPair(ip, spec, words) : addOne(ip, spec, kind, words)
}

/** A kind with words of its own. Where it has no name, it gets the first free one. */
function addKind(ip: IpContext, spec: NewDevice, words: Words): Done {
  const { link, netns } = spec
  const common = {
    ...linkSpec(spec, spec.name || freeName(ip, spec.kind)),
    netns: netns ?? ip.netns,
    link,
  }
  const made = MAKERS[spec.kind]!(ip, common, words)
  return made.ok ? done('') : refused(made.error)
}

function readDevice(ip: IpContext, words: Words, withType: boolean): NewDevice {
  const spec: NewDevice = { name: '', mac: null, mtu: null, netns: null, link: 0, kind: '' }
  while (!words.done) {
    const word = words.next()
    if (word === 'type' && withType) {
      spec.kind = words.value()
      break
    }
    if (word === 'link') spec.link = needDevice(ip, words.value()).id
    else if (word === 'address') spec.mac = needMac(words.value())
    else if (word === 'mtu') spec.mtu = number(words.value(), 'mtu')
    else if (word === 'netns') spec.netns = namespaceOf(ip, words.value())
    else if (word === 'txqueuelen' || word === 'qlen' || word === 'numtxqueues' || word === 'numrxqueues') words.value()
    else if (word !== 'up' && word !== 'down') spec.name = word === 'name' || word === 'dev' ? words.value() : word
  }
  return spec
}

const namespaceOf = (ip: IpContext, name: string): number =>
  netnsNamed(ip, name)?.id ?? stop(`Error: argument "${name}" is wrong: Invalid "netns" value\n\n`, 255)

const freeName = (ip: IpContext, stem: string): string => {
  for (let n = 0; ; n++) if (!findDevice(ip, `${stem}${n}`)) return `${stem}${n}`
}

const linkSpec = (spec: NewDevice, name: string): Pick<LinkSpec, 'name' | 'mac' | 'mtu'> => ({
  name,
  ...(spec.mac !== null && { mac: spec.mac }),
  ...(spec.mtu !== null && { mtu: spec.mtu }),
})

function addPair(ip: IpContext, spec: NewDevice, words: Words): Done {
  const peer = words.peek() === 'peer' ? (words.next(), readDevice(ip, words, false)) : null
  const name = spec.name || freeName(ip, 'veth')
  const other = peer?.name || (name === 'veth0' || findDevice(ip, 'veth0') ? freeNameBut(ip, 'veth', name) : 'veth0')
  const made = addVeth(
    ip.env.kernel,
    spec.netns ?? ip.netns,
    linkSpec(spec, name),
    peer?.netns ?? ip.netns,
    linkSpec(peer ?? spec, other),
  )
  return made.ok ? done('') : refused(made.error)
}

const freeNameBut = (ip: IpContext, stem: string, taken: string): string => {
  for (let n = 0; ; n++) if (`${stem}${n}` !== taken && !findDevice(ip, `${stem}${n}`)) return `${stem}${n}`
}

function addOne(ip: IpContext, spec: NewDevice, kind: LinkKind, words: Words): Done {
  const vxlan = kind === 'vxlan' ? readVxlan(ip, words) : null
  const name = spec.name || freeName(ip, kind === 'bridge' ? 'bridge' : kind)
  const underlay = vxlan?.underlay ? ip.env.kernel.t.link.get(vxlan.underlay) : undefined
  const mtu = spec.mtu ?? (underlay ? underlay.mtu - 50 : null)
  const made = addLink(ip.env.kernel, spec.netns ?? ip.netns, {
    ...linkSpec({ ...spec, mtu }, name),
    kind,
    ...(vxlan && { vxlan }),
  })
  return made.ok ? done('') : refused(made.error)
}

function readVxlan(ip: IpContext, words: Words): VxlanConfig {
  const config = { vni: -1, local: 0, underlay: 0, port: 8472, learning: true }
  while (!words.done) {
    const word = words.next()
    if (word === 'id' || word === 'vni') config.vni = number(words.value(), 'id')
    else if (word === 'local') config.local = needAddress(words.value())
    else if (word === 'dev') config.underlay = needDevice(ip, words.value()).id
    else if (word === 'dstport') config.port = number(words.value(), 'dstport')
    else if (word === 'nolearning') config.learning = false
    else if (word === 'ttl' || word === 'tos' || word === 'ageing' || word === 'remote' || word === 'group')
      words.value()
    else if (word !== 'learning') stop(`vxlan: unknown command "${word}"?\n`, 255)
  }
  if (config.vni < 0) stop('vxlan: missing virtual network identifier\n', 255)
  return config
}

/** `ip link delete [dev] NAME`. */
export function deleteDevice(ip: IpContext, words: Words): Done {
  const word = words.next()
  const name = word === 'dev' ? words.value() : word
  if (name === '') return stop('Not enough information: "dev" argument is required.\n', 255)
  const link = needDevice(ip, name)
  if (link.kind === 'loopback' || link.kind === 'ether') return refused('EOPNOTSUPP')
  deleteLink(ip.env.kernel, link.id)
  return done('')
}

type Change = { -readonly [key in keyof LinkChange]: LinkChange[key] }

/** `ip link set [dev] NAME …`: everything is read before anything is done. */
export function setDevice(ip: IpContext, words: Words): Done {
  const change: Change = {}
  let dev = ''
  let netns: number | null = null
  while (!words.done) {
    const word = words.next()
    if (word === 'up') change.up = true
    else if (word === 'down') change.up = false
    else if (word === 'mtu') change.mtu = number(words.value(), 'mtu')
    else if (word === 'address' || word === 'addr') change.mac = needMac(words.value())
    else if (word === 'name') change.name = words.value()
    else if (word === 'master') change.master = masterOf(ip, words.value())
    else if (word === 'nomaster') change.master = 0
    else if (word === 'netns') netns = namespaceOf(ip, words.value())
    else if (word === 'type') readSlave(words, change)
    else if (['txqueuelen', 'qlen', 'promisc', 'multicast', 'arp', 'alias', 'group', 'addrgenmode'].includes(word))
      words.value()
    else if (dev !== '') stop(`Error: either "dev" is duplicate, or "${word}" is a garbage.\n`, 255)
    else dev = word === 'dev' ? words.value() : word
  }
  if (dev === '') return stop('Not enough information: "dev" argument is required.\n', 255)
  return apply(ip, needDevice(ip, dev), change, netns)
}

const masterOf = (ip: IpContext, name: string): number =>
  findDevice(ip, name)?.id ?? wrongArgument(name, 'Device does not exist')

function readSlave(words: Words, change: Change): void {
  const type = words.value()
  while (!words.done) {
    const word = words.next()
    const value = words.value()
    if (type !== 'bridge_slave') continue
    if (word === 'hairpin' || word === 'learning' || word === 'flood' || word === 'isolated') {
      change.port = { ...change.port, [word]: value === 'on' || value === '1' }
    }
  }
}

function apply(ip: IpContext, link: LinkRow, change: LinkChange, netns: number | null): Done {
  const { kernel } = ip.env
  if (change.mtu !== undefined && change.mtu < 68) return extack('mtu less than device minimum.')
  if (change.mtu !== undefined && change.mtu > 65536) return extack('mtu greater than device maximum.')
  if (change.master) {
    const master = kernel.t.link.get(change.master)
    if (master?.kind !== 'bridge') return extack('Device does not allow enslaving to a bridge.')
  }
  if (netns !== null) {
    const moved = moveLink(kernel, link.id, netns, change.name)
    return moved.ok ? done('') : refused(moved.error)
  }
  const result = setLink(kernel, link.id, change)
  return result.ok ? done('') : refused(result.error)
}
