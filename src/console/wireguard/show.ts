import { formatCidr } from '../../core/base/cidr.ts'
import { formatIpv4 } from '../../core/base/ipv4.ts'
import { SEC } from '../../core/base/time.ts'
import { ERRNO_TEXT } from '../../core/kernel/errno.ts'
import type { LinkRow, WgPeerRow } from '../../core/kernel/tables.ts'
import { type ConsoleEnv, type ConsolePlace, type Done, done, fail } from '../types.ts'

/** `wg show [DEV | all]`: as people read it, private keys hidden. */
export function showDevices(env: ConsoleEnv, place: ConsolePlace, argv: readonly string[]): Done {
  const [which = 'all', field] = argv
  const all = [...env.kernel.t.linkByNetns.at(place.netns).rows()]
    .filter((link) => link.kind === 'wireguard')
    .sort((a, b) => a.ifindex - b.ifindex)
  if (which === 'interfaces') return done(all.length === 0 ? '' : `${all.map((link) => link.name).join(' ')}\n`)
  if (field !== undefined) return fail(`wg show ${which} ${field}: not modelled in this lab\n`)
  const shown = which === 'all' ? all : all.filter((link) => link.name === which)
  if (which !== 'all' && shown.length === 0) return fail(`Unable to access interface: ${ERRNO_TEXT.ENODEV}\n`)
  return done(shown.map((link) => deviceText(env, link)).join('\n'))
}

function deviceText(env: ConsoleEnv, link: LinkRow): string {
  const { config } = link
  if (config?.kind !== 'wireguard') return ''
  const lines = [
    `interface: ${link.name}`,
    ...(config.publicKey === '' ? [] : [`  public key: ${config.publicKey}`, '  private key: (hidden)']),
    ...(config.port === 0 ? [] : [`  listening port: ${config.port}`]),
    ...(config.fwmark === 0 ? [] : [`  fwmark: 0x${config.fwmark.toString(16)}`]),
  ]
  // Whom we spoke with last comes first.
  const peers = [...env.kernel.t.wgPeerByLink.at(link.id).rows()].sort((a, b) => b.agreed - a.agreed)
  const blocks = [lines, ...peers.map((peer) => peerLines(env, peer))]
  return blocks.map((block) => block.map((line) => `${line}\n`).join('')).join('\n')
}

const peerLines = (env: ConsoleEnv, peer: WgPeerRow): readonly string[] => [
  `peer: ${peer.publicKey}`,
  ...(peer.endpoint ? [`  endpoint: ${formatIpv4(peer.endpoint.addr)}:${peer.endpoint.port}`] : []),
  `  allowed ips: ${peer.allowed.length === 0 ? '(none)' : peer.allowed.map(formatCidr).join(', ')}`,
  ...(peer.agreed === 0 ? [] : [`  latest handshake: ${agoText(Math.floor((env.kernel.now - peer.agreed) / SEC))}`]),
  ...(peer.rxBytes === 0 && peer.txBytes === 0
    ? []
    : [`  transfer: ${bytesText(peer.rxBytes)} received, ${bytesText(peer.txBytes)} sent`]),
  ...(peer.keepalive === 0 ? [] : [`  persistent keepalive: every ${unitsText(peer.keepalive)}`]),
]

const agoText = (seconds: number): string => (seconds === 0 ? 'Now' : `${unitsText(seconds)} ago`)

/** `1 minute, 5 seconds` */
function unitsText(seconds: number): string {
  const units = [
    [Math.floor(seconds / 3600), 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const
  const parts = units.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`)
  return parts.join(', ')
}

function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(2)} KiB` : `${(bytes / 1024 ** 2).toFixed(2)} MiB`
}
