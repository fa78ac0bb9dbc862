import { describe, expect, it } from 'vitest'
import { compareKeys } from '../../base/order.ts'
import { MS, SEC } from '../../base/time.ts'
import type { ConfigMap, DaemonSet, Deployment, Namespace, Node, Pod, ReplicaSet } from '../../api/kinds/types.ts'
import { nodeOf } from './daemonset/template.ts'
import { Cluster, deployment, must, nameOf, podSpec } from '../../testkit/fake-cluster.ts'

const WEB = 'Deployment/default/web'

/** Runs to rest, giving every new pod a node on the way. */
function settleBinding(cluster: Cluster): Cluster {
  for (let i = 0; i < 200; i++) {
    cluster.settle()
    if (cluster.pods().every((pod) => pod.spec.nodeName)) return cluster
    cluster.bindAll()
  }
  throw new Error('pods keep coming')
}

const withWeb = (replicas: number, options = {}): Cluster => {
  const cluster = new Cluster(options).boot()
  must(cluster.api.create(deployment('web', replicas), 'you'))
  return settleBinding(cluster)
}

const web = (cluster: Cluster): Deployment => cluster.api.peek<Deployment>(WEB)!
const sets = (cluster: Cluster): readonly ReplicaSet[] => cluster.api.ofKind<ReplicaSet>('ReplicaSet')

describe('boot', () => {
  it('gives every namespace its account and certificate, every node its range and its readiness', () => {
    const { api } = new Cluster().boot(['cp1', 'node1', 'node2'])
    expect(api.ofKind('ServiceAccount').map((o) => `${o.metadata.namespace}/${o.metadata.name}`)).toEqual([
      'default/default',
      'kube-node-lease/default',
      'kube-public/default',
      'kube-system/default',
    ])
    expect(api.ofKind('ConfigMap').map(nameOf)).toEqual(Array(4).fill('kube-root-ca.crt'))
    expect(api.ofKind<Node>('Node').map((n) => [n.metadata.name, n.spec?.podCIDR, n.spec?.taints])).toEqual([
      ['cp1', '10.244.0.0/24', undefined],
      ['node1', '10.244.1.0/24', undefined],
      ['node2', '10.244.2.0/24', undefined],
    ])
  })
})

