import { describe, expect, it } from 'vitest'
import { ipv4 } from '../../base/ipv4.ts'
import { MS, SEC } from '../../base/time.ts'
import type { ApiObject, Event, Pod } from '../../api/kinds/types.ts'
import { TestCluster } from '../../testkit/cluster.ts'
import { expand } from './environment.ts'
import { goDuration } from './go-duration.ts'
import { containerId, fullImageName, imageId, isImageName, netnsName } from './identity.ts'
import { formatResolvConf, parseResolvConf, podResolvConf } from './resolv-conf.ts'

const facts = {
  namespace: 'shop',
  clusterDomain: 'cluster.local',
  clusterDns: ipv4('10.96.0.10'),
  node: parseResolvConf('nameserver 192.168.10.1\nsearch example.com\noptions timeout:1\n'),
}
const conf = (spec: object): string => formatResolvConf(podResolvConf({ containers: [], ...spec }, facts))

describe('resolv.conf of a pod', () => {
  const cluster =
    'search shop.svc.cluster.local svc.cluster.local cluster.local example.com\nnameserver 10.96.0.10\noptions ndots:5\n'
  const own = 'search example.com\nnameserver 192.168.10.1\noptions timeout:1\n'

  it('follows the policy', () => {
    expect(conf({})).toBe(cluster)
    expect(conf({ hostNetwork: true })).toBe(own)
    expect(conf({ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true })).toBe(cluster)
    expect(conf({ dnsPolicy: 'Default' })).toBe(own)
    expect(conf({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } })).toBe('nameserver 1.1.1.1\n')
  })

  it('merges dnsConfig: its options win, its servers come after, three at the most', () => {
    const dnsConfig = {
      nameservers: ['1.1.1.1', '8.8.8.8', '9.9.9.9'],
      searches: ['a.b', 'cluster.local'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    }
    expect(conf({ dnsConfig })).toBe(
      'search shop.svc.cluster.local svc.cluster.local cluster.local example.com a.b\n' +
        'nameserver 10.96.0.10\nnameserver 1.1.1.1\nnameserver 8.8.8.8\noptions ndots:2 edns0\n',
    )
  })
})

