import { formatMac } from '../../core/base/mac.ts'
import { deviceStatistics } from '../../core/explain/counters.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { type Done, done, text } from '../types.ts'
import { type IpContext, devices } from './context.ts'
import { briefHead, detailLines, flagNames, hardwareLine, headLine } from './device-text.ts'
import { linkJson, printJson } from './json.ts'
import { addDevice, deleteDevice, setDevice } from './link-change.ts'
import { filterDevices, readDeviceFilter } from './link-filter.ts'
import { statisticsLines } from './statistics.ts'
import { type Words, pick, stop } from './words.ts'

const COMMANDS = ['add', 'set', 'replace', 'change', 'delete', 'show', 'lst', 'list', 'help'] as const

/** `ip link …` (ip/iplink.c do_iplink). */
export function ipLink(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip, words)
  const word = words.next()
  switch (pick(word, COMMANDS)) {
    case 'add':
    case 'replace':
      return addDevice(ip, words)
    case 'set':
    case 'change':
      return setDevice(ip, words)
    case 'delete':
      return deleteDevice(ip, words)
    case 'show':
    case 'lst':
    case 'list':
      return show(ip, words)
    case 'help':
      return stop(USAGE, 255)
    default:
      return stop(`Command "${word}" is unknown, try "ip link help".\n`, 255)
  }
}

const USAGE =
  'Usage: ip link add [link DEV] [ name ] NAME\n' +
  '                    [ address LLADDR ] [ mtu MTU ]\n' +
  '                    type { veth | bridge | vxlan | dummy | vlan | macvlan | ipvlan |\n' +
  '                           ipip | gre | gretap | geneve | wireguard } [ ARGS ]\n\n' +
  '       ip link delete { DEVICE | dev DEVICE }\n\n' +
  '       ip link set { DEVICE | dev DEVICE }\n' +
  '                   [ { up | down } ] [ address LLADDR ] [ mtu MTU ] [ name NEWNAME ]\n' +
  '                   [ netns NAME ] [ master DEVICE | nomaster ]\n' +
  '                   [ type bridge_slave hairpin { on | off } ]\n\n' +
  '       ip link show [ DEVICE | group GROUP ] [up] [master DEV] [type TYPE]\n'

function show(ip: IpContext, words: Words): Done {
  const shown = filterDevices(ip, devices(ip), readDeviceFilter(ip, words))
  if (ip.json)
    return done(
      printJson(
        shown.map((link) => linkJson(ip, link, true)),
        ip.pretty,
      ),
    )
  if (ip.brief) {
    const line = (link: LinkRow): string =>
      `${briefHead(ip, link)}${formatMac(link.mac)} <${flagNames(ip, link).join(',')}> `
    return done(text(shown.map(line)))
  }
  return done(shown.map((link) => `${deviceLines(ip, link).join(ip.oneline ? '\\' : '\n')}\n`).join(''))
}

function deviceLines(ip: IpContext, link: LinkRow): readonly string[] {
  const stats = ip.stats ? statisticsLines(deviceStatistics(ip.env.kernel)(link.id)) : []
  const hardware = hardwareLine(ip, link)
  if (!ip.details) return [headLine(ip, link, true), hardware, ...stats]
  const [first, ...rest] = detailLines(ip, link, true)
  return [headLine(ip, link, true), hardware + first, ...rest, ...stats]
}
