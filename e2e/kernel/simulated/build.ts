import { runCommand } from '../../../src/console/registry.ts'
import type { Done } from '../../../src/console/types.ts'
import { cidr } from '../../../src/core/base/cidr.ts'
import { ipv4 } from '../../../src/core/base/ipv4.ts'
import { mac } from '../../../src/core/base/mac.ts'
import type { Result } from '../../../src/core/base/result.ts'
import { ipsetTool } from '../../../src/core/kernel/ipset/tool.ts'
import { fdbReplaceRemote, fdbReplaceStatic } from '../../../src/core/kernel/link/bridge.ts'
import { addLink, setLink } from '../../../src/core/kernel/link/link.ts'
import { setPermanent } from '../../../src/core/kernel/neigh/neigh.ts'
import { restore } from '../../../src/core/kernel/netfilter/store.ts'
import type { ProcessLayer } from '../../../src/core/kernel/process/layer.ts'
import { addRoute } from '../../../src/core/kernel/route/fib.ts'
import { addRule, ruleRow } from '../../../src/core/kernel/route/rule.ts'
import { setSysctl } from '../../../src/core/kernel/sysctl/sysctl.ts'
import { Scene } from '../../../src/core/testkit/scene.ts'
import type { RouteSetup, Setup } from '../language.ts'
import { DEVICE_SYSCTLS, NETNS_SYSCTLS } from '../pinned.ts'
import { addDevice } from './devices.ts'

/** Builds the scene of a scenario in the simulator. Steps that Linux refuses must not be in it: they throw. */
export function build(setup: readonly Setup[]): Scene {
  const s = new Scene()
  for (const step of setup) if (step.do === 'ns') born(s, step)
  // As the script does: all cables first, then one namespace after the other.
  for (const step of setup) if (step.do === 'veth') apply(s, step)
  for (const step of setup) if (step.do !== 'veth' && step.do !== 'ns' && step.do !== 'sysctl') apply(s, step)
  for (const link of s.kernel.t.link.rows()) {
    for (const [leaf, value] of DEVICE_SYSCTLS)
      setSysctl(s.kernel, link.netns, `net.ipv4.neigh.${link.name}.${leaf}`, value)
  }
  for (const step of setup) if (step.do === 'sysctl') apply(s, step)
  return s
}

function born(s: Scene, step: Setup & { readonly do: 'ns' }): void {
  const id = s.host(step.ns, step.router === true)
  for (const [name, value] of NETNS_SYSCTLS) setSysctl(s.kernel, id, name, value)
  setSysctl(s.kernel, id, 'net.bridge.bridge-nf-call-iptables', step.bridgeNf ? '1' : '0')
}

function must<T>(result: Result<T, unknown>, step: Setup): T {
  if (!result.ok) throw new Error(`the simulator refuses ${JSON.stringify(step)}: ${JSON.stringify(result.error)}`)
  return result.value
}

/** A command line at the console of a namespace. */
export function typed(s: Scene, ns: string, line: string, processes: ProcessLayer | null = null): Done {
  const env = { kernel: s.kernel, api: null, processes }
  const place = { kind: 'host', netns: s.ns(ns), host: ns, hostname: ns, fs: ns } as const
  const result = runCommand(env, place, line.split(' '))
  if (result?.kind !== 'done') throw new Error(`the console does not answer ${line}`)
  return result
}

export function apply(s: Scene, step: Setup): void {
  const k = s.kernel
  switch (step.do) {
    case 'ns':
      throw new Error('namespaces are made at the start')
    case 'veth': {
      const { a, b } = step
      return s.veth(a.ns, a.dev, a.mac, b.ns, b.dev, b.mac, step.mtu)
    }
    case 'bridge':
      return s.bridge(step.ns, step.dev, step.mac, step.mtu)
    case 'port': {
      const { hairpin, isolated, learning, flood } = step
      const flags = Object.fromEntries(
        Object.entries({ hairpin, isolated, learning, flood }).filter(([, v]) => v !== undefined),
      )
      const id = s.link(step.ns, step.dev)
      must(setLink(k, id, { master: s.link(step.ns, step.bridge) }), step)
      must(setLink(k, id, { port: flags }), step)
      return
    }
    case 'vxlan': {
      const { ns, dev, mtu, vni, port } = step
      const vxlan = { vni, local: ipv4(step.local), underlay: s.link(ns, step.underlay), port, learning: false }
      const id = must(addLink(k, s.ns(ns), { name: dev, kind: 'vxlan', mac: mac(step.mac), mtu, vxlan }), step)
      must(setLink(k, id, { up: true }), step)
      return
    }
    case 'dummy': {
      const id = must(addLink(k, s.ns(step.ns), { name: step.dev, kind: 'dummy', mac: mac(step.mac) }), step)
      must(setLink(k, id, { up: true }), step)
      return
    }
    case 'addr':
      return s.addr(step.ns, step.dev, step.addr)
    case 'route':
      return route(s, step)
    case 'rule': {
      const [value = '0', mask = '0xffffffff'] = (step.fwmark ?? '0/0').split('/')
      const row = ruleRow({
        netns: s.ns(step.ns),
        pref: step.pref,
        from: step.from ? cidr(step.from) : null,
        to: step.to ? cidr(step.to) : null,
        iif: step.iif ?? '',
        oif: '',
        fwmark: Number(value),
        fwmask: Number(mask),
        action: step.action ?? 'lookup',
        table: step.action ? 0 : (step.table ?? 254),
      })
      must(addRule(k, row), step)
      return
    }
    case 'neigh':
      return setPermanent(k, s.link(step.ns, step.dev), ipv4(step.ip), mac(step.mac))
    case 'remote':
      return fdbReplaceRemote(k, s.link(step.ns, step.dev), mac(step.mac), ipv4(step.dst))
    case 'fdb':
      return fdbReplaceStatic(k, s.link(step.ns, step.bridge), s.link(step.ns, step.dev), mac(step.mac))
    case 'sysctl':
      return setSysctl(k, s.ns(step.ns), step.name, step.value)
    case 'iptables':
      must(restore(k, s.ns(step.ns), step.text, { noflush: step.noflush ?? false }), step)
      return
    case 'ipset': {
      const done = ipsetTool(k, s.ns(step.ns), ['restore'], step.text)
      if (done.exit !== 0) throw new Error(`the simulator refuses ${step.text}: ${done.stderr}`)
      return
    }
    case 'ip': {
      const { stdout, stderr, exit } = typed(s, step.ns, `ip ${step.line}`)
      if (exit !== 0) throw new Error(`the simulator refuses ip ${step.line}: ${stdout}${stderr}`)
      return
    }
    case 'link':
      must(setLink(k, s.link(step.ns, step.dev), { up: step.up }), step)
      return
    default:
      addDevice(s, step)
  }
}

function route(s: Scene, r: RouteSetup): void {
  const { addr, len } = cidr(r.to === 'default' ? '0.0.0.0/0' : r.to)
  const dev = r.dev ? { dev: s.link(r.ns, r.dev) } : {}
  const row = {
    netns: s.ns(r.ns),
    dst: addr,
    len,
    onlink: r.onlink ?? false,
    ...dev,
    ...(r.via ? { via: ipv4(r.via) } : {}),
    ...(r.type ? { type: r.type } : {}),
    ...(r.table === undefined ? {} : { table: r.table }),
    ...(r.metric === undefined ? {} : { metric: r.metric }),
    ...(r.src ? { src: ipv4(r.src) } : {}),
    ...(r.mtu === undefined ? {} : { mtu: r.mtu }),
  }
  must(addRoute(s.kernel, row), r)
}
