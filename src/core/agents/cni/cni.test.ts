import { describe, expect, it } from 'vitest'
import { formatIpv4, ipv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { Files } from '../../kernel/files/files.ts'
import { Kernel } from '../../kernel/kernel.ts'
import { addressesOf } from '../../kernel/link/address.ts'
import { createNetns, deleteNetns, linkNamed } from '../../kernel/netns/netns.ts'
import { installPath } from '../../kernel/path/install.ts'
import { Sim } from '../../sim/sim.ts'
import { Trace } from '../../trace/trace.ts'
import { World } from '../../world/world.ts'
import type { CniHost, CniResult } from '../contracts/cni.ts'
import { readDefaultNetwork } from '../contracts/cni-conf.ts'
import { CNI_PLUGINS } from './plugins.ts'
import {
  type Attachment,
  addNetworkList,
  cachedNetwork,
  checkNetworkList,
  delNetworkList,
  execPlugin,
} from '../contracts/cni-runtime.ts'

const CONFLIST = JSON.stringify({
  name: 'cbr0',
  cniVersion: '0.3.1',
  plugins: [
    { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})
const SUBNET_ENV =
  'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n'

function node() {
  const world = new World(1)
  const trace = new Trace(world)
  const kernel = new Kernel(world, new Sim(world, trace), trace)
  installPath(kernel)
  const files = new Files(world)
  const netns = createNetns(kernel, 'node1', 'host', 'node/node1')
  for (const name of ['bridge', 'host-local', 'portmap', 'loopback', 'flannel'])
    files.write('node1', `/opt/cni/bin/${name}`, 'x')
  files.write('node1', '/etc/cni/net.d/10-flannel.conflist', CONFLIST)
  files.write('node1', '/run/flannel/subnet.env', SUBNET_ENV)
  const host: CniHost = {
    kernel,
    files,
    machine: 'node1',
    netns,
    actor: 'containerd@node1',
    subject: ['Pod/default/p'],
    exec: (call) => execPlugin(CNI_PLUGINS, host, call),
  }
  const pod = (id: string): Attachment => ({
    containerId: id,
    netns: createNetns(kernel, 'node1', `cni-${id}`, `pod/default/${id}`),
    netnsPath: `/var/run/netns/cni-${id}`,
    ifname: 'eth0',
    args: {},
  })
  const list = () => {
    const read = readDefaultNetwork(files, 'node1')
    if (!read.ok) throw new Error(read.error)
    return read.value
  }
  const add = (at: Attachment): CniResult => {
    const done = addNetworkList(host, list(), at)
    if (!done.ok) throw new Error(done.error.msg)
    return done.value!
  }
  return { kernel, files, host, netns, pod, list, add }
}

const addressOf = (result: CniResult): string => result.ips![0]!.address

describe('CNI', () => {
  it('makes a pod as flannel and bridge do', () => {
    const { kernel: k, files, netns, pod, add } = node()
    const at = pod('a')
    const result = add(at)
    expect(result).toMatchObject({
      cniVersion: '0.3.1',
      ips: [{ version: '4', interface: 2, address: '10.244.1.2/24', gateway: '10.244.1.1' }],
    })
    expect(result.interfaces!.map((i) => i.name)).toEqual(['cni0', expect.stringMatching(/^veth[0-9a-f]{8}$/), 'eth0'])
    const routes = k.t.routeByNetns
      .at(at.netns)
      .rows()
      .filter((route) => route.table === 254)
    expect(routes.map((r) => `${formatIpv4(r.dst)}/${r.len} ${formatIpv4(r.via)} ${r.scope} ${r.proto}`)).toEqual([
      '0.0.0.0/0 10.244.1.1 global 3',
      '10.244.0.0/16 10.244.1.1 global 3',
      '10.244.1.0/24 0.0.0.0 link 2',
    ])
    const cni0 = k.t.link.get(linkNamed(k, netns, 'cni0'))!
    expect(cni0).toMatchObject({ mtu: 1450, up: true, bridge: { pinned: true } })
    expect(addressesOf(k, cni0.id).map((a) => `${formatIpv4(a.addr)}/${a.len} ${formatIpv4(a.broadcast!)}`)).toEqual([
      '10.244.1.1/24 10.244.1.255',
    ])
    const port = k.t.linkByMaster.at(cni0.id).rows()[0]!
    expect(port).toMatchObject({ mtu: 1450, up: true, port: { hairpin: true } })
    expect(files.read('node1', '/var/lib/cni/networks/cbr0/10.244.1.2')).toBe('a\r\neth0')
    expect(JSON.parse(files.read('node1', '/var/lib/cni/flannel/a')!)).toEqual({
      cniVersion: '0.3.1',
      hairpinMode: true,
      ipMasq: false,
      ipam: { ranges: [[{ subnet: '10.244.1.0/24' }]], routes: [{ dst: '10.244.0.0/16' }], type: 'host-local' },
      isDefaultGateway: true,
      isGateway: true,
      mtu: 1450,
      name: 'cbr0',
      type: 'bridge',
    })
    expect(k.t.link.entry(port.id)!.subject).toEqual(['Pod/default/p'])
    add(pod('b'))
    expect(formatMac(k.t.link.get(cni0.id)!.mac)).toBe(formatMac(cni0.mac))
  })

  it('announces the address, so that the bridge knows the port before the first packet', () => {
    const { kernel: k, netns, pod, add } = node()
    const at = pod('a')
    add(at)
    k.sim.runUntil(1e9)
    const mac = k.t.link.get(linkNamed(k, at.netns, 'eth0'))!.mac
    const learned = k.t.fdbByTable
      .at(linkNamed(k, netns, 'cni0'))
      .rows()
      .find((row) => row.mac === mac)
    expect(learned?.state).toBe('learned')
    // Once: the kernel does it, asked by arp_notify.
    expect(k.trace.packets.filter((packet) => packet.parent === 0)).toHaveLength(1)
  })

  it('gives addresses out in turn and frees them with DEL, twice if need be', () => {
    const { kernel: k, files, host, netns, pod, list, add } = node()
    const a = pod('a')
    expect(addressOf(add(a))).toBe('10.244.1.2/24')
    expect(addressOf(add(pod('b')))).toBe('10.244.1.3/24')
    expect(checkNetworkList(host, list(), a).ok).toBe(true)
    expect(delNetworkList(host, list(), a)).toEqual({ ok: true, value: null })
    deleteNetns(k, a.netns)
    expect(delNetworkList(host, list(), { ...a, netns: 0 })).toEqual({ ok: true, value: null })
    expect(files.list('node1', '/var/lib/cni/networks/cbr0')).toEqual([
      '/var/lib/cni/networks/cbr0/10.244.1.3',
      '/var/lib/cni/networks/cbr0/last_reserved_ip.0',
    ])
    expect(k.t.linkByMaster.at(linkNamed(k, netns, 'cni0')).size).toBe(1)
    expect(addressOf(add(pod('c')))).toBe('10.244.1.4/24')
  })

  it('runs out of addresses in the words of host-local, and wraps round', () => {
    const { files, host, netns, pod, list } = node()
    expect(netns).toBeGreaterThan(0)
    files.write('node1', '/run/flannel/subnet.env', SUBNET_ENV.replace('10.244.1.1/24', '10.244.1.1/30'))
    expect(addNetworkList(host, list(), pod('a')).ok).toBe(true)
    const full = addNetworkList(host, list(), pod('b'))
    expect(full).toMatchObject({
      ok: false,
      error: {
        msg: 'plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.2',
      },
    })
    delNetworkList(host, list(), { ...pod('x'), containerId: 'a' })
    const again = addNetworkList(host, list(), pod('c'))
    expect(again.ok && addressOf(again.value!)).toBe('10.244.1.2/30')
  })

  it('detaches by what it kept of the attachment, whatever has become of the configuration', () => {
    const { kernel: k, files, host, netns, pod, add } = node()
    const at = pod('a')
    add(at)
    files.remove('node1', '/etc/cni/net.d/10-flannel.conflist')
    const kept = cachedNetwork(host, at)
    expect(kept?.name).toBe('cbr0')
    expect(delNetworkList(host, kept!, at).ok).toBe(true)
    expect(cachedNetwork(host, at)).toBe(null)
    expect(k.t.linkByMaster.at(linkNamed(k, netns, 'cni0')).size).toBe(0)
    expect(files.read('node1', '/var/lib/cni/networks/cbr0/10.244.1.2')).toBe(null)
  })

  it('refuses a bridge that still has the address of another range', () => {
    const { files, host, pod, list, add } = node()
    add(pod('a'))
    files.write('node1', '/run/flannel/subnet.env', SUBNET_ENV.replace('10.244.1.1', '10.244.3.1'))
    expect(addNetworkList(host, list(), pod('b'))).toMatchObject({
      ok: false,
      error: {
        msg: 'plugin type="flannel" failed (add): failed to delegate add: failed to set bridge addr: "cni0" already has an IP address different from 10.244.3.1/24',
      },
    })
  })

  it('says what is missing', () => {
    const { files, host, pod, list } = node()
    files.remove('node1', '/run/flannel/subnet.env')
    expect(addNetworkList(host, list(), pod('a'))).toMatchObject({
      ok: false,
      error: {
        msg: 'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
      },
    })
    files.remove('node1', '/opt/cni/bin/flannel')
    expect(addNetworkList(host, list(), pod('b'))).toMatchObject({
      ok: false,
      error: { msg: 'failed to find plugin "flannel" in path [/opt/cni/bin]' },
    })
    files.remove('node1', '/etc/cni/net.d/10-flannel.conflist')
    expect(readDefaultNetwork(files, 'node1')).toEqual({ ok: false, error: 'no networks found in /etc/cni/net.d' })
  })

  it('maps host ports, and masquerades where flanneld does not', () => {
    const { kernel: k, files, host, netns, pod, list } = node()
    files.write('node1', '/run/flannel/subnet.env', SUBNET_ENV.replace('IPMASQ=true', 'IPMASQ=false'))
    const at = { ...pod('a'), portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' } as const] }
    addNetworkList(host, list(), at)
    const rules = (): string[] =>
      k.t.netfilter.get(`${netns}/nat`)!.table.chains.flatMap((c) => c.rules.map((r) => `${c.name} ${r.text}`))
    expect(rules().filter((rule) => rule.includes('MASQUERADE')).length).toBe(2)
    expect(rules().some((rule) => rule.includes('--to-destination 10.244.1.2:80'))).toBe(true)
    expect(rules().some((rule) => /^POSTROUTING -s 10.244.1.2\/32 .*-j CNI-[0-9a-f]{24}$/.test(rule))).toBe(true)
    expect(k.t.sysctl.get(`${netns}/net.ipv4.conf.cni0.route_localnet`)?.value).toBe('1')
    delNetworkList(host, list(), at)
    expect(rules().filter((rule) => rule.includes('10.244.1.2'))).toEqual([])
    expect(ipv4('10.244.1.2')).toBeGreaterThan(0)
  })
})
