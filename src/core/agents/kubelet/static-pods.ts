import { formatIpv4 } from '../../base/ipv4.ts'
import { formatCidr } from '../../base/cidr.ts'
import { hashText } from '../../base/hash.ts'
import { objectRef } from '../../base/ref.ts'
import { SEC, timestamp } from '../../base/time.ts'
import type { Container, Node, Pod } from '../../api/kinds/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { type Kubelets, actorOf } from './context.ts'
import type { NodeRow } from './tables.ts'

/** The API server was not able to take a mirror pod: again in a second. */
export const STATIC_PODS_DUE: EventKind<{ readonly node: string }> = eventKind('kubelet.static-pods')

export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/**
 * The control plane as kubeadm lays it down in /etc/kubernetes/manifests, shown through mirror pods. Simplified: the mirror pod is what the
 * kubelet runs, there are no probes (they would speak TLS), and the programs only listen.
 */
function staticContainers(kl: Kubelets, row: NodeRow): readonly Container[] {
  const { cluster } = kl.env
  const ip = formatIpv4(row.ip)
  const image = (name: string, tag: string): string => `registry.k8s.io/${name}:${tag}`
  const version = `v${cluster.version}.0`
  const requests = (cpu: string) => ({ requests: { cpu } })
  return [
    {
      name: 'etcd',
      image: image('etcd', '3.6.5-0'),
      command: [
        'etcd',
        `--advertise-client-urls=https://${ip}:2379`,
        `--listen-client-urls=https://127.0.0.1:2379,https://${ip}:2379`,
        `--name=${row.node}`,
      ],
      resources: requests('100m'),
    },
    {
      name: 'kube-apiserver',
      image: image('kube-apiserver', version),
      command: [
        'kube-apiserver',
        `--advertise-address=${ip}`,
        '--secure-port=6443',
        `--service-cluster-ip-range=${formatCidr(cluster.serviceCIDR)}`,
      ],
      resources: requests('250m'),
    },
    {
      name: 'kube-controller-manager',
      image: image('kube-controller-manager', version),
      command: [
        'kube-controller-manager',
        '--allocate-node-cidrs=true',
        `--cluster-cidr=${formatCidr(cluster.podCIDR)}`,
        `--service-cluster-ip-range=${formatCidr(cluster.serviceCIDR)}`,
      ],
      resources: requests('200m'),
    },
    {
      name: 'kube-scheduler',
      image: image('kube-scheduler', version),
      command: ['kube-scheduler', '--leader-elect=true'],
      resources: requests('100m'),
    },
  ]
}

function mirrorPod(kl: Kubelets, row: NodeRow, container: Container): Pod {
  const node = kl.env.api.peek<Node>(objectRef('Node', undefined, row.node))
  const hash = hashText(JSON.stringify(container)).toString(16).padStart(14, '0')
  const full = `${hash}${hash}${hash}`.slice(0, 32)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${container.name}-${row.node}`,
      namespace: 'kube-system',
      labels: { component: container.name, tier: 'control-plane' },
      annotations: {
        'kubernetes.io/config.hash': full,
        [MIRROR_ANNOTATION]: full,
        'kubernetes.io/config.seen': timestamp(kl.env.kernel.now),
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: row.node, uid: node?.metadata.uid ?? '', controller: true },
      ],
    },
    spec: {
      nodeName: row.node,
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
      containers: [container],
    },
  }
}

/** Creates the mirror pods that are missing. */
export function ensureStaticPods(kl: Kubelets, node: string): void {
  const row = kl.t.node.get(node)
  if (!row || row.spec.role !== 'control-plane') return
  let refused = false
  for (const container of staticContainers(kl, row)) {
    const pod = mirrorPod(kl, row, container)
    if (kl.env.api.peek(objectRef('Pod', 'kube-system', pod.metadata.name))) continue
    if (!kl.env.api.create<Pod>(pod, actorOf(node)).ok) refused = true
  }
  if (refused) kl.env.kernel.sim.after(SEC, STATIC_PODS_DUE, { node }, kl.env.kernel.now > 10 * SEC)
}