describe('Deployment', () => {
  it('makes a ReplicaSet, that makes pods, with the events of the real controllers', () => {
    const cluster = withWeb(3)
    const [set] = sets(cluster)
    expect(set!.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]+$/)
    expect(set!.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    })
    expect(cluster.pods('web').map((p) => p.metadata.ownerReferences![0]!.name)).toEqual(
      Array(3).fill(set!.metadata.name),
    )
    expect(cluster.events('ScalingReplicaSet')).toEqual([`Scaled up replica set ${set!.metadata.name} from 0 to 3`])
    expect([...cluster.events('SuccessfulCreate')].sort()).toEqual(
      cluster.pods('web').map((p) => `Created pod: ${p.metadata.name}`),
    )
    expect(web(cluster).status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    })
    expect(web(cluster).status?.unavailableReplicas).toBeUndefined()
    expect(
      web(cluster)
        .status?.conditions?.map((c) => `${c.type} ${c.status} ${c.reason} ${c.message}`)
        .sort(),
    ).toEqual([
      'Available True MinimumReplicasAvailable Deployment has minimum availability.',
      `Progressing True NewReplicaSetAvailable ReplicaSet "${set!.metadata.name}" has successfully progressed.`,
    ])
  })

  it('writes a chain of causes from the person to the pod', () => {
    const cluster = withWeb(1)
    const chain: string[] = []
    let id = cluster.api.tables.objects.entry(`Pod/default/${cluster.pods()[0]!.metadata.name}`)!.cause
    for (; id !== 0; id = cluster.world.causes.get(id)!.parent) chain.push(cluster.world.causes.get(id)!.actor)
    expect(chain).toEqual(['kubelet', 'test'])
    const set = cluster.api.tables.objects.entry(`ReplicaSet/default/${nameOf(sets(cluster)[0]!)}`)!
    const actors: string[] = []
    for (let c = set.cause; c !== 0; c = cluster.world.causes.get(c)!.parent)
      actors.push(cluster.world.causes.get(c)!.actor)
    expect(actors[0]).toBe('replicaset-controller')
  })

  it('rolls out a new template without ever leaving the bounds', () => {
    const cluster = withWeb(10)
    must(
      cluster.api.patch(
        WEB,
        { spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } } },
        'you',
      ),
    )
    const seen = new Set<string>()
    for (let i = 0; i < 20_000 && !cluster.sim.settled; i++) {
      cluster.sim.step()
      cluster.bindAll()
      const pods = cluster.pods('web').filter((p) => !p.metadata.deletionTimestamp)
      const ready = pods.filter((p) => p.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'))
      expect(pods.length).toBeLessThanOrEqual(13)
      expect(ready.length).toBeGreaterThanOrEqual(8)
      seen.add(
        sets(cluster)
          .map((s) => s.spec.replicas)
          .join('/'),
      )
    }
    expect(cluster.sim.settled).toBe(true)
    expect(seen.size).toBeGreaterThan(3)
    expect(
      sets(cluster)
        .map((s) => `${s.spec.replicas} ${s.metadata.annotations?.['deployment.kubernetes.io/revision']}`)
        .sort(),
    ).toEqual(['0 1', '10 2'])
    expect(web(cluster).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
  })

  it('rolls back to a template it had, which becomes the newest revision', () => {
    const cluster = withWeb(2)
    const image = (name: string): void =>
      void must(
        cluster.api.patch(WEB, { spec: { template: { spec: { containers: [{ name: 'c', image: name }] } } } }, 'you'),
      )
    const first = nameOf(sets(cluster)[0]!)
    const { template } = web(cluster).spec
    image('nginx:2')
    settleBinding(cluster)
    must(cluster.api.patch(WEB, { spec: { template } }, 'you'))
    settleBinding(cluster)
    expect(sets(cluster)).toHaveLength(2)
    const back = sets(cluster).find((s) => s.metadata.name === first)!
    expect(back.spec.replicas).toBe(2)
    expect(back.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
  })

  it('a template that never becomes ready stops at the surge, and the old pods stay', () => {
    const cluster = withWeb(4, { brokenImage: 'broken' })
    must(
      cluster.api.patch(WEB, { spec: { template: { spec: { containers: [{ name: 'c', image: 'broken' }] } } } }, 'you'),
    )
    settleBinding(cluster)
    expect(
      sets(cluster)
        .map((s) => s.spec.replicas!)
        .sort(compareKeys),
    ).toEqual([2, 3])
    expect(web(cluster).status).toMatchObject({ availableReplicas: 3, unavailableReplicas: 2, updatedReplicas: 2 })
    cluster.run(601 * SEC)
    expect(web(cluster).status?.conditions?.find((c) => c.type === 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    })
  })

  it('Recreate waits for the last old pod', () => {
    const cluster = new Cluster({ stopTime: 5 * SEC }).boot()
    must(cluster.api.create(deployment('web', 3, { strategy: { type: 'Recreate' } }), 'you'))
    settleBinding(cluster)
    must(
      cluster.api.patch(
        WEB,
        { spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } } },
        'you',
      ),
    )
    cluster.run(4 * SEC)
    expect(cluster.pods('web').every((p) => p.metadata.deletionTimestamp)).toBe(true)
    settleBinding(cluster)
    expect(cluster.pods('web').map((p) => p.spec.containers[0]!.image)).toEqual(Array(3).fill('nginx:2'))
  })

  it('scaling changes the same ReplicaSet, down by the rules of who goes first', () => {
    const cluster = withWeb(3)
    must(cluster.api.patch(WEB, { spec: { replicas: 1 } }, 'you'))
    settleBinding(cluster)
    expect(cluster.pods('web')).toHaveLength(1)
    expect(sets(cluster)).toHaveLength(1)
    expect(web(cluster).status?.replicas).toBe(1)
  })

  it('a deleted pod is replaced; a relabelled one is let go', () => {
    const cluster = withWeb(2)
    const [a, b] = cluster.pods('web')
    must(cluster.api.delete(`Pod/default/${nameOf(a!)}`, 'you'))
    settleBinding(cluster)
    expect(cluster.pods('web')).toHaveLength(2)
    must(cluster.api.patch(`Pod/default/${nameOf(b!)}`, { metadata: { labels: { app: 'other' } } }, 'you'))
    settleBinding(cluster)
    expect(cluster.pods('web')).toHaveLength(3)
    expect(cluster.api.peek(`Pod/default/${nameOf(b!)}`)?.metadata.ownerReferences).toBeUndefined()
  })

  it('a pod that cannot be created is reported and tried again', () => {
    const cluster = new Cluster().boot()
    must(
      cluster.api.create(
        deployment('web', 1, {
          template: { metadata: { labels: { app: 'web' } }, spec: podSpec('nginx', { serviceAccountName: 'robot' }) },
        }),
        'you',
      ),
    )
    cluster.settle()
    expect(cluster.events('FailedCreate')[0]).toMatch(
      /^Error creating: pods "web-\w+-?\w*" is forbidden: error looking up service account default\/robot: serviceaccount "robot" not found$/,
    )
    must(
      cluster.api.create(
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'default' } },
        'you',
      ),
    )
    cluster.run(20 * SEC)
    expect(cluster.pods('web')).toHaveLength(1)
  })
})

