import { ipv4 } from '../base/ipv4.ts'
import { mac } from '../base/mac.ts'
import { addAddress } from '../kernel/link/address.ts'
import { fdbReplaceRemote } from '../kernel/link/bridge.ts'
import { addLink, setLink } from '../kernel/link/link.ts'
import { setPermanent } from '../kernel/neigh/neigh.ts'
import { setSysctl } from '../kernel/sysctl/sysctl.ts'
import { Scene } from './scene.ts'

/**
 * Two nodes, two pods each, flannel's VXLAN between them: the devices, addresses and static entries that a run on a real kernel had
 * (Linux 6.18, network namespaces), so that traces can be compared with its capture line by line.
 */
export function flannelScene(bridgeNf = true): Scene {
  const s = new Scene()
  for (const name of ['sw', 'p1a', 'p1b', 'p2a', 'p2b']) s.host(name)
  for (const name of ['n1', 'n2']) s.host(name, true)
  s.bridge('sw', 'br0', '02:00:00:00:ff:01')
  for (const i of [1, 2]) node(s, i)
  for (const i of [1, 2]) {
    const j = 3 - i
    s.route(`n${i}`, `10.244.${j}.0/24`, `10.244.${j}.0`, 'flannel.1', true)
    const tunnel = s.link(`n${i}`, 'flannel.1')
    setPermanent(s.kernel, tunnel, ipv4(`10.244.${j}.0`), mac(`02:00:00:00:0${j}:03`))
    fdbReplaceRemote(s.kernel, tunnel, mac(`02:00:00:00:0${j}:03`), ipv4(`192.168.56.1${j}`))
    if (bridgeNf) setSysctl(s.kernel, s.ns(`n${i}`), 'net.bridge.bridge-nf-call-iptables', '1')
  }
  return s
}

function node(s: Scene, i: number): void {
  const n = `n${i}`
  s.veth(n, 'eth0', `02:00:00:00:0${i}:01`, 'sw', `sw${i}`, `02:00:00:00:ff:1${i}`)
  s.port('sw', `sw${i}`, 'br0')
  s.addr(n, 'eth0', `192.168.56.1${i}/24`)
  s.bridge(n, 'cni0', `02:00:00:00:0${i}:02`, 1450)
  s.addr(n, 'cni0', `10.244.${i}.1/24`)
  for (const [h, p] of [
    [2, 'a'],
    [3, 'b'],
  ] as const) {
    const pod = `p${i}${p}`
    s.veth(pod, 'eth0', `02:00:00:00:0${i}:1${h}`, n, `veth${i}${p}`, `02:00:00:00:0${i}:2${h}`, 1450)
    s.port(n, `veth${i}${p}`, 'cni0', true)
    s.addr(pod, 'eth0', `10.244.${i}.${h}/24`)
    s.route(pod, 'default', `10.244.${i}.1`)
    s.route(pod, '10.244.0.0/16', `10.244.${i}.1`)
  }
  tunnel(s, i)
}

function tunnel(s: Scene, i: number): void {
  const n = `n${i}`
  const added = addLink(s.kernel, s.ns(n), {
    name: 'flannel.1',
    kind: 'vxlan',
    mac: mac(`02:00:00:00:0${i}:03`),
    mtu: 1450,
    vxlan: { vni: 1, local: ipv4(`192.168.56.1${i}`), underlay: s.link(n, 'eth0'), port: 8472, learning: false },
  })
  if (!added.ok) throw new Error(added.error)
  addAddress(s.kernel, added.value, { addr: ipv4(`10.244.${i}.0`), len: 32 })
  setLink(s.kernel, added.value, { up: true })
}
