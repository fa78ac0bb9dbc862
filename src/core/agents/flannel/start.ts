import { containsCidr, formatCidr, network } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { objectRef, type ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { timestamp } from '../../base/time.ts'
import type { Condition, Node, Pod } from '../../api/kinds/types.ts'
import { sysctl } from '../../kernel/sysctl/sysctl.ts'
import { NO_CONNECTIONS } from '../contracts/http-server.ts'
import { klog } from '../contracts/klog.ts'
import { ENCAP_OVERHEAD, configureDevice, ensureVxlanDevice } from './device.ts'
import { externalInterface } from './interface.ts'
import { ANNOTATION, nodeSubnet } from './lease.ts'
import { type NetConf, type VxlanBackend, parseNetConf, readVxlanBackend } from './net-conf.ts'
import type { FlannelOptions } from './options.ts'
import type { FlannelCtx, FlannelEnv, FlannelState } from './state.ts'

/** Why flanneld ends: its last line in the log, and where in its source that comes from. */
export interface Failure {
  readonly source: string
  readonly text: string
}
const failure = (source: string, text: string): { readonly ok: false; readonly error: Failure } => err({ source, text })

const info = (ctx: FlannelCtx, source: string, text: string): void => klog(ctx, 'I', source, text)

const NOT_MODELLED = 'not modelled yet by Hopscope'

/** main() up to RegisterNetwork. */
export function startFlannel(env: FlannelEnv, ctx: FlannelCtx, options: FlannelOptions): Result<FlannelState, Failure> {
  const flags = `{kubeSubnetMgr:${options.kubeSubnetMgr} iface:[${options.iface.join(' ')}] ipMasq:${options.ipMasq}}`
  info(ctx, 'main.go:229', `CLI flags config: ${flags}`)
  const manager = subnetManager(env, ctx, options)
  if (!manager.ok) return failure('main.go:251', `Failed to create SubnetManager: ${manager.error}`)
  const { node, subject, config } = manager.value
  info(ctx, 'kube.go:537', 'Starting kube subnet manager')
  info(ctx, 'kube.go:163', 'Node controller sync successful')
  info(ctx, 'main.go:255', `Created subnet manager: Kubernetes Subnet Manager - ${node}`)
  info(ctx, 'main.go:258', 'Installing signal handlers')
  info(ctx, 'main.go:540', `Found network config - Backend type: ${config.backend.type}`)
  if (config.enableNftables) return failure('main.go:405', `${NOT_MODELLED}: EnableNFTables`)
  if (config.enableIpv6) return failure('main.go:284', `${NOT_MODELLED}: EnableIPv6`)
  if (sysctl(env.kernel, ctx.netns, 'net.bridge.bridge-nf-call-iptables') === undefined) {
    const path = '/proc/sys/net/bridge/bridge-nf-call-iptables'
    return failure('main.go:292', `Failed to check br_netfilter: stat ${path}: no such file or directory`)
  }
  const annotated = env.api.peek<Node>(nodeRef(node))?.metadata.annotations?.[ANNOTATION.nodePublicIp]
  const iface = externalInterface(env.kernel, ctx, options, annotated || options.publicIp)
  if (!iface.ok) return failure('main.go:328', iface.error)
  const common: Common = { node, actor: `flanneld@${node}`, options, subject, iface: iface.value }
  return registerNetwork(env, ctx, config, common)
}

const nodeRef = (node: string): ObjectRef => objectRef('Node', undefined, node)

interface Manager {
  readonly node: string
  readonly subject: readonly ObjectRef[]
  readonly config: NetConf
}

/** NewSubnetManager of pkg/subnet/kube. */
function subnetManager(env: FlannelEnv, ctx: FlannelCtx, options: FlannelOptions): Result<Manager, string> {
  if (!options.kubeSubnetMgr) return err(`${NOT_MODELLED}: etcd as the store of leases (without --kube-subnet-mgr)`)
  const pod = ownPod(env, ctx)
  if (!pod.ok) return pod
  const node = ctx.env['NODE_NAME'] || (pod.value?.spec.nodeName ?? '')
  const text = ctx.readFile(options.netConfPath)
  if (text === null) return err(`failed to read net conf: open ${options.netConfPath}: no such file or directory`)
  const config = parseNetConf(text)
  if (!config.ok) return err(`error parsing subnet config: ${config.error}`)
  return ok({ node, config: config.value, subject: [nodeRef(node), ...configMapOf(pod.value, options.netConfPath)] })
}

/** The pod that the process runs in, by its environment. Needed where NODE_NAME does not say which node this is. */
function ownPod(env: FlannelEnv, ctx: FlannelCtx): Result<Pod | null, string> {
  const { NODE_NAME: nodeName, POD_NAME: name, POD_NAMESPACE: namespace } = ctx.env
  if (!name || !namespace) return nodeName ? ok(null) : err('env variables POD_NAME and POD_NAMESPACE must be set')
  const pod = env.api.get<Pod>(objectRef('Pod', namespace, name))
  if (nodeName) return ok(pod.ok ? pod.value : null)
  if (!pod.ok) return err(`error retrieving pod spec for '${namespace}/${name}': ${pod.error.message}`)
  return pod.value.spec.nodeName ? pod : err(`node name not present in pod spec '${namespace}/${name}'`)
}

/** The ConfigMap that the pod mounts where net-conf.json is. */
function configMapOf(pod: Pod | null, path: string): readonly ObjectRef[] {
  const mounts = pod?.spec.containers.flatMap((container) => container.volumeMounts ?? []) ?? []
  const mount = mounts.find((each) => path.startsWith(`${each.mountPath.replace(/\/$/, '')}/`))
  const name = pod?.spec.volumes?.find((volume) => volume.name === mount?.name)?.configMap?.name
  return name ? [objectRef('ConfigMap', pod?.metadata.namespace, name)] : []
}

type Common = Pick<FlannelState, 'node' | 'actor' | 'options' | 'subject' | 'iface'>

/** Backends of flannel that the lab does not have. */
const OTHER_BACKENDS = ['alloc', 'extension', 'ipip', 'ipsec', 'tencent-vpc', 'udp', 'wireguard']

function registerNetwork(
  env: FlannelEnv,
  ctx: FlannelCtx,
  config: NetConf,
  common: Common,
): Result<FlannelState, Failure> {
  const { type, raw } = config.backend
  if (OTHER_BACKENDS.includes(type))
    return failure('main.go:376', `Error fetching backend: ${NOT_MODELLED}: backend ${type}`)
  if (type !== 'vxlan' && type !== 'host-gw')
    return failure('main.go:376', `Error fetching backend: unknown backend type: ${type}`)
  if (type === 'host-gw') return registerHostGw(env, ctx, config, common)
  const vxlan = readVxlanBackend(raw)
  if (!vxlan.ok)
    return failure('main.go:384', `Error registering network: error decoding VXLAN backend config: ${vxlan.error}`)
  return registerVxlan(env, ctx, config, common, vxlan.value)
}

function registerHostGw(
  env: FlannelEnv,
  ctx: FlannelCtx,
  config: NetConf,
  common: Common,
): Result<FlannelState, Failure> {
  if (common.iface.external !== common.iface.address) {
    const why =
      "your PublicIP differs from interface IP, meaning that probably you're on a NAT, which is not supported by host-gw backend"
    return failure('main.go:376', `Error fetching backend: ${why}`)
  }
  const lease = acquireLease(env, ctx, config, common, 'host-gw', 'null')
  if (!lease.ok) return failure('main.go:384', `Error registering network: failed to acquire lease: ${lease.error}`)
  return ok({ ...common, ...lease.value, backend: 'host-gw', vxlan: null, device: 0, leases: {}, http: NO_CONNECTIONS })
}

/** RegisterNetwork of the vxlan backend: device, lease, address. */
function registerVxlan(
  env: FlannelEnv,
  ctx: FlannelCtx,
  config: NetConf,
  common: Common,
  vxlan: VxlanBackend,
): Result<FlannelState, Failure> {
  const { vni, port, gbp, learning, directRouting } = vxlan
  const text = `VNI=${vni} Port=${port} GBP=${gbp} Learning=${learning} DirectRouting=${directRouting}`
  info(ctx, 'vxlan.go:128', `VXLAN config: ${text}`)
  const made = ensureVxlanDevice(env, ctx, { ...common, vxlan })
  if (!made.ok) return failure('main.go:384', `Error registering network: failed to create vxlan device: ${made.error}`)
  const device = made.value
  const data = `{"VNI":${vni},"VtepMAC":"${formatMac(env.kernel.t.link.get(device)!.mac)}"}`
  const lease = acquireLease(env, ctx, config, common, 'vxlan', data)
  if (!lease.ok) return failure('main.go:384', `Error registering network: failed to acquire lease: ${lease.error}`)
  const state: FlannelState = {
    ...common,
    ...lease.value,
    backend: 'vxlan',
    vxlan,
    device,
    leases: {},
    http: NO_CONNECTIONS,
  }
  configureDevice(env.kernel, ctx, state)
  return ok(state)
}

/** AcquireLease: the range is the node's podCIDR; what others need to know is published as annotations of the Node. */
function acquireLease(
  env: FlannelEnv,
  ctx: FlannelCtx,
  config: NetConf,
  { node: name, actor, iface }: Common,
  type: string,
  data: string,
): Result<Pick<FlannelState, 'subnet' | 'network'>, string> {
  const node = env.api.peek<Node>(nodeRef(name))
  if (!node) return err(`timeout contacting kube-api, failed to patch node "${name}". Error: context deadline exceeded`)
  const subnet = nodeSubnet(node)
  if (!subnet) return err(`node "${name}" pod cidr not assigned`)
  const overwrite = node.metadata.annotations?.[ANNOTATION.publicIpOverwrite]
  if (overwrite) {
    info(
      ctx,
      'kube.go:438',
      `Overriding public ip with '${overwrite}' from node annotation '${ANNOTATION.publicIpOverwrite}'`,
    )
  }
  const annotations = {
    [ANNOTATION.backendType]: type,
    [ANNOTATION.backendData]: data,
    [ANNOTATION.publicIp]: overwrite || formatIpv4(iface.external),
    [ANNOTATION.manager]: 'true',
  }
  const patched = env.api.patch(nodeRef(name), { metadata: { annotations } }, actor)
  if (!patched.ok)
    return err(`timeout contacting kube-api, failed to patch node "${name}". Error: context deadline exceeded`)
  if (config.network && containsCidr(config.network, subnet)) return ok({ subnet, network: config.network })
  const whole = config.network ? formatCidr(config.network) : '0.0.0.0/0'
  return err(
    `subnet "${whole}" specified in the flannel net config doesn't contain "${formatCidr(subnet)}" PodCIDR of the "${name}" node`,
  )
}

/** WriteSubnetFile: what the CNI plugin goes by. The address is the first host's, which becomes the bridge's. */
export function writeSubnetFile(
  ctx: FlannelCtx,
  { options, network: whole, subnet, vxlan, iface }: FlannelState,
): void {
  const mtu = vxlan ? (vxlan.mtu || iface.mtu) - ENCAP_OVERHEAD : iface.mtu
  const first = `${formatIpv4(network(subnet) + 1)}/${subnet.len}`
  const lines = [
    `FLANNEL_NETWORK=${formatCidr(whole)}`,
    `FLANNEL_SUBNET=${first}`,
    `FLANNEL_MTU=${mtu}`,
    `FLANNEL_IPMASQ=${options.ipMasq}`,
  ]
  ctx.writeFile(options.subnetFile, `${lines.join('\n')}\n`)
  info(ctx, 'main.go:481', `Wrote subnet file to ${options.subnetFile}`)
  info(ctx, 'main.go:484', 'flannel is ready')
}

/** CompleteLease: the condition by which the node tells that its network is up. */
export function completeLease(env: FlannelEnv, ctx: FlannelCtx, { node, actor, options }: FlannelState): void {
  if (!options.setNodeNetworkUnavailable) return
  const now = timestamp(ctx.now)
  const up: Condition = {
    type: 'NetworkUnavailable',
    status: 'False',
    reason: 'FlannelIsUp',
    message: 'Flannel is running on this node',
    lastTransitionTime: now,
    lastHeartbeatTime: now,
  }
  env.api.patch(nodeRef(node), { status: { conditions: [up] } }, actor, { type: 'strategic', subresource: 'status' })
}