describe('garbage', () => {
  it('deleting a Deployment takes its ReplicaSets and pods along', () => {
    const cluster = withWeb(2)
    must(cluster.api.delete(WEB, 'you'))
    expect(web(cluster)).toBeUndefined()
    cluster.settle()
    expect(cluster.pods('web')).toHaveLength(0)
    expect(sets(cluster)).toHaveLength(0)
  })

  it('foreground: the Deployment goes last', () => {
    const cluster = withWeb(2, { stopTime: 2 * SEC })
    must(cluster.api.delete(WEB, 'you', { propagation: 'Foreground' }))
    cluster.run(SEC)
    expect(web(cluster)?.metadata.finalizers).toEqual(['foregroundDeletion'])
    cluster.settle()
    expect(web(cluster)).toBeUndefined()
    expect(cluster.pods('web')).toHaveLength(0)
  })

  it('orphan: the pods stay, and a new Deployment adopts the ReplicaSet', () => {
    const cluster = withWeb(2)
    const names = cluster.pods('web').map(nameOf)
    must(cluster.api.delete(WEB, 'you', { propagation: 'Orphan' }))
    cluster.settle()
    expect(web(cluster)).toBeUndefined()
    expect(sets(cluster)[0]!.metadata.ownerReferences).toBeUndefined()
    must(cluster.api.create(deployment('web', 2), 'you'))
    settleBinding(cluster)
    expect(cluster.pods('web').map(nameOf)).toEqual(names)
    expect(sets(cluster)[0]!.metadata.ownerReferences?.[0]?.uid).toBe(web(cluster).metadata.uid)
  })

  it('a namespace goes when all in it has gone', () => {
    const cluster = new Cluster({ stopTime: 3 * SEC }).boot()
    const { api } = cluster
    must(api.create<Namespace>({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, 'you'))
    cluster.settle()
    const made = deployment('web', 2)
    must(api.create({ ...made, metadata: { name: 'web', namespace: 'shop' } }, 'you'))
    settleBinding(cluster)
    must(api.delete('Namespace/shop', 'you'))
    cluster.run(SEC)
    expect(api.peek<Namespace>('Namespace/shop')?.status?.phase).toBe('Terminating')
    cluster.settle()
    expect(api.peek('Namespace/shop')).toBeUndefined()
    expect(api.tables.byNamespace.at('shop').size).toBe(0)
    expect(api.ofKind('Event', 'shop')).toHaveLength(0)
  })

  it('a node that is deleted is told of', () => {
    const cluster = new Cluster().boot()
    must(cluster.api.delete('Node/node2', 'you'))
    cluster.settle()
    expect(cluster.api.ofKind('Event', 'default').map((event) => event['message'])).toContain(
      'Node node2 event: Removing Node node2 from Controller',
    )
  })

  it('pods on a node that does not exist are removed after a while', () => {
    const cluster = new Cluster().boot()
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'lost', namespace: 'default' },
      spec: podSpec('nginx', { nodeName: 'nowhere' }),
    }
    must(cluster.api.create(pod, 'you'))
    cluster.settle()
    expect(cluster.api.peek('Pod/default/lost')).toBeDefined()
    cluster.run(41 * SEC)
    expect(cluster.api.peek('Pod/default/lost')).toBeUndefined()
  })

  it('the root certificate comes back', () => {
    const cluster = new Cluster().boot()
    must(cluster.api.delete('ConfigMap/default/kube-root-ca.crt', 'you'))
    cluster.settle()
    expect(cluster.api.peek<ConfigMap>('ConfigMap/default/kube-root-ca.crt')?.data?.['ca.crt']).toContain(
      'BEGIN CERTIFICATE',
    )
  })
})

