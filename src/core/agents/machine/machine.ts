import { formatCidr } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { type Mac, formatMac } from '../../base/mac.ts'
import { invariant } from '../../base/result.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { addAddress } from '../../kernel/link/address.ts'
import { addLink, setLink } from '../../kernel/link/link.ts'
import { createNetns, loopbackUp } from '../../kernel/netns/netns.ts'
import { addRoute } from '../../kernel/route/fib.ts'
import { ROUTE_PROTO } from '../../kernel/route/row.ts'
import { setSysctl } from '../../kernel/sysctl/sysctl.ts'
import { type Deed, asAgent, recordDeed } from '../contracts/agent-trace.ts'
import { type MachineEnv, type MachineSpec, type NicSpec, isNode } from '../contracts/node-env.ts'
import { writeMachineFiles } from './machine-files.ts'

/** The prefix of QEMU's addresses, which cloud and lab machines commonly have. */
const MAC_PREFIX = 0x525400000000

/** What the machine's namespace is called in the lab: `node/node1`, `host/laptop`, `router/r1`. */
const labelOf = (spec: MachineSpec): string => `${isNode(spec) ? 'node' : spec.role}/${spec.name}`

/**
 * Switches a machine on: its own network namespace, loopback, NICs with addresses, routes, sysctls and files. Returns the id of the
 * namespace. Routes that the kernel refuses are left out, and the trace says so.
 */
export function bootMachine(env: MachineEnv, spec: MachineSpec): number {
  const k = env.kernel
  const deed: Deed = { actor: `systemd@${spec.name}`, verb: 'boot', ref: labelOf(spec), netns: 0, verdict: 'start' }
  return asAgent(k, deed, () => {
    const netns = createNetns(k, spec.name, 'host', labelOf(spec))
    const here: Deed = { ...deed, netns }
    recordDeed(k, here, `Linux machine ${spec.name}`)
    loopbackUp(k, netns)
    spec.nics.forEach((nic, i) => addNic(env, spec, here, nic, `eth${i}`))
    addRoutes(k, spec, here)
    for (const [name, value] of sysctlsOf(spec)) setSysctl(k, netns, name, value)
    writeMachineFiles(env.files, spec)
    return netns
  })
}

function addNic(env: MachineEnv, spec: MachineSpec, deed: Deed, nic: NicSpec, name: string): void {
  const k = env.kernel
  const added = addLink(k, deed.netns, { name, kind: 'ether', mac: nicMac(k, spec.name), mtu: nic.mtu })
  invariant(added.ok, `NIC ${name} of ${spec.name}`)
  const link = added.value
  env.wiring.plug(link, nic.network, nic.cable)
  setLink(k, link, { up: true })
  addAddress(k, link, { addr: nic.address, len: nic.len })
  const row = k.t.link.get(link)!
  const text = `${name} ${formatMac(row.mac)} inet ${formatCidr({ addr: nic.address, len: nic.len })} mtu ${nic.mtu}`
  recordDeed(k, { ...deed, verdict: 'create' }, text)
}

const nicMac = (k: Kernel, machine: string): Mac => MAC_PREFIX + (k.world.random(`mac/${machine}`) & 0xffffff)

function addRoutes(k: Kernel, spec: MachineSpec, deed: Deed): void {
  const routes = [...(spec.routes ?? [])]
  if (spec.gateway !== null) routes.unshift({ to: { addr: 0, len: 0 }, via: spec.gateway })
  for (const { to, via } of routes) {
    const { addr: dst, len } = to
    const proto = spec.role === 'router' ? ROUTE_PROTO.static : ROUTE_PROTO.boot
    const added = addRoute(k, { netns: deed.netns, dst, len, via, proto })
    if (!added.ok)
      recordDeed(k, { ...deed, verdict: 'reject' }, routeText(len === 0 ? 'default' : formatCidr(to), via, added.error))
  }
}

const routeText = (to: string, via: number, errno: string): string =>
  `ip route add ${to} via ${formatIpv4(via)}: ${errno}`

/** Routers forward; on nodes the installer has switched on what kubeadm's preflight checks ask for (br_netfilter is loaded). */
function sysctlsOf(spec: MachineSpec): readonly (readonly [string, string])[] {
  if (spec.role === 'router') return [['net.ipv4.ip_forward', '1']]
  if (!isNode(spec)) return []
  return [
    ['net.ipv4.ip_forward', '1'],
    ['net.bridge.bridge-nf-call-iptables', '1'],
    ['net.bridge.bridge-nf-call-ip6tables', '1'],
  ]
}
