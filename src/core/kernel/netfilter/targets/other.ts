import { parseIpv4 } from '../../../base/ipv4.ts'
import { LOG_LEVELS, REJECTS } from '../names.ts'
import { parseMark, parsePort, parseUint } from '../numbers.ts'
import { badInteger, mustBeGiven, type OptionSpec, type OptionUse, used, value } from '../modules/option.ts'
import { setUse } from '../modules/stateful.ts'
import { LOG_FLAG, type SetUse, type Target } from '../types.ts'
import type { TargetModule } from './option.ts'

const one = (name: string): OptionSpec => ({ name, args: 1 })
const flag = (name: string): OptionSpec => ({ name, args: 0 })
const plain = (t: 'ACCEPT' | 'DROP' | 'RETURN' | 'TRACE'): TargetModule => ({
  name: t,
  options: [],
  build: () => ({ t }),
})

const reject: TargetModule = {
  name: 'REJECT',
  options: [one('reject-with')],
  build(uses) {
    const use = used(uses, 'reject-with')
    if (!use) return { t: 'REJECT', with: 'icmp-port-unreachable' }
    const wanted = value(use)
    const found = REJECTS.find(([name, short]) => name.startsWith(wanted) || short.startsWith(wanted))
    return found && wanted !== '' ? { t: 'REJECT', with: found[0] } : `unknown reject type "${wanted}"`
  },
}

const LOG_FLAGS: readonly (readonly [option: string, bit: number])[] = [
  ['log-tcp-sequence', LOG_FLAG.TCPSEQ],
  ['log-tcp-options', LOG_FLAG.TCPOPT],
  ['log-ip-options', LOG_FLAG.IPOPT],
  ['log-uid', LOG_FLAG.UID],
  ['log-macdecode', LOG_FLAG.MACDECODE],
]

const EMPTY_STRING = 'Argument must have a minimum length of 1 characters\n'

const log: TargetModule = {
  name: 'LOG',
  options: [one('log-prefix'), one('log-level'), ...LOG_FLAGS.map(([name]) => flag(name))],
  build(uses) {
    const levelUse = used(uses, 'log-level')
    const level = levelUse ? logLevel(value(levelUse)) : 4
    if (level === null) return `log level "${value(levelUse!)}" unknown\n`
    const prefix = used(uses, 'log-prefix')
    if (prefix && value(prefix) === '') return EMPTY_STRING
    let flags = 0
    for (const [name, bit] of LOG_FLAGS) if (used(uses, name)) flags |= bit
    // The kernel's field holds 30 bytes with its terminator.
    return { t: 'LOG', level, prefix: prefix ? value(prefix).slice(0, 29) : '', flags }
  },
}

const logLevel = (text: string): number | null =>
  parseUint(text, 7) ?? LOG_LEVELS.find(([name]) => text !== '' && name.startsWith(text.toLowerCase()))?.[1] ?? null

function connectionTracking(uses: readonly OptionUse[]): Target | string {
  const zoneUse = used(uses, 'zone')
  const zone = zoneUse ? parseUint(value(zoneUse), 65535) : null
  if (zoneUse && zone === null) return `Cannot parse ${value(zoneUse)} as a zone ID\n`
  return { t: 'CT', name: 'CT', notrack: used(uses, 'notrack') !== undefined, zone }
}

const tcpmss: TargetModule = {
  name: 'TCPMSS',
  options: [one('set-mss'), flag('clamp-mss-to-pmtu')],
  build(uses) {
    const set = used(uses, 'set-mss')
    if (!set) {
      const clamp = used(uses, 'clamp-mss-to-pmtu')
      return clamp ? { t: 'TCPMSS', mss: 'clamp' } : 'TCPMSS target: At least one parameter is required'
    }
    const mss = parseUint(value(set), 65535)
    return mss === null ? badInteger('TCPMSS', 'set-mss') : { t: 'TCPMSS', mss }
  },
}

/** A number is cut to 16 bits (the real tool does not look), or a service. */
const proxyPort = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) % 65536 : parsePort(text))

