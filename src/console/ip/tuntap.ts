import { deleteLink } from '../../core/kernel/link/link.ts'
import { addTun } from '../../core/kernel/link/tun.ts'
import { type Done, done, fail, text } from '../types.ts'
import { type IpContext, devices, findDevice } from './context.ts'
import { type Words, pick, stop } from './words.ts'

const USAGE =
  'Usage: ip tuntap { add | del | show | list | lst | help } [ dev PHYS_DEV ]\n' +
  '       [ mode { tun | tap } ] [ user USER ] [ group GROUP ]\n' +
  '       [ one_queue ] [ pi ] [ vnet_hdr ] [ multi_queue ] [ name NAME ]\n'

/** `ip tuntap …` (ip/iptuntap.c). */
export function ipTuntap(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip)
  const word = words.next()
  switch (pick(word, ['add', 'delete', 'show', 'lst', 'list', 'help'])) {
    case 'add':
      return add(ip, words)
    case 'delete':
      return remove(ip, words)
    case 'show':
    case 'lst':
    case 'list':
      return show(ip)
    case 'help':
      return stop(USAGE, 255)
    default:
      return stop(`Command "${word}" is unknown, try "ip tuntap help".\n`, 255)
  }
}

function read(words: Words): { readonly name: string; readonly mode: 'tun' | 'tap' } {
  let [name, mode] = ['', null as 'tun' | 'tap' | null]
  while (!words.done) {
    const word = words.next()
    if (word === 'mode') mode = modeOf(words.value())
    else if (word === 'user' || word === 'group') words.value()
    else if (!['one_queue', 'pi', 'vnet_hdr', 'multi_queue'].includes(word)) {
      name = word === 'dev' || word === 'name' ? words.value() : word
    }
  }
  if (mode === null) return stop('You failed to specify a tunnel mode\n', 255)
  return { name, mode }
}

const modeOf = (word: string): 'tun' | 'tap' =>
  word === 'tun' || word === 'tap' ? word : stop(`Unknown tunnel mode "${word}"\n`, 255)

function add(ip: IpContext, words: Words): Done {
  const { name, mode } = read(words)
  const free = (n: number): string => (findDevice(ip, `${mode}${n}`) ? free(n + 1) : `${mode}${n}`)
  const made = addTun(ip.env.kernel, ip.netns, { name: name || free(0), mode })
  return made.ok ? done('') : fail('ioctl(TUNSETIFF): Device or resource busy\n')
}

function remove(ip: IpContext, words: Words): Done {
  const { name, mode } = read(words)
  const link = findDevice(ip, name)
  if (link?.config?.kind !== 'tun' || link.config.mode !== mode) return fail('ioctl(TUNSETIFF): Invalid argument\n')
  deleteLink(ip.env.kernel, link.id)
  return done('')
}

/** `tun0: tun persist`. */
function show(ip: IpContext): Done {
  const lines = devices(ip).flatMap(({ name, config }) =>
    config?.kind === 'tun' ? [`${name}: ${config.mode}${config.persist ? ' persist' : ''}`] : [],
  )
  return done(text(lines))
}
