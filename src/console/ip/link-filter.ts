import type { Cidr } from '../../core/base/cidr.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { type IpContext, findDevice, needPrefix } from './context.ts'
import { type Words, abbreviates, pick, stop, wrongArgument } from './words.ts'

export interface DeviceFilter {
  readonly dev: string | null
  readonly up: boolean
  readonly master: number | null
  readonly type: string | null
  readonly to: Cidr | null
  readonly scope: string | null
}

/** What may follow `ip addr show` and `ip link show`. A bare word is the device. */
export function readDeviceFilter(ip: IpContext, words: Words): DeviceFilter {
  const filter: { -readonly [key in keyof DeviceFilter]: DeviceFilter[key] } = {
    dev: null,
    up: false,
    master: null,
    type: null,
    to: null,
    scope: null,
  }
  while (!words.done) {
    const word = words.next()
    if (word === 'up') filter.up = true
    else if (word === 'master' || word === 'vrf') filter.master = masterOf(ip, words.value())
    else if (word === 'type') filter.type = words.value()
    else if (word === 'to') filter.to = needPrefix(words.value(), 'inet')
    else if (word === 'scope') filter.scope = pick(words.value(), ['global', 'link', 'host']) ?? 'global'
    else if (abbreviates(word, 'help'))
      stop('Usage: ip link show [ DEVICE | group GROUP ] [up] [master DEV] [type TYPE]\n', 255)
    else if (filter.dev !== null) stop(`Error: either "dev" is duplicate, or "${word}" is a garbage.\n`, 255)
    else filter.dev = word === 'dev' ? words.value() : word
  }
  return filter
}

const masterOf = (ip: IpContext, name: string): number =>
  findDevice(ip, name)?.id ?? wrongArgument(name, 'Device does not exist')

export function filterDevices(ip: IpContext, all: readonly LinkRow[], filter: DeviceFilter): readonly LinkRow[] {
  const { dev } = filter
  if (dev !== null && !findDevice(ip, dev)) stop(`Device "${dev}" does not exist.\n`, 1)
  return all.filter(
    (link) =>
      (dev === null || link.name === dev) &&
      (!filter.up || link.up) &&
      (filter.master === null || link.master === filter.master) &&
      (filter.type === null || matchesType(link, filter.type)),
  )
}

const matchesType = (link: LinkRow, type: string): boolean =>
  type === 'bridge_slave' ? link.master !== 0 : link.kind === type && link.kind !== 'ether' && link.kind !== 'loopback'
