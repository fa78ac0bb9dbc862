import { describe, expect, it } from 'vitest'
import { SEC } from '../../base/time.ts'
import type { Node, Pod, PodSpec } from '../../api/kinds/types.ts'
import { Cluster, deployment, must, podSpec } from '../../testkit/fake-cluster.ts'
import { Profile } from './choose.ts'
import { fitError } from './fit-error.ts'
import { balancedAllocation, leastAllocated } from './scores/resources.ts'
import { NodeInfos } from './node-info.ts'
import { scheduler } from './scheduler.ts'
import type { SpreadConstraint } from './spread.ts'

type Extra = Partial<PodSpec> & { readonly topologySpreadConstraints?: readonly SpreadConstraint[] }

const pod = (name: string, extra: Extra = {}, labels: Record<string, string> = { app: 'x' }): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels },
  spec: podSpec('nginx', extra),
})
const asking = (cpu: string, memory?: string): Extra => ({
  containers: [{ name: 'c', image: 'x', resources: { requests: { cpu, ...(memory && { memory }) } } }],
})

function cluster(nodes: readonly string[] = ['node1', 'node2'], seed = 1): Cluster {
  const it = new Cluster({ seed })
  const kube = scheduler(it.api, it.queues)
  it.boot(nodes)
  kube.start()
  return it.settle()
}

/** What the profile says of a pod that is not in the cluster. */
function verdict(it: Cluster, wanted: Pod): string {
  const choice = new Profile(it.api).choose(wanted)
  return choice.node ?? fitError(wanted, choice.refusals)
}

const create = (it: Cluster, ...pods: readonly Pod[]): Cluster => {
  for (const p of pods) must(it.api.create(p, 'you'))
  return it.settle()
}
const nodeOf = (it: Cluster, name: string): string | undefined => it.api.peek<Pod>(`Pod/default/${name}`)?.spec.nodeName

