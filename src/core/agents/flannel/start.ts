import { formatCidr, network, parseCidr } from '../../base/cidr.ts'
import { formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { objectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Condition, Node, Pod } from '../../api/kinds/types.ts'
import { timestamp } from '../../base/time.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { addressesOf } from '../../kernel/link/address.ts'
import { linkNamed } from '../../kernel/netns/netns.ts'
import { ROUTE_TABLE } from '../../kernel/route/fib.ts'
import { sysctl } from '../../kernel/sysctl/sysctl.ts'
import { type GoFlags, goFlags } from '../contracts/go-flags.ts'
import type { Ctx } from '../contracts/program.ts'
import { klog } from '../contracts/klog.ts'
import { configureDevice, deviceMtu, ensureVxlanDevice } from './device.ts'
import { ANNOTATION, vtepMacOf } from './lease.ts'
import { parseNetConf } from './net-conf.ts'
import type { FlannelEnv, FlannelState } from './state.ts'

const BOOLEANS = ['ip-masq', 'kube-subnet-mgr', 'iptables-forward-rules', 'ip-blackhole-route', 'set-node-network-unavailable', 'version']
const MODELLED = ['vxlan', 'host-gw', 'alloc']

const info = (ctx: Ctx<FlannelState>, source: string, text: string): void => klog(ctx, 'I', source, text)

/** Everything flanneld does before it runs: the error is its last line in the log. */
export function startFlannel(env: FlannelEnv, ctx: Ctx<FlannelState>): Result<FlannelState, string> {
  const flags = goFlags(ctx.argv.slice(1), BOOLEANS)
  if (!flags.flag('kube-subnet-mgr', false)) return err('Failed to create SubnetManager: etcd is not modelled yet: use --kube-subnet-mgr')
  info(ctx, 'main.go:211', `CLI flags config: {kubeSubnetMgr:true iface:[${flags.text('iface', '')}] ipMasq:${flags.flag('ip-masq', false)}}`)
  const node = nodeName(env, ctx)
  if (!node.ok) return err(`Failed to create SubnetManager: ${node.error}`)
  const text = ctx.readFile(flags.text('net-config-path', '/etc/kube-flannel/net-conf.json'))
  if (text === null) return err('Failed to create SubnetManager: failed to read net conf: open /etc/kube-flannel/net-conf.json: no such file or directory')
  const config = parseNetConf(text)
  if (!config.ok) return err(`Failed to create SubnetManager: error parsing subnet config: ${config.error}`)
  info(ctx, 'main.go:231', `Created subnet manager: Kubernetes Subnet Manager - ${node.value}`)
  if (sysctl(env.kernel, ctx.netns, 'net.bridge.bridge-nf-call-iptables') === undefined) {
    return err('Failed to check br_netfilter: stat /proc/sys/net/bridge/bridge-nf-call-iptables: no such file or directory')
  }
  const iface = findInterface(env.kernel, ctx, flags)
  if (!iface.ok) return err(`Failed to find any valid interface to use: ${iface.error}`)
  const { type } = config.value.backend
  if (!MODELLED.includes(type)) return err(`Error fetching backend: backend type ${type} is not modelled yet`)
  if (config.value.enableNftables) return err('EnableNFTables is not modelled yet')
  return register(env, ctx, flags, { node: node.value, config: config.value, iface: iface.value })
}

/** NewSubnetManager of pkg/subnet/kube: the node's name from the environment, or from the pod. */
function nodeName(env: FlannelEnv, ctx: Ctx<FlannelState>): Result<string, string> {
  const own = ctx.env['NODE_NAME']
  if (own) return ok(own)
  const name = ctx.env['POD_NAME']
  const namespace = ctx.env['POD_NAMESPACE']
  if (!name || !namespace) return err('env variables POD_NAME and POD_NAMESPACE must be set')
  const pod = env.api.get<Pod>(objectRef('Pod', namespace, name))
  if (!pod.ok) return err(`error retrieving pod spec for '${namespace}/${name}': ${pod.error.message}`)
  return pod.value.spec.nodeName ? ok(pod.value.spec.nodeName) : err(`node name not present in pod spec '${namespace}/${name}'`)
}

type Interface = FlannelState['iface']

/** ipmatch.LookupExtIface: `--iface` (a name or an address), else the device of the default route. */
function findInterface(k: Kernel, ctx: Ctx<FlannelState>, flags: GoFlags): Result<Interface, string> {
  const wanted = flags.text('iface', '')
  let link = 0
  if (wanted === '') {
    info(ctx, 'match.go:210', 'Determining IP address of default interface')
    const routes = k.t.routeByNetns.at(ctx.netns).rows()
    link = routes.find((route) => route.len === 0 && route.table === ROUTE_TABLE.main)?.dev ?? 0
    if (link === 0) return err('failed to get default interface: unable to find default route')
  } else {
    const ip = parseIpv4(wanted)
    link = ip === null ? linkNamed(k, ctx.netns, wanted) : (k.t.addressByNetns.at(ctx.netns).rows().find((row) => row.addr === ip)?.link ?? 0)
    if (link === 0) return err(`error looking up interface ${wanted}: route ip+net: no such network interface`)
  }
  const device = k.t.link.get(link)!
  const given = parseIpv4(flags.text('public-ip', ''))
  const ip = given ?? addressesOf(k, link).find((row) => row.scope === 'global')?.addr
  if (ip === undefined) return err(`failed to find IPv4 address for interface ${device.name}`)
  info(ctx, 'match.go:264', `Using interface with name ${device.name} and address ${formatIpv4(ip)}`)
  info(ctx, 'match.go:286', `Defaulting external address to interface address (${formatIpv4(ip)})`)
  return ok({ link, ip, mtu: device.mtu })
}

type Found = Pick<FlannelState, 'node' | 'config' | 'iface'>

/** RegisterNetwork: device, lease, address; then the file for the CNI plugin. */
function register(env: FlannelEnv, ctx: Ctx<FlannelState>, flags: GoFlags, found: Found): Result<FlannelState, string> {
  const { backend } = found.config
  const actor = `flanneld@${found.node}`
  const node = env.api.peek<Node>(objectRef('Node', undefined, found.node))
  if (!node) return err(`Error registering network: failed to acquire lease: node "${found.node}" not found`)
  const vxlan = backend.type === 'vxlan'
  if (vxlan) info(ctx, 'vxlan.go:141', vxlanText(backend))
  const known = vtepMacOf(node.metadata.annotations?.[ANNOTATION.backendData])
  const device = vxlan ? ensureVxlanDevice(env.kernel, ctx.netns, { ...found, actor }, known) : 0
  const subnet = parseCidr(node.spec?.podCIDR ?? '')
  if (!subnet) return err(`Error registering network: failed to acquire lease: node "${found.node}" pod cidr not assigned`)
  const state: FlannelState = {
    ...found,
    actor,
    ipMasq: flags.flag('ip-masq', false),
    forwardRules: flags.flag('iptables-forward-rules', true),
    resync: flags.number('iptables-resync', 5),
    subnet,
    device,
    leases: {},
  }
  publish(env, ctx, state, node)
  if (vxlan) configureDevice(env.kernel, state, ctx.netns)
  writeSubnetFile(ctx, flags, state)
  return ok(state)
}

const vxlanText = (backend: FlannelState['config']['backend']): string =>
  `VXLAN config: VNI=${backend.vni} Port=${backend.port} GBP=false Learning=${backend.learning} DirectRouting=${backend.directRouting}`

/** AcquireLease: the node's own annotations, and the condition that its network is up. */
function publish(env: FlannelEnv, ctx: Ctx<FlannelState>, state: FlannelState, node: Node): void {
  const mac = env.kernel.t.link.get(state.device)?.mac
  const data = mac === undefined ? 'null' : `{"VNI":${state.config.backend.vni},"VtepMAC":"${formatMac(mac)}"}`
  const publicIp = node.metadata.annotations?.[ANNOTATION.publicIpOverwrite] ?? formatIpv4(state.iface.ip)
  const annotations = {
    [ANNOTATION.manager]: 'true',
    [ANNOTATION.backendType]: state.config.backend.type,
    [ANNOTATION.backendData]: data,
    [ANNOTATION.publicIp]: publicIp,
  }
  const ref = objectRef('Node', undefined, state.node)
  env.api.patch(ref, { metadata: { annotations } }, state.actor)
  info(ctx, 'kube.go:537', `Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [${formatCidr(state.subnet)}]`)
  const now = timestamp(ctx.now)
  const up: Condition = {
    type: 'NetworkUnavailable',
    status: 'False',
    reason: 'FlannelIsUp',
    message: 'Flannel is running on this node',
    lastTransitionTime: now,
    lastHeartbeatTime: now,
  }
  env.api.patch(ref, { status: { conditions: [up] } }, state.actor, { type: 'strategic', subresource: 'status' })
}

function writeSubnetFile(ctx: Ctx<FlannelState>, flags: GoFlags, state: FlannelState): void {
  const path = flags.text('subnet-file', '/run/flannel/subnet.env')
  const { backend } = state.config
  const mtu = backend.type === 'vxlan' ? deviceMtu(state) : backend.mtu || state.iface.mtu
  ctx.writeFile(
    path,
    `FLANNEL_NETWORK=${formatCidr(state.config.network)}\n` +
      `FLANNEL_SUBNET=${formatIpv4(network(state.subnet) + 1)}/${state.subnet.len}\n` +
      `FLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=${state.ipMasq}\n`,
  )
  info(ctx, 'main.go:458', `Wrote subnet file to ${path}`)
  info(ctx, 'main.go:462', 'Running backend.')
}
