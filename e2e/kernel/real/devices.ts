import type { DeviceSetup } from '../language.ts'
import type { Command } from './commands.ts'

/** ip(8) and wg(8) for devices that stand on another one, or wrap what they are given. */
export function deviceCommands(d: DeviceSetup): readonly Command[] {
  const { ns, dev } = d
  switch (d.do) {
    case 'vlan':
      return ip(ns, `link add link ${d.lower} name ${dev} type vlan id ${d.id}`, `link set ${dev} up`)
    case 'macvlan':
      return [
        ...ip(ns, `link add link ${d.lower} name ${dev} netns ${d.at} ${macOf(d)} type macvlan mode ${d.mode}`),
        ...ip(d.at, `link set ${dev} up`),
      ]
    case 'ipvlan':
      return [
        ...ip(
          ns,
          `link add link ${d.lower} name ${dev} netns ${d.at} type ipvlan mode ${d.mode} ${d.flag ?? 'bridge'}`,
        ),
        ...ip(d.at, `link set ${dev} up`),
      ]
    case 'ipip':
    case 'gre': {
      const words = [`link add ${dev}${mtu(d.mtu)} type ${d.do} local ${d.local} remote ${d.remote}`]
      if (d.ttl !== undefined) words.push(`ttl ${d.ttl}`)
      if (d.key !== undefined) words.push(`key ${d.key}`)
      if (d.pmtudisc === false) words.push('nopmtudisc')
      return ip(ns, words.join(' '), `link set ${dev} up`)
    }
    case 'geneve': {
      const add = `link add ${dev} address ${d.mac}${mtu(d.mtu)} type geneve id ${d.vni} remote ${d.remote}`
      return ip(ns, add, `link set ${dev} up`)
    }
    case 'wireguard': {
      const peers = d.peers.map(({ publicKey, allowed, endpoint }) => {
        const where = endpoint === undefined ? '' : ` endpoint ${endpoint}`
        return ` peer ${publicKey} allowed-ips ${allowed.join(',')}${where}`
      })
      const key = `/run/key-${ns}-${dev}`
      const set = `wg set ${dev} listen-port ${d.port} private-key ${key}${peers.join('')}`
      return [
        ...ip(ns, `link add ${dev}${mtu(d.mtu)} type wireguard`),
        { tool: 'shell', ns, line: `echo ${d.privateKey} > ${key}; ${set}; rm ${key}` },
        ...ip(ns, `link set ${dev} up`),
      ]
    }
    case 'tun':
      return ip(ns, `tuntap add dev ${dev} mode tun`, `link set ${dev} up`)
  }
}

const ip = (ns: string, ...lines: readonly string[]): readonly Command[] => [{ tool: 'ip', ns, lines }]
const mtu = (value: number | undefined): string => (value === undefined ? '' : ` mtu ${value}`)
/** A passthru device has the MAC address of what it stands on. */
const macOf = (d: DeviceSetup & { readonly do: 'macvlan' }): string => (d.mode === 'passthru' ? '' : `address ${d.mac}`)
