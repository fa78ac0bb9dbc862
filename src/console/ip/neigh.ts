import { contains } from '../../core/base/cidr.ts'
import { formatIpv4, parseIpv4 } from '../../core/base/ipv4.ts'
import { formatMac } from '../../core/base/mac.ts'
import { SEC } from '../../core/base/time.ts'
import {
  addProxy,
  deleteNeigh,
  deleteProxy,
  findNeigh,
  freshNeigh,
  putNeigh,
  setPermanent,
  updateNeigh,
} from '../../core/kernel/neigh/neigh.ts'
import { isValid, neighState } from '../../core/kernel/neigh/state.ts'
import type { NeighRow, NeighState } from '../../core/kernel/tables.ts'
import { type Done, done, text } from '../types.ts'
import { type IpContext, deviceName, extack, needDevice, needMac, needPrefix, refused } from './context.ts'
import { printJson } from './json.ts'
import { type Words, abbreviates, pick, stop, wrongArgument } from './words.ts'

const COMMANDS = ['add', 'change', 'chg', 'replace', 'delete', 'get', 'show', 'lst', 'list', 'flush', 'help'] as const
const STATES: readonly NeighState[] = [
  'PERMANENT',
  'REACHABLE',
  'NOARP',
  'STALE',
  'INCOMPLETE',
  'DELAY',
  'PROBE',
  'FAILED',
]

/** `ip neighbour …` (ip/ipneigh.c do_ipneigh). */
export function ipNeigh(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip, words)
  const word = words.next()
  const command = pick(word, COMMANDS)
  switch (command) {
    case 'add':
    case 'change':
    case 'chg':
    case 'replace':
    case 'delete':
      return modify(ip, words, command === 'chg' ? 'change' : command)
    case 'get':
      return get(ip, words)
    case 'show':
    case 'lst':
    case 'list':
      return show(ip, words)
    case 'flush':
      return flush(ip, words)
    case 'help':
      return stop(
        'Usage: ip neigh { add | del | change | replace }\n                { ADDR [ lladdr LLADDR ] [ nud STATE ] dev DEV }\n' +
          '       ip neigh { show | flush } [ to PREFIX ] [ dev DEV ] [ nud STATE ]\n       ip neigh get ADDR dev DEV\n',
        255,
      )
    default:
      return stop(`Command "${word}" is unknown, try "ip neighbour help".\n`, 255)
  }
}

interface Filter {
  readonly dev: number | null
  readonly to: { readonly addr: number; readonly len: number } | null
  readonly states: readonly NeighState[] | null
  /** Only what is answered for others. */
  readonly proxy: boolean
}

function readFilter(ip: IpContext, words: Words): Filter {
  const filter: { dev: number | null; to: Filter['to']; states: NeighState[] | null; proxy: boolean } = {
    dev: null,
    to: null,
    states: null,
    proxy: false,
  }
  while (!words.done) {
    const word = words.next()
    if (word === 'dev') filter.dev = needDevice(ip, words.value()).id
    else if (word === 'nud') filter.states = [...(filter.states ?? []), ...nudStates(words.value())]
    else if (word === 'proxy') filter.proxy = true
    else if (word === 'unused' || word === 'nomaster') continue
    else if (word === 'master' || word === 'vrf') words.value()
    else filter.to = needPrefix(word === 'to' ? words.value() : word, 'any valid')
  }
  return filter
}

function nudStates(word: string): readonly NeighState[] {
  if (word === 'all') return STATES
  const state = pick(word.toUpperCase(), STATES)
  return state ? [state] : wrongArgument(word, 'nud state is bad')
}

/** Newer entries first, as the kernel's hash chains mostly show them; by address the order is the same in every run. */
function entries(ip: IpContext, filter: Filter): readonly NeighRow[] {
  const { kernel } = ip.env
  return kernel.t.neighByNetns
    .at(ip.netns)
    .rows()
    .filter((row) => {
      const state = neighState(row, kernel.now)
      if (filter.dev !== null && row.link !== filter.dev) return false
      if (filter.to && !contains(filter.to, row.ip)) return false
      return filter.states ? filter.states.includes(state) : state !== 'NOARP'
    })
    .sort((a, b) => a.ip - b.ip || a.link - b.link)
}

function show(ip: IpContext, words: Words): Done {
  const filter = readFilter(ip, words)
  if (ip.family === 6) return done('')
  if (filter.proxy) return done(text(proxies(ip, filter)))
  const rows = entries(ip, filter)
  if (!ip.json) return done(text(rows.map((row) => lineOf(ip, row, filter.dev === null))))
  const json = rows.map((row) => ({
    dst: formatIpv4(row.ip),
    ...(filter.dev === null && { dev: deviceName(ip, row.link) }),
    ...(isValid(row.state) && { lladdr: formatMac(row.mac) }),
    state: [neighState(row, ip.env.kernel.now)],
  }))
  return done(printJson(json, ip.pretty))
}

