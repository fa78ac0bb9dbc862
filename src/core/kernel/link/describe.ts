import { formatIpv4 } from '../../base/ipv4.ts'
import type { LinkRow } from '../tables.ts'
import { type DeviceConfig, type IpTunnelConfig, isIpTunnel } from './config.ts'

const MACVLAN_QUEUE = 'bcqueuelen 1000 usedbcqueuelen 1000 '

/** The settings of a kind as `ip -d link` prints them (iproute2 ip/iplink_*.c), with a space at the end; '' for kinds without any. `lower`: name of the device under it. */
export function kindText({ config }: LinkRow, lower: string): string {
  return config === null ? '' : textOf(config, lower)
}

function textOf(config: DeviceConfig, lower: string): string {
  if (isIpTunnel(config)) return `${config.kind} ${tunnelText(config, lower)}`
  switch (config.kind) {
    case 'vlan':
      return `vlan protocol 802.1Q id ${config.vid} <${config.reorder ? 'REORDER_HDR' : ''}> `
    case 'macvlan':
      return `macvlan mode ${config.mode} ${MACVLAN_QUEUE}`
    case 'ipvlan':
      return `ipvlan  mode ${config.mode} ${config.flag} `
    case 'tun':
      return `tun type ${config.mode} pi off vnet_hdr off persist ${config.persist ? 'on' : 'off'} `
    case 'geneve': {
      const ttl = config.ttl === 0 ? 'ttl auto ' : `ttl ${config.ttl} `
      const df = config.df === 'unset' ? '' : `df ${config.df} `
      return `geneve id ${config.vni} remote ${formatIpv4(config.remote)} ${ttl}${df}dstport ${config.port} noudpcsum udp6zerocsumrx `
    }
    case 'wireguard':
      return 'wireguard '
  }
}

function tunnelText(c: IpTunnelConfig, lower: string): string {
  const end = (ip: number): string => (ip === 0 ? 'any' : formatIpv4(ip))
  const mode = c.kind === 'ipip' ? (c.fallback ? 'any ' : 'ipip ') : ''
  const pmtu = c.pmtudisc ? '' : 'nopmtudisc '
  const keys = `${c.ikey === null ? '' : `ikey ${formatIpv4(c.ikey)} `}${c.okey === null ? '' : `okey ${formatIpv4(c.okey)} `}`
  const flags = `${c.oseq ? 'oseq ' : ''}${c.ocsum ? 'icsum ocsum ' : ''}`
  return (
    `${mode}remote ${end(c.remote)} local ${end(c.local)} ${lower === '' ? '' : `dev ${lower} `}` +
    `ttl ${c.ttl === 0 ? 'inherit' : c.ttl} ${tosText(c.tos)}${pmtu}${keys}${flags}`
  )
}

function tosText(tos: number): string {
  if (tos === 0) return ''
  return tos === 1 ? 'tos inherit ' : `tos 0x${tos.toString(16)} `
}
