import { parseCidr } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { objectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { createNetns, deleteNetns } from '../../kernel/netns/netns.ts'
import { type Deed, asAgent } from '../contracts/agent-trace.ts'
import { readDefaultNetwork } from '../contracts/cni-conf.ts'
import {
  type Attachment,
  addNetworkList,
  cachedNetwork,
  callOf,
  delNetworkList,
  execPlugin,
} from '../contracts/cni-runtime.ts'
import type { CniHost, PortMapping } from '../contracts/cni.ts'
import { type Kubelets, nodeOf } from './context.ts'
import { containerId, netnsName } from './identity.ts'
import type { PodRow, Sandbox } from './tables.ts'

/** What the runtime says of its network (CRI Status); '' = ready. */
export function networkProblem(kl: Kubelets, node: string): string {
  const network = readDefaultNetwork(kl.env.files, node)
  return network.ok ? '' : 'cni plugin not initialized'
}

export const NETWORK_NOT_READY =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: '

function cniHost(kl: Kubelets, row: PodRow): CniHost {
  const { env } = kl
  const host: CniHost = {
    kernel: env.kernel,
    files: env.files,
    machine: row.node,
    netns: nodeOf(kl, row).netns,
    actor: `containerd@${row.node}`,
    subject: [row.ref],
    exec: (call) => execPlugin(env.cniPlugins, host, call),
  }
  return host
}

function attachment(row: PodRow, sandbox: Omit<Sandbox, 'ip'>): Attachment {
  const { metadata, spec } = row.pod
  return {
    containerId: sandbox.id,
    netns: sandbox.netns,
    netnsPath: sandbox.netnsPath,
    ifname: 'eth0',
    args: {
      IgnoreUnknown: '1',
      K8S_POD_NAMESPACE: metadata.namespace ?? 'default',
      K8S_POD_NAME: metadata.name,
      K8S_POD_INFRA_CONTAINER_ID: sandbox.id,
      K8S_POD_UID: row.uid,
    },
    portMappings: [...(spec.initContainers ?? []), ...spec.containers].flatMap((container) =>
      (container.ports ?? []).flatMap((port): PortMapping[] =>
        port.hostPort
          ? [
              {
                hostPort: port.hostPort,
                containerPort: port.containerPort,
                protocol: (port.protocol ?? 'TCP').toLowerCase() as PortMapping['protocol'],
                ...(port.hostIP !== undefined && port.hostIP !== '' && { hostIP: port.hostIP }),
              },
            ]
          : [],
      ),
    ),
  }
}

/** RunPodSandbox: a namespace with its loopback and what the CNI plugins put in it. The error is the runtime's message. */
export function runPodSandbox(kl: Kubelets, row: PodRow): Result<Sandbox, string> {
  const { kernel: k } = kl.env
  const id = containerId(row.uid, 'sandbox', row.attempts)
  const node = nodeOf(kl, row)
  if (row.pod.spec.hostNetwork) return ok({ id, netns: node.netns, netnsPath: '', ip: formatIpv4(node.ip) })
  const network = readDefaultNetwork(kl.env.files, row.node)
  if (!network.ok) return err(failedSetup(id, `cni plugin not initialized`))
  const deed: Deed = {
    actor: `containerd@${row.node}`,
    verb: 'CNI ADD',
    ref: row.ref,
    netns: node.netns,
    verdict: 'create',
  }
  return asAgent(
    k,
    { ...deed, text: `${network.value.name}: ${network.value.plugins.map((p) => p.type).join(', ')}` },
    () => {
      const name = netnsName(id)
      const { namespace = 'default', name: podName } = row.pod.metadata
      const netns = createNetns(k, row.node, name, objectLabel(namespace, podName))
      k.world.put(k.t.netns, netns, k.t.netns.get(netns)!, [row.ref])
      const sandbox = { id, netns, netnsPath: `/var/run/netns/${name}` }
      const at = attachment(row, sandbox)
      const host = cniHost(kl, row)
      execPlugin(
        kl.env.cniPlugins,
        host,
        callOf('ADD', { ...at, ifname: 'lo' }, { type: 'loopback', cniVersion: '1.0.0', name: 'cni-loopback' }),
      )
      const added = addNetworkList(host, network.value, at)
      if (!added.ok) {
        // The runtime cleans up after a failed ADD as after any other.
        delNetworkList(host, network.value, at)
        deleteNetns(k, netns)
        return err(failedSetup(id, added.error.msg))
      }
      const address = parseCidr(added.value?.ips?.[0]?.address ?? '')
      return ok({ ...sandbox, ip: address ? formatIpv4(address.addr) : '' })
    },
  )
}

const objectLabel = (namespace: string, name: string): string => objectRef('pod', namespace, name)

const failedSetup = (id: string, why: string): string =>
  `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${id}": ${why}`

/** StopPodSandbox and RemovePodSandbox: CNI DEL, then the namespace goes. */
export function removePodSandbox(kl: Kubelets, row: PodRow): void {
  const { kernel: k } = kl.env
  const { sandbox } = row
  if (!sandbox || row.pod.spec.hostNetwork) return
  const node = nodeOf(kl, row)
  const deed: Deed = {
    actor: `containerd@${row.node}`,
    verb: 'CNI DEL',
    ref: row.ref,
    netns: node.netns,
    verdict: 'delete',
  }
  const at = attachment(row, sandbox)
  const host = cniHost(kl, row)
  const network = cachedNetwork(host, at)
  asAgent(k, { ...deed, text: `${sandbox.netnsPath.split('/').at(-1)} ${sandbox.ip}` }, () => {
    if (network) delNetworkList(host, network, at)
    deleteNetns(k, sandbox.netns)
  })
}
