import { formatCidr } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { type DeviceConfig, type IpTunnelConfig, isIpTunnel } from '../../kernel/link/config.ts'
import { isLayer3, isStacked } from '../../kernel/link/kind.ts'
import type { LinkRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'
import { type SpaceNames, quote } from './names.ts'

/** The commands that make a VLAN, macvlan, ipvlan, tun device or tunnel: where its parent is or its outer packets travel, then in its place. */
export function kindCommands(
  env: ExplainEnv,
  names: SpaceNames,
  row: LinkRow,
  config: DeviceConfig,
): readonly string[] {
  const here = names.space(row.netns)
  const name = quote(row.name)
  if (config.kind === 'tun') {
    return [`ip -n ${here} tuntap add dev ${name} mode ${config.mode}`, `ip -n ${here} link set ${name} mtu ${row.mtu}`]
  }
  if (isIpTunnel(config) && config.fallback) return [`modprobe ${config.kind === 'ipip' ? 'ipip' : 'ip_gre'}`]
  const lower = env.kernel.t.link.get(row.lower)
  const origin = isStacked(row) ? (lower?.netns ?? row.netns) : row.home
  const moved = origin === row.netns ? '' : ` netns ${here}`
  const on = isStacked(row) && lower ? ` link ${quote(lower.name)}` : ''
  const mac = isLayer3(row) || row.kind === 'ipvlan' ? '' : ` address ${formatMac(row.mac)}`
  const dev = !isStacked(row) && lower ? ` dev ${quote(lower.name)}` : ''
  const made =
    `ip -n ${names.space(origin)} link add${on} name ${name}${moved}${mac} mtu ${row.mtu} type ` +
    `${row.kind}${optionsOf(config)}${dev}`
  return config.kind === 'wireguard' ? [made, ...wireguardCommands(env, here, row)] : [made]
}

function optionsOf(config: DeviceConfig): string {
  if (isIpTunnel(config)) return tunnelOptions(config)
  switch (config.kind) {
    case 'vlan':
      return ` id ${config.vid}${config.reorder ? '' : ' reorder_hdr off'}`
    case 'macvlan':
      return ` mode ${config.mode}`
    case 'ipvlan':
      return ` mode ${config.mode} ${config.flag}`
    case 'geneve':
      return (
        ` id ${config.vni} remote ${formatIpv4(config.remote)} dstport ${config.port}` +
        `${config.ttl === 0 ? '' : ` ttl ${config.ttl}`} df ${config.df}`
      )
    default:
      return ''
  }
}

function tunnelOptions(c: IpTunnelConfig): string {
  const words = [
    c.local === 0 ? '' : `local ${formatIpv4(c.local)}`,
    c.remote === 0 ? '' : `remote ${formatIpv4(c.remote)}`,
    c.ttl === 0 ? '' : `ttl ${c.ttl}`,
    c.tos === 0 ? '' : `tos ${c.tos === 1 ? 'inherit' : `0x${c.tos.toString(16)}`}`,
    c.pmtudisc ? '' : 'nopmtudisc',
    c.ikey === null ? '' : `ikey ${c.ikey}`,
    c.okey === null ? '' : `okey ${c.okey}`,
    c.oseq ? 'oseq' : '',
    c.ocsum ? 'csum' : '',
  ]
  return words.map((word) => (word === '' ? '' : ` ${word}`)).join('')
}

function wireguardCommands(env: ExplainEnv, ns: string, row: LinkRow): readonly string[] {
  const { config } = row
  if (config?.kind !== 'wireguard') return []
  const set = `ip netns exec ${ns} wg set ${quote(row.name)}`
  const port = config.port === 0 ? '' : ` listen-port ${config.port}`
  const mark = config.fwmark === 0 ? '' : ` fwmark ${config.fwmark}`
  const key =
    config.privateKey === '' ? [] : [`echo ${config.privateKey} | ${set} private-key /dev/stdin${port}${mark}`]
  const peers = env.kernel.t.wgPeerByLink
    .at(row.id)
    .rows()
    .map((peer) => {
      const endpoint = peer.endpoint ? ` endpoint ${formatIpv4(peer.endpoint.addr)}:${peer.endpoint.port}` : ''
      const keepalive = peer.keepalive === 0 ? '' : ` persistent-keepalive ${peer.keepalive}`
      const allowed = peer.allowed.length === 0 ? '' : ` allowed-ips ${peer.allowed.map(formatCidr).join(',')}`
      return `${set} peer ${peer.publicKey}${endpoint}${keepalive}${allowed}`
    })
  return [...key, ...peers]
}