const tproxy: TargetModule = {
  name: 'TPROXY',
  options: [one('on-port'), one('on-ip'), one('tproxy-mark')],
  build(uses) {
    const portUse = used(uses, 'on-port')
    if (!portUse) return mustBeGiven('TPROXY', 'on-port')
    const ipUse = used(uses, 'on-ip')
    const markUse = used(uses, 'tproxy-mark')
    const port = proxyPort(value(portUse))
    const ip = ipUse ? parseIpv4(value(ipUse)) : 0
    const mark = markUse ? parseMark(value(markUse)) : { value: 0, mask: 0 }
    if (port === null) return `Port "${value(portUse)}" does not resolve to anything.\n`
    if (ip === null) return `TPROXY: bad value for option "--on-ip", or out of range.\n`
    return mark ? { t: 'TPROXY', ip, port, ...mark } : badInteger('TPROXY', 'tproxy-mark')
  },
}

const tee: TargetModule = {
  name: 'TEE',
  options: [one('gateway')],
  build(uses) {
    const use = used(uses, 'gateway')
    const gateway = use ? parseIpv4(value(use)) : null
    return gateway === null ? mustBeGiven('TEE', 'gateway') : { t: 'TEE', gateway }
  },
}

const set: TargetModule = {
  name: 'SET',
  options: [
    ...['add-set', 'del-set', 'map-set'].map((name) => ({ name, args: 2 }) as const),
    one('timeout'),
    flag('exist'),
    ...['map-mark', 'map-prio', 'map-queue'].map(flag),
  ],
  build(uses) {
    const map = used(uses, 'map-set')
    if (map) return mapped(uses, map)
    const named = (name: string): SetUse | string | null => {
      const use = used(uses, name)
      return use ? setUse(use) : null
    }
    const [add, del] = [named('add-set'), named('del-set')]
    if (typeof add === 'string') return add
    if (typeof del === 'string') return del
    if (!add && !del) return "You must specify either `--add-set' or `--del-set' or `--map-set'"
    const timeout = used(uses, 'timeout')
    const seconds = timeout ? parseUint(value(timeout)) : null
    return { t: 'SET', add, del, exist: used(uses, 'exist') !== undefined, timeout: seconds }
  },
}

/** `--map-set`, which gives the packet marks out of the set, is not modelled. */
function mapped(uses: readonly OptionUse[], map: OptionUse): Target | string {
  const flags = uses.filter((use) => use.name.startsWith('map-') && use !== map)
  if (flags.length === 0) return "You must specify flags `--map-mark' or '--map-prio` or `--map-queue'"
  const words = flags.map((use) => ` --${use.name}`).join('')
  return { t: 'unknown', name: 'SET', text: `-j SET --map-set ${map.values.join(' ')}${words}` }
}

const nflog: TargetModule = {
  name: 'NFLOG',
  options: [one('nflog-group'), one('nflog-prefix')],
  build(uses) {
    const group = used(uses, 'nflog-group')
    const prefix = used(uses, 'nflog-prefix')
    const number = group ? parseUint(value(group), 65535) : 0
    if (number === null) return badInteger('NFLOG', 'nflog-group')
    if (prefix && value(prefix) === '') return EMPTY_STRING
    return { t: 'NFLOG', group: number, prefix: prefix ? value(prefix).slice(0, 63) : '' }
  },
}

const nfqueue: TargetModule = {
  name: 'NFQUEUE',
  options: [one('queue-num'), flag('queue-bypass')],
  build(uses) {
    const use = used(uses, 'queue-num')
    const num = use ? parseUint(value(use), 65535) : 0
    if (num === null) return badInteger('NFQUEUE', 'queue-num')
    return { t: 'NFQUEUE', num, bypass: used(uses, 'queue-bypass') !== undefined }
  },
}

export const OTHER_TARGETS: readonly TargetModule[] = [
  plain('ACCEPT'),
  plain('DROP'),
  plain('RETURN'),
  plain('TRACE'),
  reject,
  log,
  { name: 'CT', options: [flag('notrack'), one('zone')], build: connectionTracking },
  { name: 'NOTRACK', options: [], build: () => ({ t: 'CT', name: 'NOTRACK', notrack: true, zone: null }) },
  tcpmss,
  tproxy,
  tee,
  set,
  nflog,
  nfqueue,
]