describe('filters', () => {
  const unhelpful = (n: number): string =>
    `no new claims to deallocate, preemption: 0/${n} nodes are available: ${n} Preemption is not helpful for scheduling.`
  const noVictims = (n: number): string =>
    `no new claims to deallocate, preemption: 0/${n} nodes are available: ${n} No preemption victims found for incoming pod.`

  it.each([
    [
      'a selector',
      { nodeSelector: { disk: 'ssd' } },
      `0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. ${unhelpful(2)}`,
    ],
    ['more CPU than any node has', asking('5'), `0/2 nodes are available: 2 Insufficient cpu. ${unhelpful(2)}`],
    [
      'more memory than any node has',
      asking('1', '9Gi'),
      `0/2 nodes are available: 2 Insufficient memory. ${unhelpful(2)}`,
    ],
    [
      'an unknown resource',
      { containers: [{ name: 'c', image: 'x', resources: { requests: { 'nvidia.com/gpu': 1 } } }] },
      `0/2 nodes are available: 2 Insufficient nvidia.com/gpu. ${unhelpful(2)}`,
    ],
    [
      'a missing topology key',
      {
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', labelSelector: { matchLabels: { app: 'x' } } }],
      },
      `0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label). ${unhelpful(2)}`,
    ],
    [
      'company that is not there',
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'db' } } },
            ],
          },
        },
      },
      `0/2 nodes are available: 2 node(s) didn't match pod affinity rules. ${unhelpful(2)}`,
    ],
  ] as [string, Extra, string][])('%s', (_what, extra, message) => {
    expect(verdict(cluster(), pod('p', extra))).toBe(message)
  })

  it('taints, cordons and full nodes, counted and sorted', () => {
    const it = cluster([])
    it.addNode('cp1', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] })
    it.addNode('node1', { cpu: '500m' })
    it.addNode('node2')
    it.settle()
    create(it, pod('big', { ...asking('400m'), nodeSelector: { 'kubernetes.io/hostname': 'node1' } }))
    must(it.api.patch('Node/node2', { spec: { unschedulable: true } }, 'you'))
    it.settle()
    expect(verdict(it, pod('p', asking('300m')))).toBe(
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
    )
    expect(
      verdict(
        it,
        pod('p', {
          ...asking('300m'),
          tolerations: [{ operator: 'Exists' }],
          nodeSelector: { 'kubernetes.io/hostname': 'cp1' },
        }),
      ),
    ).toBe('cp1')
  })

  it('host ports are taken once per node', () => {
    const it = cluster(['node1'])
    const web: Extra = {
      hostNetwork: true,
      containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }],
    }
    create(it, pod('a', web))
    expect(verdict(it, pod('b', web))).toBe(
      `0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. ${noVictims(1)}`,
    )
    expect(
      verdict(
        it,
        pod('b', {
          containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80, protocol: 'UDP' }] }],
        }),
      ),
    ).toBe('node1')
  })

  it('spreading allows as much skew as it says', () => {
    const it = cluster(['node1', 'node2', 'node3'])
    const spread: Extra = {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'x' } },
        },
      ],
    }
    create(it, pod('a', spread), pod('b', spread), pod('c', spread))
    expect(new Set(['a', 'b', 'c'].map((name) => nodeOf(it, name))).size).toBe(3)
    create(it, pod('d', spread))
    const pinned: Extra = { nodeSelector: { 'kubernetes.io/hostname': nodeOf(it, 'd')! } }
    // A selector leaves one domain to count; without it the others are emptier.
    expect(verdict(it, pod('e', { ...spread, ...pinned }))).toBe(nodeOf(it, 'd'))
    const [constraint] = spread.topologySpreadConstraints!
    expect(
      verdict(
        it,
        pod('e', { ...pinned, topologySpreadConstraints: [{ ...constraint!, nodeAffinityPolicy: 'Ignore' }] }),
      ),
    ).toContain(
      "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints, 2 node(s) didn't match Pod's node affinity/selector.",
    )
  })

  it('anti-affinity works both ways', () => {
    const it = cluster(['node1'])
    const alone: Extra = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'x' } } },
          ],
        },
      },
    }
    create(it, pod('a', alone))
    expect(verdict(it, pod('b', alone))).toContain("1 node(s) didn't match pod anti-affinity rules")
    expect(verdict(it, pod('b'))).toContain("1 node(s) didn't satisfy existing pods anti-affinity rules")
    expect(verdict(it, pod('b', {}, { app: 'y' }))).toBe('node1')
  })

  it('the first of a group that wants company may start anywhere; the others follow it', () => {
    const it = cluster(['node1', 'node2', 'node3'])
    const together: Extra = {
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'x' } } },
          ],
        },
      },
    }
    create(it, pod('a', together), pod('b', together), pod('c', together))
    expect(new Set(['a', 'b', 'c'].map((name) => nodeOf(it, name))).size).toBe(1)
  })

  it('a cluster without nodes', () => {
    expect(verdict(cluster([]), pod('p'))).toBe('no nodes available to schedule pods')
  })
})

