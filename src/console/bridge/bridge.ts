import type { LinkRow } from '../../core/kernel/tables.ts'
import { setLink } from '../../core/kernel/link/link.ts'
import { type IpContext, deviceName, devices, findDevice, needDevice } from '../ip/context.ts'
import { flagNames, onOff, portState } from '../ip/device-text.ts'
import { guarded, readOptions } from '../ip/ip.ts'
import { Words, abbreviates, pick, stop } from '../ip/words.ts'
import { type Command, type Done, done, text } from '../types.ts'
import { bridgeFdb } from './fdb.ts'

const USAGE =
  'Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }\n' +
  'where  OBJECT := { link | fdb | vlan }\n' +
  '       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] |\n' +
  '                    -o[neline] | -n[etns] name | -p[retty] -j[son] }\n'

/** `bridge` (bridge/bridge.c). */
export const bridgeCommand: Command = (env, place, argv) =>
  guarded(() => {
    const words = new Words(argv)
    const start = {
      family: 0,
      brief: false,
      details: false,
      stats: false,
      oneline: false,
      json: false,
      pretty: false,
    } as const
    const ip = readOptions({ ...start, env, place, netns: place.netns }, words)
    if (words.done) return stop(USAGE, 255)
    const word = words.next()
    switch (pick(word, ['link', 'fdb', 'mdb', 'vlan', 'monitor', 'help'] as const)) {
      case 'link':
        return bridgeLink(ip, words)
      case 'fdb':
        return bridgeFdb(ip, words)
      case 'vlan':
        return bridgeVlan(words)
      case 'mdb':
        return done('')
      case 'help':
        return stop(USAGE, 255)
      case 'monitor':
        return stop('bridge monitor: not modelled in this lab\n', 255)
      default:
        return stop(`Object "${word}" is unknown, try "bridge help".\n`, 255)
    }
  })

function bridgeLink(ip: IpContext, words: Words): Done {
  const word = words.done ? 'show' : words.next()
  if (abbreviates(word, 'set')) return setPort(ip, words)
  if (!abbreviates(word, 'show') && word !== 'list' && word !== 'lst') {
    return stop(`Command "${word}" is unknown, try "bridge link help".\n`, 255)
  }
  const only = words.done ? null : needDevice(ip, words.peek() === 'dev' ? (words.next(), words.value()) : words.next())
  const ports = devices(ip).filter((link) => link.master !== 0 && (!only || only.id === link.id))
  return done(text(ports.flatMap((port) => portLines(ip, port))))
}

function portLines(ip: IpContext, port: LinkRow): readonly string[] {
  const line =
    `${port.ifindex}: ${portName(ip, port)}: <${flagNames(ip, port).join(',')}> mtu ${port.mtu} ` +
    `master ${deviceName(ip, port.master)} state ${portState(ip, port)} priority 32 cost 2 `
  return ip.details ? [line, `    ${portOptions(port)}`] : [line]
}

/** The tool looks the peer's number up among the devices here, whatever namespace the peer is in. */
function portName(ip: IpContext, port: LinkRow): string {
  const peer = port.peer === 0 ? undefined : ip.env.kernel.t.link.get(port.peer)
  if (!peer) return port.name
  const here = devices(ip).find((link) => link.ifindex === peer.ifindex)
  return `${port.name}@${peer.netns === port.netns ? peer.name : (here?.name ?? `if${peer.ifindex}`)}`
}

const portOptions = ({ port }: LinkRow): string =>
  `hairpin ${onOff(port!.hairpin)} guard off root_block off fastleave off learning ${onOff(port!.learning)} ` +
  `flood ${onOff(port!.flood)} mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off ` +
  `vlan_tunnel off isolated ${onOff(port!.isolated)} locked off `

function setPort(ip: IpContext, words: Words): Done {
  let dev = ''
  const port: { hairpin?: boolean; learning?: boolean; flood?: boolean; isolated?: boolean } = {}
  while (!words.done) {
    const word = words.next()
    const value = words.value()
    if (word === 'dev') dev = value
    else if (word === 'hairpin' || word === 'learning' || word === 'flood' || word === 'isolated') {
      if (value !== 'on' && value !== 'off')
        return stop(`Error: argument of "${word}" must be one of "off on", not "${value}"\n`, 255)
      port[word] = value === 'on'
    }
  }
  if (dev === '') return stop('Device is a required argument.\n', 255)
  const link = findDevice(ip, dev) ?? stop(`Cannot find device "${dev}"\n`, 255)
  const result = setLink(ip.env.kernel, link.id, { port })
  return result.ok ? done('') : stop('RTNETLINK answers: Operation not supported\n', 255)
}

/** VLAN filtering is off on every bridge of the lab: no port has a VLAN. */
function bridgeVlan(words: Words): Done {
  const word = words.done ? 'show' : words.next()
  if (abbreviates(word, 'show') || word === 'list') return done('port              vlan-id  \n')
  return stop(`bridge vlan ${word}: VLAN filtering is not modelled in this lab\n`, 255)
}
