import { type Command, type CommandResult, type ConsolePlace, done, fail } from '../types.ts'
import { ipAddress } from './address.ts'
import type { IpContext } from './context.ts'
import { ipLink } from './link.ts'
import { ipNeigh } from './neigh.ts'
import { type RunIn, cannotOpen, ipNetns, netnsNamed } from './netns.ts'
import { ipRoute } from './route.ts'
import { ipRule } from './rule.ts'
import { ipTunnelCommand } from './tunnel.ts'
import { ipTuntap } from './tuntap.ts'
import { UsageStop, Words, abbreviates, stop } from './words.ts'

/** Every object that the tool knows, in the order in which it resolves abbreviations (ip/ip.c cmds). */
const OBJECTS = [
  'address',
  'addrlabel',
  'maddress',
  'route',
  'rule',
  'neighbor',
  'neighbour',
  'ntable',
  'ntbl',
  'link',
  'l2tp',
  'fou',
  'ila',
  'macsec',
  'tunnel',
  'tunl',
  'tuntap',
  'tap',
  'token',
  'tcpmetrics',
  'tcp_metrics',
  'monitor',
  'xfrm',
  'mroute',
  'mrule',
  'netns',
  'netconf',
  'vrf',
  'sr',
  'nexthop',
  'mptcp',
  'ioam',
  'help',
  'stats',
] as const

const USAGE =
  'Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n' +
  '       ip [ -force ] -batch filename\n' +
  'where  OBJECT := { address | link | neighbor | neighbour | netns | route |\n' +
  '                    rule | tunnel | tuntap }\n' +
  '       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -j[son] | -p[retty] |\n' +
  '                    -f[amily] { inet | inet6 } | -4 | -6 | -br[ief] | -o[neline] |\n' +
  '                    -n[etns] name | -c[olor] }\n'

/** `ip`. `run` runs any command in another namespace, for `ip netns exec`. */
export const ipCommand =
  (run: (place: ConsolePlace, argv: readonly string[]) => CommandResult | null): Command =>
  (env, place, argv) =>
    guarded(() => {
      const words = new Words(argv)
      const ip = readOptions({ ...NO_OPTIONS, env, place, netns: place.netns }, words)
      const runIn: RunIn = (netns, command) => run({ ...place, netns }, command)
      return dispatch(ip, words, runIn)
    })

const NO_OPTIONS = {
  family: 0,
  brief: false,
  details: false,
  stats: false,
  oneline: false,
  json: false,
  pretty: false,
} as const

/** Turns an early end of a parser into the command's result. */
export function guarded(act: () => CommandResult): CommandResult {
  try {
    return act()
  } catch (problem) {
    if (problem instanceof UsageStop) return problem.exit < 0 ? done(IP_VERSION) : fail(problem.stderr, problem.exit)
    throw problem
  }
}

/** Global options, each of which may be abbreviated. */
export function readOptions(start: IpContext, words: Words): IpContext {
  let ip = start
  while (words.peek()?.startsWith('-')) {
    const option = words.next().replace(/^--/, '-')
    if (option === '-') break
    if (option === '-4') ip = { ...ip, family: 4 }
    else if (option === '-6') ip = { ...ip, family: 6 }
    else if (option === '-0' || option === '-N' || option === '-a' || option === '-B' || option === '-M') continue
    else if (abbreviates(option, '-family')) ip = { ...ip, family: familyOf(words.value()) }
    else if (abbreviates(option, '-stats') || abbreviates(option, '-statistics')) ip = { ...ip, stats: true }
    else if (abbreviates(option, '-details')) ip = { ...ip, details: true }
    else if (abbreviates(option, '-oneline')) ip = { ...ip, oneline: true }
    else if (abbreviates(option, '-netns')) ip = { ...ip, netns: openNetns(ip, words.value()) }
    else if (abbreviates(option, '-Version')) stop('', -1)
    else if (abbreviates(option, '-json')) ip = { ...ip, json: true }
    else if (abbreviates(option, '-pretty')) ip = { ...ip, pretty: true }
    else if (abbreviates(option, '-help')) stop(USAGE, 255)
    else if (option === '-br' || (option.length > 3 && abbreviates(option, '-brief'))) ip = { ...ip, brief: true }
    else if (option === '-iec' || option === '-h' || abbreviates(option, '-human-readable')) continue
    else if (abbreviates(option, '-color') || option.startsWith('-color=') || option.startsWith('-c=')) continue
    else if (abbreviates(option, '-resolve') || abbreviates(option, '-timestamp') || option === '-ts') continue
    else stop(`Option "${option}" is unknown, try "ip -help".\n`, 255)
  }
  return ip
}

function familyOf(word: string): 0 | 4 | 6 {
  if (word === 'inet') return 4
  if (word === 'inet6') return 6
  return word === 'link' || word === 'bridge' || word === 'mpls'
    ? 0
    : stop(`Error: argument "${word}" is wrong: invalid protocol family\n\n`, 255)
}

const openNetns = (ip: IpContext, name: string): number => netnsNamed(ip, name)?.id ?? cannotOpen(name)

function dispatch(ip: IpContext, words: Words, run: RunIn): CommandResult {
  if (words.done) return stop(USAGE, 255)
  const word = words.next()
  const object = OBJECTS.find((name) => abbreviates(word, name))
  switch (object) {
    case 'address':
      return ipAddress(ip, words)
    case 'link':
      return ipLink(ip, words)
    case 'route':
      return ipRoute(ip, words)
    case 'rule':
      return ipRule(ip, words)
    case 'neighbor':
    case 'neighbour':
      return ipNeigh(ip, words)
    case 'tunnel':
    case 'tunl':
      return ipTunnelCommand(ip, words)
    case 'tuntap':
    case 'tap':
      return ipTuntap(ip, words)
    case 'netns':
      return ipNetns(ip, words, run)
    case 'help':
      return stop(USAGE, 255)
    case undefined:
      return stop(`Object "${word}" is unknown, try "ip help".\n`, 1)
    default:
      return done('', 255, `ip ${object}: not modelled in this lab\n`)
  }
}

export const IP_VERSION = 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n'
