import { objectRef } from '../../base/ref.ts'
import { microTimestamp } from '../../base/time.ts'
import type { Lease, Node } from '../../api/kinds/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import { IptablesSession } from '../contracts/iptables.ts'
import { recordEvent } from '../contracts/record-event.ts'
import { type Kubelets, actorOf, patchPod, wakePod } from './context.ts'
import { nodeObject, nodeStatus } from './node-object.ts'
import { networkProblem } from './pod-network.ts'
import type { NodeRow } from './tables.ts'
import { LEASE_DURATION_SECONDS, LEASE_PERIOD, RUNTIME_CHECK_PERIOD, STATUS_REPORT_PERIOD } from './timing.ts'

export const LEASE_DUE: EventKind<{ readonly node: string }> = eventKind('kubelet.lease')
/** Looks at the runtime: every five seconds as a timer, or once because something may have changed. */
export const RUNTIME_CHECK: EventKind<{ readonly node: string; readonly once: boolean }> =
  eventKind('kubelet.runtime-check')

const nodeRef = (node: string): string => objectRef('Node', undefined, node)

/** The kubelet starts: its iptables chains, its Node, its lease, and the look at the runtime that goes on for ever. */
export function registerNode(kl: Kubelets, row: NodeRow): void {
  const { kernel: k, api, cluster } = kl.env
  const by = actorOf(row.node)
  const deed = { actor: by, verb: 'start', ref: nodeRef(row.node), netns: row.netns, verdict: 'start' } as const
  asAgent(k, { ...deed, text: `kubelet v${cluster.version}.0 ${row.node}` }, () => {
    setupIptables(kl, row)
    const created = api.create<Node>(nodeObject(row, cluster, k.now), by)
    if (!created.ok) postStatus(kl, row)
    nodeEvent(kl, row.node, 'Starting', 'Starting kubelet.')
    renewLease(kl, row.node)
  })
  k.sim.after(RUNTIME_CHECK_PERIOD, RUNTIME_CHECK, { node: row.node, once: false }, true)
}

/** KUBE-FIREWALL and the hint and canary chains (k8s pkg/kubelet/kubelet_network_linux.go). */
function setupIptables(kl: Kubelets, row: NodeRow): void {
  const session = new IptablesSession(kl.env.kernel, row.netns, [nodeRef(row.node)])
  session.ensureChain('mangle', 'KUBE-IPTABLES-HINT')
  for (const table of ['mangle', 'nat', 'filter'] as const) session.ensureChain(table, 'KUBE-KUBELET-CANARY')
  session.ensureChain('filter', 'KUBE-FIREWALL')
  session.ensureRule('filter', 'OUTPUT', '-j KUBE-FIREWALL', 'prepend')
  session.ensureRule('filter', 'INPUT', '-j KUBE-FIREWALL', 'prepend')
  const martian =
    '-m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 ' +
    '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'
  session.ensureRule('filter', 'KUBE-FIREWALL', martian, 'append')
  session.commit()
}

function nodeEvent(kl: Kubelets, node: string, reason: string, message: string): void {
  const about = kl.env.api.peek<Node>(nodeRef(node))
  if (about)
    recordEvent(kl.env.api, { about, type: 'Normal', reason, message, component: 'kubelet', host: node }, actorOf(node))
}

/** Renews the node's Lease, and again ten seconds later. */
export function renewLease(kl: Kubelets, node: string): void {
  const { api, kernel } = kl.env
  const by = actorOf(node)
  const ref = objectRef('Lease', 'kube-node-lease', node)
  const renewTime = microTimestamp(kernel.now)
  const existing = api.peek<Lease>(ref)
  if (existing) api.update<Lease>({ ...existing, spec: { ...existing.spec, renewTime } }, by)
  else {
    const owner = api.peek<Node>(nodeRef(node))
    api.create<Lease>(
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          name: node,
          namespace: 'kube-node-lease',
          ...(owner && {
            ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: owner.metadata.uid ?? '' }],
          }),
        },
        spec: { holderIdentity: node, leaseDurationSeconds: LEASE_DURATION_SECONDS, renewTime },
      },
      by,
    )
  }
  kernel.sim.after(LEASE_PERIOD, LEASE_DUE, { node }, true)
}

export function checkRuntime(kl: Kubelets, args: { readonly node: string; readonly once: boolean }): void {
  const { kernel: k } = kl.env
  const row = kl.t.node.get(args.node)
  if (!row) return
  if (args.once) k.world.patch(kl.t.node, row.node, { check: 0 })
  else k.sim.after(RUNTIME_CHECK_PERIOD, RUNTIME_CHECK, args, true)
  const networkError = networkProblem(kl, row.node)
  const changed = networkError !== row.networkError
  if (!changed && k.now - row.posted < STATUS_REPORT_PERIOD) return
  const next: NodeRow = { ...kl.t.node.get(row.node)!, networkError, posted: k.now }
  k.world.put(kl.t.node, row.node, next)
  postStatus(kl, next)
  if (!changed) return
  nodeEvent(
    kl,
    row.node,
    networkError === '' ? 'NodeReady' : 'NodeNotReady',
    `Node ${row.node} status is now: ${networkError === '' ? 'NodeReady' : 'NodeNotReady'}`,
  )
  if (networkError !== '') return
  for (const pod of kl.t.podByNode.at(row.node).rows()) {
    if (pod.sandbox) continue
    patchPod(kl, pod.uid, { retryAt: 0 })
    wakePod(kl, pod.uid)
  }
}

function postStatus(kl: Kubelets, row: NodeRow): void {
  const { api, cluster, kernel } = kl.env
  const node = api.peek<Node>(nodeRef(row.node))
  if (node)
    api.updateStatus<Node>({ ...node, status: nodeStatus(row, cluster, kernel.now, node.status) }, actorOf(row.node))
}

/** A container of the node has changed something: the next look at the runtime is one that the lab waits for. */
export function expectNetwork(kl: Kubelets, node: string): void {
  const row = kl.t.node.get(node)
  if (!row || row.networkError === '' || row.check !== 0) return
  const { sim, world, now } = kl.env.kernel
  const check = sim.after(RUNTIME_CHECK_PERIOD - (now % RUNTIME_CHECK_PERIOD), RUNTIME_CHECK, { node, once: true })
  world.patch(kl.t.node, node, { check })
}
