import { describe, expect, it } from 'vitest'
import type { ContainerState, Pod } from '../../core/api/kinds/types.ts'
import { SEC } from '../../core/base/time.ts'
import type { Follower } from '../follow/follower.ts'
import { pollFollower } from '../follow/poll.ts'
import { type TestCluster, testCluster } from '../testing/cluster.ts'

interface Said {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

/** Everything that a command prints that ends without waiting. */
function said(cluster: TestCluster, line: string): Said {
  const result = cluster.run(line)
  if (result.kind === 'done') return { stdout: result.stdout, stderr: result.stderr, exit: result.exit }
  expect(result.kind).toBe('follow')
  const { stdout, stderr, follower } = result as { stdout: string; stderr: string; follower: Follower }
  const rest = pollFollower(cluster.env, follower)
  return { stdout: stdout + rest.stdout, stderr: stderr + rest.stderr, exit: rest.exit }
}

/** A second container that waits, and an init container that is through; or a pod that no machine has taken. */
function withPod(name: string, node: string | undefined, state: ContainerState): TestCluster {
  const cluster = testCluster()
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: {
      ...(node && { nodeName: node }),
      initContainers: [{ name: 'setup', image: 'busybox' }],
      containers: [
        { name: 'nginx', image: 'nginx' },
        { name: 'side', image: 'nginx' },
      ],
    },
  }
  expect(cluster.api.create(pod, 'test').ok).toBe(true)
  const made = cluster.api.peek<Pod>(`Pod/default/${name}`)!
  const waits = { restartCount: 0, ready: false, image: 'x', imageID: '' }
  cluster.api.updateStatus<Pod>(
    {
      ...made,
      status: { phase: 'Pending', containerStatuses: [{ ...waits, name: 'nginx', state }] },
    },
    'kubelet@node1',
  )
  return cluster
}