describe('DaemonSet', () => {
  const agent = (spec: Partial<DaemonSet['spec']> = {}, pod: Parameters<typeof podSpec>[1] = {}): DaemonSet => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' } }, spec: podSpec('agent', pod) },
      ...spec,
    },
  })
  const nodesOf = (cluster: Cluster): readonly string[] =>
    cluster
      .pods('agent')
      .map((p) => nodeOf(p)!)
      .sort(compareKeys)
  /** What the scheduler would do with pods that are pinned. */
  const place = (cluster: Cluster): Cluster => {
    for (let i = 0; i < 20; i++) {
      cluster.settle()
      for (const p of cluster.pods('agent').filter((pod) => !pod.spec.nodeName)) {
        must(cluster.api.bind(`Pod/default/${nameOf(p)}`, nodeOf(p)!, 'test'))
      }
    }
    return cluster.settle()
  }

  it('runs one pod on each node that it fits, pinned and tolerant', () => {
    const cluster = new Cluster().boot(['node1', 'node2'])
    cluster.addNode('cp1', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] })
    must(cluster.api.create(agent({}, { hostNetwork: true }), 'you'))
    place(cluster)
    expect(nodesOf(cluster)).toEqual(['node1', 'node2'])
    expect(cluster.pods('agent')[0]!.spec.tolerations?.map((t) => `${t.key!.split('/')[1]} ${t.effect}`)).toEqual([
      'not-ready NoExecute',
      'unreachable NoExecute',
      'disk-pressure NoSchedule',
      'memory-pressure NoSchedule',
      'pid-pressure NoSchedule',
      'unschedulable NoSchedule',
      'network-unavailable NoSchedule',
    ])
    expect(cluster.api.peek<DaemonSet>('DaemonSet/default/agent')?.status).toMatchObject({
      desiredNumberScheduled: 2,
      currentNumberScheduled: 2,
      numberReady: 2,
      numberAvailable: 2,
      updatedNumberScheduled: 2,
      numberMisscheduled: 0,
    })
    cluster.addNode('node3')
    place(cluster)
    expect(nodesOf(cluster)).toEqual(['node1', 'node2', 'node3'])
  })

  it('follows node labels, and removes what may not stay', () => {
    const cluster = new Cluster().boot(['node1', 'node2'])
    must(cluster.api.create(agent({}, { nodeSelector: { disk: 'ssd' } }), 'you'))
    place(cluster)
    expect(nodesOf(cluster)).toEqual([])
    must(cluster.api.patch('Node/node2', { metadata: { labels: { disk: 'ssd' } } }, 'you'))
    place(cluster)
    expect(nodesOf(cluster)).toEqual(['node2'])
    must(cluster.api.patch('Node/node2', { metadata: { labels: { disk: null } } }, 'you'))
    place(cluster)
    expect(nodesOf(cluster)).toEqual([])
  })

  it('updates one node at a time', () => {
    const cluster = new Cluster({ stopTime: 2 * SEC, startTime: 2 * SEC }).boot(['node1', 'node2', 'node3'])
    must(cluster.api.create(agent(), 'you'))
    place(cluster)
    must(
      cluster.api.patch(
        'DaemonSet/default/agent',
        { spec: { template: { spec: { containers: [{ name: 'c', image: 'agent:2' }] } } } },
        'you',
      ),
    )
    cluster.run(MS * 100)
    expect(cluster.pods('agent').filter((p) => p.metadata.deletionTimestamp)).toHaveLength(1)
    place(cluster)
    expect(cluster.pods('agent').map((p) => p.spec.containers[0]!.image)).toEqual(Array(3).fill('agent:2'))
  })
})

describe('a lost node', () => {
  it('becomes Unknown after the grace period, its pods unready at once and evicted 300 s later', () => {
    const cluster = withWeb(2)
    const lost = cluster.pods('web').find((p) => p.spec.nodeName === 'node1')!
    cluster.silent.add('node1')
    const since = cluster.sim.now
    cluster.run(45 * SEC)
    const ready = (): string | undefined =>
      cluster.api.peek<Node>('Node/node1')?.status?.conditions?.find((c) => c.type === 'Ready')?.status
    expect(ready()).toBe('True')
    cluster.run(16 * SEC)
    expect(ready()).toBe('Unknown')
    expect(
      cluster.api
        .peek<Node>('Node/node1')
        ?.spec?.taints?.map((t) => `${t.key} ${t.effect}`)
        .sort(),
    ).toEqual(['node.kubernetes.io/unreachable NoExecute', 'node.kubernetes.io/unreachable NoSchedule'])
    const pod = (): Pod | undefined => cluster.api.peek<Pod>(`Pod/default/${nameOf(lost)}`)
    expect(pod()?.status?.conditions?.find((c) => c.type === 'Ready')?.status).toBe('False')
    expect(pod()?.metadata.deletionTimestamp).toBeUndefined()
    cluster.run(300 * SEC)
    expect(pod()?.metadata.deletionTimestamp).toBeDefined()
    expect(cluster.sim.now - since).toBeLessThan(370 * SEC)
    expect(cluster.events('TaintManagerEviction')).toEqual([`Marking for deletion Pod default/${nameOf(lost)}`])
    cluster.silent.delete('node1')
    cluster.run(30 * SEC)
  })
})

describe('rest', () => {
  it('is reached: only timers are left, and nothing is written any more', () => {
    const cluster = withWeb(3)
    const version = cluster.api.tables.objects.version
    cluster.run(9 * SEC)
    expect(cluster.sim.settled).toBe(true)
    const written = cluster.api.tables.objects.version - version
    expect(written).toBeLessThanOrEqual(2)
  })
})
