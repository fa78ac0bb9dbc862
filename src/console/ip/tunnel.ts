import { isIpTunnel, type IpTunnelKind } from '../../core/kernel/link/config.ts'
import { addIpTunnel, isFallback } from '../../core/kernel/link/tunnel.ts'
import { deleteLink } from '../../core/kernel/link/link.ts'
import { ERRNO_TEXT } from '../../core/kernel/errno.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { type Done, done, fail, text } from '../types.ts'
import { type IpContext, deviceName, devices, findDevice } from './context.ts'
import { endText, freshTunnel, readTunnelWord } from './link-kinds.ts'
import { type Words, pick, stop } from './words.ts'

const USAGE =
  'Usage: ip tunnel { add | del | show } [ NAME ]\n' +
  '        [ mode { gre | ipip } ]\n' +
  '        [ remote ADDR ] [ local ADDR ]\n' +
  '        [ [i|o]seq ] [ [i|o]key KEY ] [ [i|o]csum ]\n' +
  '        [ ttl TTL ] [ tos TOS ] [ [no]pmtudisc ] [ dev PHYS_DEV ]\n'

/** `ip tunnel …` (ip/iptunnel.c). */
export function ipTunnelCommand(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip, '')
  const word = words.next()
  switch (pick(word, ['add', 'delete', 'show', 'lst', 'list', 'help'])) {
    case 'add':
      return add(ip, words)
    case 'delete':
      return remove(ip, nameIn(words))
    case 'show':
    case 'lst':
    case 'list':
      return show(ip, nameIn(words))
    case 'help':
      return stop(USAGE, 255)
    default:
      return stop(`Command "${word}" is unknown, try "ip tunnel help"\n`, 255)
  }
}

const nameIn = (words: Words): string => {
  const word = words.next()
  return word === 'name' ? words.value() : word
}

const MODES: Readonly<Record<string, IpTunnelKind>> = { ipip: 'ipip', 'ip/ip': 'ipip', gre: 'gre', 'gre/ip': 'gre' }

function add(ip: IpContext, words: Words): Done {
  const own = freshTunnel()
  let [name, kind] = ['', null as IpTunnelKind | null]
  while (!words.done) {
    const word = words.next()
    if (word === 'mode') kind = modeOf(words.value())
    else if (!readTunnelWord(ip, own, word, words)) name = word === 'name' ? words.value() : word
  }
  if (!kind) return stop('cannot determine tunnel mode (ipip, gre, vti or sit)\n', 255)
  if (own.ttl !== 0 && !own.pmtudisc) return stop('ttl != 0 and nopmtudisc are incompatible\n', 255)
  const stem = kind === 'ipip' ? 'tunl' : 'gre'
  const made = addIpTunnel(ip.env.kernel, ip.netns, { ...own, name: name || freeName(ip, stem), kind })
  if (made.ok) return done('')
  return fail(`add tunnel "${kind === 'ipip' ? 'tunl0' : 'gre0'}" failed: ${ERRNO_TEXT[made.error]}\n`)
}

function modeOf(word: string): IpTunnelKind {
  const kind = MODES[word]
  if (kind) return kind
  if (/^(sit|vti|isatap)$/.test(word)) return stop(`ip tunnel mode ${word}: not modelled in this lab\n`, 1)
  return stop(`Unknown tunnel mode "${word}"\n`, 255)
}

const freeName = (ip: IpContext, stem: string): string => {
  for (let n = 1; ; n++) if (!findDevice(ip, `${stem}${n}`)) return `${stem}${n}`
}

const isTunnel = (link: LinkRow | undefined): link is LinkRow => link?.kind === 'ipip' || link?.kind === 'gre'

function remove(ip: IpContext, name: string): Done {
  const link = findDevice(ip, name)
  if (!isTunnel(link)) return fail(`delete tunnel "${name}" failed: ${ERRNO_TEXT.ENODEV}\n`)
  if (isFallback(link)) return fail(`delete tunnel "${name}" failed: ${ERRNO_TEXT.EPERM}\n`)
  deleteLink(ip.env.kernel, link.id)
  return done('')
}

function show(ip: IpContext, name: string): Done {
  if (name !== '' && !findDevice(ip, name)) return fail(`Device "${name}" does not exist.\n`)
  const shown = devices(ip).filter((link) => isTunnel(link) && (name === '' || link.name === name))
  return done(text(shown.map((link) => line(ip, link))))
}

/** `gre1: gre/ip remote 192.168.56.12 local 192.168.56.11 ttl 64 key 77`. */
function line(ip: IpContext, link: LinkRow): string {
  const { config } = link
  if (!isIpTunnel(config)) return ''
  const mode = config.kind === 'gre' ? 'gre' : config.fallback ? 'any' : 'ip'
  const same = config.ikey === config.okey
  const keys = same
    ? [config.ikey === null ? '' : `key ${config.ikey}`]
    : [config.ikey === null ? '' : `ikey ${config.ikey}`, config.okey === null ? '' : `okey ${config.okey}`]
  const parts = [
    `${link.name}: ${mode}/ip remote ${endText(config.remote)} local ${endText(config.local)}`,
    link.lower === 0 ? '' : `dev ${deviceName(ip, link.lower)}`,
    `ttl ${config.ttl === 0 ? 'inherit' : config.ttl}`,
    config.tos === 0 ? '' : `tos ${config.tos === 1 ? 'inherit' : `0x${config.tos.toString(16)}`}`,
    config.pmtudisc ? '' : 'nopmtudisc',
    ...keys,
  ]
  return parts.filter(Boolean).join(' ')
}