function proxies(ip: IpContext, { dev, to }: Filter): readonly string[] {
  return ip.env.kernel.t.proxyNeighByNetns
    .at(ip.netns)
    .rows()
    .filter((row) => (dev === null || row.link === dev) && (!to || contains(to, row.ip)))
    .sort((a, b) => a.ip - b.ip || a.link - b.link)
    .map((row) => `${formatIpv4(row.ip)} ${dev === null ? `dev ${deviceName(ip, row.link)} ` : ''}proxy `)
}

function lineOf(ip: IpContext, row: NeighRow, withDevice: boolean): string {
  const state = neighState(row, ip.env.kernel.now)
  const words = [formatIpv4(row.ip)]
  if (withDevice) words.push(`dev ${deviceName(ip, row.link)}`)
  if (isValid(state)) words.push(`lladdr ${formatMac(row.mac)}`)
  return `${words.join(' ')} ${ip.stats ? cacheInfo(ip, row) : ''}${state} `
}

/** ` ref 1 used 13/13/13probes 4 `: seconds since it was used, confirmed and updated. */
function cacheInfo(ip: IpContext, row: NeighRow): string {
  const since = (then: number): number => Math.max(0, Math.floor((ip.env.kernel.now - then) / SEC))
  return ` ref 1 used ${since(row.used)}/${since(row.confirmed)}/${since(row.updated)}probes ${row.probes} `
}

function modify(ip: IpContext, words: Words, how: 'add' | 'change' | 'replace' | 'delete'): Done {
  let dst: number | null = null
  let dev = ''
  let mac: number | null = null
  let state: NeighState = 'PERMANENT'
  let proxy = false
  while (!words.done) {
    const word = words.next()
    if (word === 'lladdr') mac = needMac(words.value())
    else if (word === 'nud') state = nudStates(words.value())[0]!
    else if (word === 'dev') dev = words.value()
    else if (word === 'proxy') {
      proxy = true
      dst = addressOf(words.value())
    } else if (abbreviates(word, 'protocol')) words.value()
    else if (word !== 'router' && word !== 'extern_learn') dst = addressOf(word === 'to' ? words.value() : word)
  }
  if (dev === '' || dst === null) return stop('Device and destination are required arguments.\n', 255)
  const link = needDevice(ip, dev)
  const { kernel } = ip.env
  if (proxy) {
    if (how === 'delete') return deleteProxy(kernel, link.id, dst) ? done('') : refused('ENOENT')
    addProxy(kernel, link, dst)
    return done('')
  }
  const known = findNeigh(kernel, link.id, dst)
  if (how === 'delete') return deleteNeigh(kernel, link.id, dst) ? done('') : refused('ENOENT')
  if (how === 'add' && known) return refused('EEXIST')
  if (how === 'change' && !known) return refused('ENOENT')
  if (mac === null && !known) return extack('No link layer address given.')
  const address = mac ?? known?.mac ?? 0
  if (state === 'PERMANENT') setPermanent(kernel, link.id, dst, address)
  else {
    const row = known ?? freshNeigh(kernel, link.id, dst)
    if (!known) putNeigh(kernel, row)
    updateNeigh(kernel, row, address, state)
  }
  return done('')
}

const addressOf = (word: string): number =>
  parseIpv4(word) ?? stop(`Error: any valid address is expected rather than "${word}".\n`, 1)

function get(ip: IpContext, words: Words): Done {
  let dst: number | null = null
  let dev = ''
  while (!words.done) {
    const word = words.next()
    if (word === 'dev') dev = words.value()
    else dst = addressOf(word === 'to' ? words.value() : word)
  }
  if (dev === '' || dst === null) return stop('Device and address are required arguments.\n', 255)
  const row = findNeigh(ip.env.kernel, needDevice(ip, dev).id, dst)
  return row ? done(`${lineOf(ip, row, true)}\n`) : extack('Neighbour entry not found.')
}

function flush(ip: IpContext, words: Words): Done {
  if (words.done) return stop('Flush requires arguments.\n', 1)
  const filter = readFilter(ip, words)
  for (const row of entries(ip, filter)) {
    if (row.state !== 'PERMANENT' || filter.states) deleteNeigh(ip.env.kernel, row.link, row.ip)
  }
  return done('')
}
