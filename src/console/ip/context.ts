import { ERRNO_TEXT, type Errno } from '../../core/kernel/errno.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { type Cidr, parseCidr } from '../../core/base/cidr.ts'
import { type Ipv4, parseIpv4 } from '../../core/base/ipv4.ts'
import { type Mac, parseMac } from '../../core/base/mac.ts'
import type { ConsoleEnv, ConsolePlace } from '../types.ts'
import { stop } from './words.ts'

/** One run of `ip` or `bridge`: where, and its global options. */
export interface IpContext {
  readonly env: ConsoleEnv
  readonly place: ConsolePlace
  readonly netns: number
  /** 0: every family. IPv6 is not modelled: with 6 there is nothing to show. */
  readonly family: 0 | 4 | 6
  readonly brief: boolean
  readonly details: boolean
  readonly stats: boolean
  readonly oneline: boolean
  readonly json: boolean
  readonly pretty: boolean
}

/** Devices of the namespace by ifindex: the order of every dump. */
export const devices = (ip: IpContext): readonly LinkRow[] =>
  [...ip.env.kernel.t.linkByNetns.at(ip.netns).rows()].sort((a, b) => a.ifindex - b.ifindex)

export const findDevice = (ip: IpContext, name: string): LinkRow | undefined =>
  ip.env.kernel.t.linkByName.at(`${ip.netns}/${name}`).first()

/** A device that must be there: ll_name_to_index. `exit` as the tool's. */
export const needDevice = (ip: IpContext, name: string, exit = 1): LinkRow =>
  findDevice(ip, name) ?? stop(`Cannot find device "${name}"\n`, exit)

export const deviceName = (ip: IpContext, link: number): string => ip.env.kernel.t.link.get(link)?.name ?? `if${link}`

/** What the kernel answers: `RTNETLINK answers: …`. */
export const refused = (errno: Errno): never => stop(`RTNETLINK answers: ${ERRNO_TEXT[errno]}\n`, 2)
/** What the kernel answers with a text of its own (NLMSGERR_ATTR_MSG). */
export const extack = (message: string): never => stop(`Error: ${message}\n`, 2)

export const needAddress = (word: string): Ipv4 =>
  parseIpv4(word) ?? stop(`Error: inet address is expected rather than "${word}".\n`, 1)

/** `default`, `any`, `all`, an address or a prefix. `family` is the tool's word for what it wants. */
export function needPrefix(word: string, wanted = 'any valid'): Cidr {
  if (word === 'default' || word === 'any' || word === 'all') return { addr: 0, len: 0 }
  return shortPrefix(word) ?? stop(`Error: ${wanted} prefix is expected rather than "${word}".\n`, 1)
}

/** iproute2 accepts `10/8` and `10.1`, missing octets being zero. */
function shortPrefix(word: string): Cidr | null {
  const full = parseCidr(word)
  if (full) return full
  const match = /^(\d{1,3}(?:\.\d{1,3}){0,2})(?:\/(\d{1,2}))?$/.exec(word)
  if (!match) return null
  const octets = match[1]!.split('.')
  const address = [...octets, '0', '0', '0'].slice(0, 4).join('.')
  return parseCidr(`${address}/${match[2] ?? octets.length * 8}`)
}

export const needMac = (word: string): Mac => parseMac(word) ?? stop(`"${word}" is invalid lladdr.\n`, 1)