describe('kubectl logs', () => {
  it('lines with their time and where they come from', () => {
    const cluster = testCluster()
    expect(said(cluster, 'kubectl logs web-1').stdout).toBe('listening\n')
    expect(said(cluster, 'kubectl logs web-1 --prefix').stdout).toBe('[pod/web-1/nginx] listening\n')
    expect(said(cluster, 'kubectl logs web-1 --all-containers --timestamps').stdout).toMatch(
      /^2026-01-01T00:00:0\d\.\d{9}Z listening\n$/,
    )
    expect(said(cluster, 'kubectl logs web-1 --limit-bytes=6').stdout).toBe('listen')
    expect(said(cluster, 'kubectl logs deploy/web --all-pods').stdout).toBe('[pod/web-1/nginx] listening\n')
    expect(said(cluster, 'kubectl logs web-1 --since=3s').stdout).toBe('')
    expect(said(cluster, 'kubectl logs web-1 --since=1h').stdout).toBe('listening\n')
    expect(said(cluster, 'kubectl logs web-1 --since-time=2026-01-01T00:00:09Z').stdout).toBe('')
    expect(said(cluster, 'kubectl logs web-1 --since-time=2025-12-31T22:00:00-01:00').stdout).toBe('listening\n')
  })

  it('follows several containers, until the last one ends', () => {
    const cluster = testCluster()
    const result = cluster.run('kubectl logs -f -l app=web --prefix')
    expect(result).toMatchObject({ kind: 'follow', stdout: '[pod/web-1/nginx] listening\n' })
    const layer = cluster.env.processes!
    const root = layer.t.byContainer.at('c1').rows()[0]!.pid
    cluster.env.kernel.world.put(layer.t.output, 999, { seq: 999, pid: root, root, fd: 2, text: 'x\ny', at: 11 * SEC })
    expect(pollFollower(cluster.env, (result as { follower: Follower }).follower).stdout).toBe(
      '[pod/web-1/nginx] x\n[pod/web-1/nginx] y',
    )
  })

  it('chooses a container, and says so', () => {
    expect(said(withPod('a', 'node1', { waiting: { reason: 'ContainerCreating' } }), 'kubectl logs a')).toEqual({
      stdout: '',
      stderr:
        'Defaulted container "nginx" out of: nginx, side, setup (init)\n' +
        'Error from server (BadRequest): container "nginx" in pod "a" is waiting to start: ContainerCreating\n',
      exit: 1,
    })
    const pending = withPod('a', undefined, {})
    expect(said(pending, 'kubectl logs a -c side')).toEqual({ stdout: '', stderr: '', exit: 0 })
    expect(said(pending, 'kubectl logs deploy/web')).toEqual({
      stdout: 'listening\n',
      stderr: 'Found 2 pods, using pod/web-1\n',
      exit: 0,
    })
    expect(said(pending, 'kubectl exec a -c side -- ls').stderr).toBe(
      'Error from server (BadRequest): pod a does not have a host assigned\n',
    )
  })

  it.each([
    ['ErrImagePull', "is waiting to start: image can't be pulled"],
    ['ImagePullBackOff', 'is waiting to start: trying and failing to pull image'],
    ['CreateContainerConfigError', 'is waiting to start: CreateContainerConfigError'],
  ])('of a container that waits: %s', (reason, words) => {
    expect(said(withPod('a', 'node1', { waiting: { reason } }), 'kubectl logs a -c nginx').stderr).toBe(
      `Error from server (BadRequest): container "nginx" in pod "a" ${words}\n`,
    )
  })

  it('goes on after errors when told to', () => {
    const cluster = withPod('a', 'node1', { waiting: { reason: 'ContainerCreating' } })
    expect(said(cluster, 'kubectl logs -l app=web -c nginx --ignore-errors')).toEqual({
      stdout: 'error: container "nginx" in pod "a" is waiting to start: ContainerCreating\nlistening\n',
      stderr: '',
      exit: 0,
    })
  })

  it.each([
    ['nobody', 'error from server (NotFound): pods "nobody" not found in namespace "default"'],
    ['web-1 -c x', 'container x is not valid for pod web-1 out of: nginx'],
    ['web-1 x', 'container x is not valid for pod web-1 out of: nginx'],
    ['web-1 nginx -c nginx', 'only one of -c or an inline [CONTAINER] arg is allowed'],
    ['web-1 -c nginx --all-containers', '--all-containers=true should not be specified with container name nginx'],
    ['web-1 -l app=web', "only a selector (-l) or a POD name is allowed\nSee 'kubectl logs -h' for help and examples"],
    ['web-1 --tail=-2', '--tail must be greater than or equal to -1'],
    [
      'web-1 --since=1m --since-time=2026-01-01T00:00:00Z',
      'at most one of `sinceTime` or `sinceSeconds` may be specified',
    ],
    [
      'svc/kubernetes',
      "cannot get the logs from *v1.Service: invalid service 'kubernetes': Service is defined without a selector",
    ],
    ['node/node1', 'cannot get the logs from *v1.Node: selector for *v1.Node not implemented'],
    [
      '-f -l app=web --all-containers --max-log-requests=1',
      'you are attempting to follow 4 log streams, but maximum allowed concurrency is 1, use --max-log-requests to increase the limit',
    ],
  ])('logs %s', (words, complaint) => {
    const cluster = withPod('a', 'node1', { running: { startedAt: '2026-01-01T00:00:02Z' } })
    expect(said(cluster, `kubectl logs ${words}`)).toEqual({ stdout: '', stderr: `error: ${complaint}\n`, exit: 1 })
  })
})

describe('kubectl exec', () => {
  it.each([
    [
      'web-1 ls',
      "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
    ],
    ['web-1 -c x -- ls', 'Error from server (BadRequest): container x is not valid for pod web-1\n'],
    ['node/node1 -- ls', 'error: cannot attach to *v1.Node: selector for *v1.Node not implemented\n'],
    ['nobody -- ls', 'Error from server (NotFound): pods "nobody" not found\n'],
  ])('exec %s', (words, stderr) => {
    expect(said(testCluster(), `kubectl exec ${words}`)).toEqual({ stdout: '', stderr, exit: 1 })
  })
})