describe('scores', () => {
  it('LeastAllocated and BalancedAllocation in figures', () => {
    const it = cluster(['node1'])
    create(it, pod('a', asking('1', '2Gi')))
    const info = new NodeInfos(it.api).of(it.api.peek<Node>('Node/node1')!)
    const next = pod('b', asking('1', '2Gi'))
    expect(leastAllocated.score(next, [info], [info])).toEqual([50])
    expect(balancedAllocation.score(next, [info], [info])).toEqual([100])
    expect(leastAllocated.score(pod('c'), [info], [info])).toEqual([72])
    expect(balancedAllocation.score(pod('d', asking('3', '0')), [info], [info])).toEqual([62])
  })

  it('spreads the pods of a Deployment over the nodes', () => {
    const it = cluster(['node1', 'node2', 'node3'])
    must(it.api.create(deployment('web', 9), 'you'))
    it.settle()
    const counts = new Map<string, number>()
    for (const p of it.pods('web')) counts.set(p.spec.nodeName!, (counts.get(p.spec.nodeName!) ?? 0) + 1)
    expect([...counts.values()]).toEqual([3, 3, 3])
  })

  it('prefers what is preferred', () => {
    const it = cluster([])
    it.addNode('node1')
    it.addNode('node2', { labels: { disk: 'ssd' } })
    it.addNode('node3', { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] })
    it.settle()
    const prefer = (operator: 'In' | 'NotIn'): Extra => ({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: { matchExpressions: [{ key: 'disk', operator, values: ['ssd'] }] } },
          ],
        },
      },
    })
    expect(verdict(it, pod('p', prefer('In')))).toBe('node2')
    expect(verdict(it, pod('p', prefer('NotIn')))).toBe('node1')
  })

  it('breaks ties at random, the same way under the same seed', () => {
    const pick = (seed: number): string | undefined =>
      nodeOf(create(cluster(['node1', 'node2', 'node3'], seed), pod('p')), 'p')
    const picks = Array.from({ length: 12 }, (_, seed) => pick(seed))
    expect(new Set(picks).size).toBeGreaterThan(1)
    expect(pick(3)).toBe(picks[3])
  })
})

describe('the queue', () => {
  it('binds, and says so', () => {
    const it = create(cluster(['node1']), pod('p'))
    expect(nodeOf(it, 'p')).toBe('node1')
    expect(it.events('Scheduled')).toEqual(['Successfully assigned default/p to node1'])
    expect(it.api.peek<Pod>('Pod/default/p')?.status?.conditions?.find((c) => c.type === 'PodScheduled')?.status).toBe(
      'True',
    )
  })

  it('a pod that fits nowhere waits, tells why, and does not keep the lab busy', () => {
    const it = create(cluster(['node1']), pod('p', { nodeSelector: { disk: 'ssd' } }))
    expect(it.sim.settled).toBe(true)
    const condition = it.api.peek<Pod>('Pod/default/p')?.status?.conditions?.[0]
    expect(condition).toMatchObject({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' })
    expect(it.events('FailedScheduling')).toEqual([condition!.message])
  })

  it('is woken by a node that changes, after its backoff', () => {
    const it = create(cluster(['node1']), pod('p', { nodeSelector: { disk: 'ssd' } }))
    const since = it.sim.now
    must(it.api.patch('Node/node1', { metadata: { labels: { disk: 'ssd' } } }, 'you'))
    it.settle()
    expect(nodeOf(it, 'p')).toBe('node1')
    expect(it.sim.now - since).toBeGreaterThan(0.9 * SEC)
    expect(it.sim.now - since).toBeLessThan(1.5 * SEC)
  })

  it('is woken by room that becomes free', () => {
    const it = create(cluster(['node1']), pod('a', asking('3')), pod('b', asking('3')))
    const waiting = nodeOf(it, 'a') ? 'b' : 'a'
    expect(nodeOf(it, waiting)).toBeUndefined()
    must(it.api.delete(`Pod/default/${waiting === 'a' ? 'b' : 'a'}`, 'you'))
    it.settle()
    expect(nodeOf(it, waiting)).toBe('node1')
  })

  it('of pods that are due together, those of higher priority go first', () => {
    const it = cluster(['node1'])
    create(it, pod('a', asking('3')), pod('z', { ...asking('3'), priorityClassName: 'system-node-critical' }))
    expect(nodeOf(it, 'z')).toBe('node1')
    expect(nodeOf(it, 'a')).toBeUndefined()
  })

  it('leaves pods of other schedulers alone', () => {
    const it = create(cluster(['node1']), pod('p', { schedulerName: 'mine' }))
    expect(nodeOf(it, 'p')).toBeUndefined()
    expect(it.events('FailedScheduling')).toEqual([])
  })
})