describe('names and words', () => {
  it('of images', () => {
    expect(fullImageName('nginx')).toBe('docker.io/library/nginx:latest')
    expect(fullImageName('nicolaka/netshoot:v0.14')).toBe('docker.io/nicolaka/netshoot:v0.14')
    expect(fullImageName('localhost:5000/x')).toBe('localhost:5000/x:latest')
    expect(imageId('nginx:1.29')).toMatch(/^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/)
    for (const good of ['nginx', 'a/b:c', 'ghcr.io/x/y-z:v1.2_3', 'h:5000/x@sha256:' + 'a'.repeat(64)])
      expect(isImageName(good), good).toBe(true)
    for (const bad of ['', 'Nginx Plus', 'a//b', 'UPPER', 'x:', 'x@sha256:12'])
      expect(isImageName(bad), bad).toBe(false)
  })

  it('of containers: fixed by pod, name and attempt', () => {
    expect(containerId('u', 'c', 0)).toMatch(/^[0-9a-f]{64}$/)
    expect(containerId('u', 'c', 0)).not.toBe(containerId('u', 'c', 1))
    expect(netnsName('x')).toMatch(/^cni-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  it('of durations and variables, as Go and kubelet write them', () => {
    expect([0, 150 * MS, 1.5 * SEC, 10 * SEC, 160 * SEC, 300 * SEC, 3661 * SEC].map(goDuration)).toEqual([
      '0s',
      '150ms',
      '1.5s',
      '10s',
      '2m40s',
      '5m0s',
      '1h1m1s',
    ])
    expect(expand('$(A)-$(B)-$$(A)-$A', { A: 'x' })).toBe('x-$(B)-$(A)-$A')
  })
})

const POD = (spec: object): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { hostNetwork: true, nodeName: 'node1', ...spec },
})

describe('a pod worker', () => {
  it('restarts at once, then after 10 s, 20 s, 40 s', () => {
    const c = new TestCluster({
      objects: [POD({ containers: [{ name: 'c', image: 'busybox', command: ['false'] }] })],
    }).settle()
    const uid = c.api.peek('Pod/default/p')!.metadata.uid!
    const starts = new Set<number>()
    while (c.sim.now < 100 * SEC && c.sim.step())
      starts.add(c.agents.kubelets.t.containerByPod.at(uid).first()!.startedTime)
    const times = [...starts].sort((a, b) => a - b)
    const gaps = times.slice(1).map((at, i) => Math.floor((at - times[i]!) / SEC))
    expect(gaps.slice(-3)).toEqual([10, 20, 40])
  })

  it('waits longer and longer for an image that is not there, and takes the right one at once', () => {
    const c = new TestCluster({ objects: [POD({ containers: [{ name: 'c', image: 'busybox:nope' }] })] }).settle()
    const waiting = (): unknown => c.api.peek<Pod>('Pod/default/p')!.status!.containerStatuses![0]!.state!.waiting
    expect(waiting()).toEqual({
      reason: 'ImagePullBackOff',
      message:
        'Back-off pulling image "busybox:nope": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image ' +
        '"docker.io/library/busybox:nope": failed to resolve reference "docker.io/library/busybox:nope": docker.io/library/busybox:nope: not found',
    })
    const pulls = new Set<number>()
    while (c.sim.now < 80 * SEC && c.sim.step()) {
      const { pull } = c.agents.kubelets.t.containerByPod.at(c.api.peek('Pod/default/p')!.metadata.uid!).first()!
      if (pull) pulls.add(pull.backoff)
    }
    expect([...pulls]).toEqual([10 * SEC, 20 * SEC, 40 * SEC, 80 * SEC])
    expect(
      c.api.patch('Pod/default/p', { spec: { containers: [{ name: 'c', image: 'busybox:1.37' }] } }, 'you', {
        type: 'strategic',
      }).ok,
    ).toBe(true)
    c.settle()
    const reasons = c.api
      .ofKind<Event>('Event')
      .filter((e) => e.involvedObject.name === 'p')
      .map((e) => `${e.reason} ${e.message}`)
    expect(reasons).toContain('BackOff Back-off pulling image "busybox:nope"')
    expect(reasons).toContain('Failed Error: ErrImagePull')
    expect(reasons.some((text) => text.startsWith('Pulled Successfully pulled image "busybox:1.37"'))).toBe(true)
  })

  it('mounts what a ConfigMap holds as bytes', () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'default' } }
    const volumes = [{ name: 'v', configMap: { name: 'm', items: [{ key: 'b', path: 'x/bin' }] } }]
    const command = ['cat', '/m/x/bin']
    const containers = [{ name: 'c', image: 'busybox', command, volumeMounts: [{ name: 'v', mountPath: '/m' }] }]
    const c = new TestCluster({
      objects: [{ ...map, binaryData: { b: 'aGVsbG8=' } }, POD({ volumes, containers, restartPolicy: 'Never' })],
    }).settle()
    const row = c.agents.kubelets.t.containerByPod.at(c.api.peek('Pod/default/p')!.metadata.uid!).first()
    expect(row?.terminated?.exitCode ?? c.api.peek('Pod/default/p')).toBe(0)
  })

  it('kills a container whose postStart hook fails, or cannot be run', () => {
    for (const command of [['false'], ['/no/such']]) {
      const lifecycle = { postStart: { exec: { command } } }
      const c = new TestCluster({
        objects: [POD({ containers: [{ name: 'c', image: 'nginx:1.29', lifecycle }] })],
      }).settle()
      const messages = c.api.ofKind<Event>('Event').map((e) => `${e.type} ${e.reason} ${e.message}`)
      expect(messages).toContain('Warning FailedPostStartHook PostStartHook failed')
      expect(messages).toContain('Normal Killing FailedPostStartHook')
      expect(c.api.peek('Pod/default/p')).toMatchObject({
        status: { containerStatuses: [{ ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      })
    }
  })

  it('says what cannot be run as runc does', () => {
    const c = new TestCluster({
      objects: [POD({ containers: [{ name: 'c', image: 'nginx:1.29', command: ['/nope'] }] })],
    }).settle()
    expect(c.api.ofKind<Event>('Event').map((e) => e.message)).toContain(
      'Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
        'unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
    )
  })

  it('runs the image that it pulled, and then restarts the container if another one is wanted by now', () => {
    const c = new TestCluster({
      objects: [POD({ containers: [{ name: 'c', image: 'nginx:1.28' }] })],
    })
    const messages = (): (string | undefined)[] => c.api.ofKind<Event>('Event').map((e) => e.message)
    while (!messages().includes('Pulling image "nginx:1.28"')) c.run(100 * MS)
    c.api.patch('Pod/default/p', { spec: { containers: [{ name: 'c', image: 'nginx:1.29' }] } }, 'you', {
      type: 'strategic',
    })
    c.settle()
    expect(messages().filter((message) => message?.startsWith('Successfully pulled image "nginx'))).toEqual([
      expect.stringContaining('"nginx:1.28"'),
      expect.stringContaining('"nginx:1.29"'),
    ])
    expect(c.api.peek('Pod/default/p')).toMatchObject({
      status: { containerStatuses: [{ image: 'docker.io/library/nginx:1.29', restartCount: 1 }] },
    })
  })

  it('restarts a container that is given another image', () => {
    const c = new TestCluster({
      objects: [POD({ restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx:1.28' }] })],
    }).settle()
    c.api.patch('Pod/default/p', { spec: { containers: [{ name: 'c', image: 'nginx:1.29' }] } }, 'you', {
      type: 'strategic',
    })
    c.settle()
    expect(c.api.peek('Pod/default/p')).toMatchObject({
      status: {
        containerStatuses: [{ image: 'docker.io/library/nginx:1.29', restartCount: 1, state: { running: {} } }],
      },
    })
    expect(c.api.ofKind<Event>('Event').map((e) => e.message)).toContain(
      'Container c definition changed, will be restarted',
    )
  })

  it('runs init containers in order, keeps sidecars, and stops them last', () => {
    const initContainers = [
      { name: 'first', image: 'busybox', command: ['true'] },
      { name: 'side', image: 'busybox', command: ['sleep', '1000'], restartPolicy: 'Always' },
      { name: 'second', image: 'busybox', command: ['true'] },
    ]
    const containers = [{ name: 'main', image: 'nginx', lifecycle: { preStop: { sleep: { seconds: 3 } } } }]
    const c = new TestCluster({
      objects: [POD({ initContainers, containers, terminationGracePeriodSeconds: 10 })],
    }).settle()
    const reasons = (what: string): string[] =>
      c.api
        .ofKind<Event>('Event')
        .filter((e) => e.involvedObject.name === 'p' && e.reason === what)
        .map((e) => e.involvedObject.fieldPath!.replace(/.*\{(.*)\}/, '$1'))
    expect(reasons('Started')).toEqual(['first', 'side', 'second', 'main'])
    expect(c.api.peek('Pod/default/p')).toMatchObject({
      status: {
        phase: 'Running',
        initContainerStatuses: [{ ready: true }, { ready: true, started: true }, { ready: true }],
      },
    })
    const at = c.sim.now
    c.api.delete('Pod/default/p', 'you')
    c.settle()
    expect(reasons('Killing')).toEqual(['main', 'side'])
    expect(c.sim.now - at).toBeGreaterThan(3 * SEC)
    expect(c.agents.kubelets.t.pod.rows().filter((row) => row.ref === 'Pod/default/p')).toEqual([])
    expect(c.processes.t.process.rows().filter((row) => row.argv[0] === 'sleep')).toEqual([])
  })

  it('gives up a pod that was removed by force', () => {
    const c = new TestCluster({
      objects: [POD({ containers: [{ name: 'c', image: 'busybox', command: ['sleep', 'infinity'] }] })],
    }).settle()
    c.api.delete('Pod/default/p', 'you', { gracePeriodSeconds: 0 })
    expect(c.api.peek('Pod/default/p')).toBe(undefined)
    c.settle()
    expect(c.processes.t.process.rows().filter((row) => row.argv[0] === 'sleep')).toEqual([])
  })
})
