import { cidr } from '../../../src/core/base/cidr.ts'
import { ipv4 } from '../../../src/core/base/ipv4.ts'
import { mac } from '../../../src/core/base/mac.ts'
import type { Result } from '../../../src/core/base/result.ts'
import type { Errno } from '../../../src/core/kernel/errno.ts'
import { moveLink, setLink } from '../../../src/core/kernel/link/link.ts'
import { addIpvlan, addMacvlan, addVlan } from '../../../src/core/kernel/link/stacked.ts'
import { addTun } from '../../../src/core/kernel/link/tun.ts'
import { addGeneve, addIpTunnel } from '../../../src/core/kernel/link/tunnel.ts'
import { addWireguard, setWgPeer, setWireguard } from '../../../src/core/kernel/link/wireguard.ts'
import type { Scene } from '../../../src/core/testkit/scene.ts'
import type { DeviceSetup, WireguardPeer } from '../language.ts'

/** A device that stands on another one, or wraps what it is given: made, moved to where it belongs, up. */
export function addDevice(s: Scene, d: DeviceSetup): void {
  const k = s.kernel
  const id = must(made(s, d), d)
  if (d.do === 'wireguard') {
    must(setWireguard(k, id, { privateKey: d.privateKey, port: d.port }), d)
    for (const peer of d.peers) must(setWgPeer(k, id, peer.publicKey, changeOf(peer)), d)
  }
  if ('at' in d) must(moveLink(k, id, s.ns(d.at)), d)
  must(setLink(k, id, { up: true }), d)
}

function made(s: Scene, d: DeviceSetup): Result<number, Errno> {
  const [k, ns, name] = [s.kernel, s.ns(d.ns), d.dev]
  switch (d.do) {
    case 'vlan':
      return addVlan(k, ns, { name, parent: s.link(d.ns, d.lower), vid: d.id })
    case 'macvlan': {
      const own = d.mode === 'passthru' ? {} : { mac: mac(d.mac) }
      return addMacvlan(k, ns, { name, parent: s.link(d.ns, d.lower), mode: d.mode, ...own })
    }
    case 'ipvlan':
      return addIpvlan(k, ns, { name, parent: s.link(d.ns, d.lower), mode: d.mode, flag: d.flag ?? 'bridge' })
    case 'ipip':
    case 'gre': {
      const { local, remote, do: kind, mtu, ttl, key, pmtudisc } = d
      return addIpTunnel(k, ns, { name, kind, local: ipv4(local), remote: ipv4(remote), mtu, ttl, key, pmtudisc })
    }
    case 'geneve':
      return addGeneve(k, ns, { name, vni: d.vni, remote: ipv4(d.remote), mac: mac(d.mac), mtu: d.mtu })
    case 'wireguard':
      return addWireguard(k, ns, { name, mtu: d.mtu })
    case 'tun':
      return addTun(k, ns, { name, mode: 'tun' })
  }
}

function changeOf({ allowed, endpoint }: WireguardPeer) {
  const [address = '', port = ''] = (endpoint ?? '').split(':')
  return {
    allowed: allowed.map(cidr),
    ...(endpoint === undefined ? {} : { endpoint: { addr: ipv4(address), port: Number(port) } }),
  }
}

function must<T>(result: Result<T, Errno>, step: DeviceSetup): T {
  if (!result.ok) throw new Error(`the simulator refuses ${JSON.stringify(step)}: ${result.error}`)
  return result.value
}
