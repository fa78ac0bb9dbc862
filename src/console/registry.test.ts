import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completeLine } from './complete.ts'
import { testCluster } from './testing/cluster.ts'
import { flannelNode } from './testing/flannel-nodes.ts'
import { interruptFollower, pollFollower } from './follow/poll.ts'
import { commandNames, hasCommand, runCommand } from './registry.ts'
import type { ConsolePlace } from './types.ts'
import { VERBS } from './kubectl/kubectl.ts'

describe('which tools are where', () => {
  const pod = (image: string): ConsolePlace => ({ kind: 'pod', netns: 1, host: 'node1', hostname: 'p', fs: 'c', image })

  it('is said by the image', () => {
    expect(hasCommand(pod('nicolaka/netshoot:v0.13'), 'tcpdump')).toBe(true)
    expect(hasCommand(pod('docker.io/library/busybox:1.37'), 'ip')).toBe(true)
    expect(hasCommand(pod('busybox'), 'tcpdump')).toBe(false)
    expect(hasCommand(pod('nginx:1.29'), 'ip')).toBe(false)
    expect(hasCommand(pod('somebody/unknown'), 'kubectl')).toBe(true)
  })

  it('and an absent one is not found', () => {
    const { env } = flannelNode()
    expect(runCommand(env, pod('nginx'), ['ip', 'addr'])).toEqual({
      kind: 'done',
      stdout: '',
      stderr: 'sh: 1: ip: not found\n',
      exit: 127,
    })
    expect(runCommand(env, pod('nginx'), ['curl', 'http://web'])).toBeNull()
    const { env: cluster, place } = testCluster()
    expect(runCommand({ ...cluster, api: null }, place, ['kubectl', 'get', 'pods'])).toMatchObject({
      stderr: 'The connection to the server localhost:8080 was refused - did you specify the right host or port?\n',
    })
  })
})

describe('completion', () => {
  const { env, place } = testCluster()
  const complete = (line: string): readonly string[] => completeLine(env, place, line, ['ping', 'curl']).candidates

  it('offers commands, verbs, types, names, flags and devices', () => {
    expect(complete('ku')).toEqual(['kubectl'])
    expect(complete('pi')).toEqual(['ping'])
    expect(complete('kubectl de')).toEqual(['delete', 'describe'])
    expect(complete('kubectl get dep')).toEqual(['deploy', 'deployments'])
    expect(complete('kubectl get pods w')).toEqual(['web-1'])
    expect(complete('kubectl get pod/w')).toEqual(['pod/web-1'])
    expect(complete('kubectl -n kube-')).toEqual(['kube-node-lease', 'kube-public', 'kube-system'])
    expect(complete('kubectl get pods -n kube-system w')).toEqual([])
    expect(complete('kubectl get --show')).toEqual(['--show-kind', '--show-labels', '--show-managed-fields'])
    expect(complete('kubectl exec ')).toEqual(['web-1'])
    expect(complete('kubectl logs web-1 -c ')).toEqual(['nginx'])
    expect(complete('ip addr show dev ')).toEqual(['lo'])
    expect(complete('kubectl get pods | ip ro')).toEqual(['route'])
  })

  it('says where the word begins', () => {
    expect(completeLine(env, place, 'ip route get').from).toBe('ip route '.length)
    expect(completeLine(env, place, 'ip ').from).toBe(3)
  })
})

const words = fc.constantFrom(
  ...[
    'show',
    'add',
    'del',
    'replace',
    'get',
    'set',
    'flush',
    'dev',
    'via',
    'lo',
    'eth0',
    'cni0',
    'flannel.1',
    'table',
    'local',
    'all',
    'main',
  ],
  ...[
    '10.244.1.0/24',
    '10.0.0.1',
    'default',
    '0/0',
    'from',
    'iif',
    'lladdr',
    '02:00:00:00:00:01',
    'nexthop',
    'type',
    'veth',
    'bridge',
    'peer',
  ],
  ...[
    '-n',
    '-o',
    '-A',
    '-c',
    '-i',
    '-t',
    '-d',
    '-s',
    '-br',
    '-4',
    '-j',
    '-p',
    '--',
    '-',
    '--for=delete',
    '-l',
    'app=web',
    '-o=yaml',
    '-f',
    '-w',
  ],
  ...[
    'pods',
    'svc',
    'web',
    'web-1',
    'pod/web-1',
    'nodes',
    'node1',
    'deploy/web',
    'all',
    'foo',
    'k=v:NoSchedule',
    'a-',
    '--replicas=2',
    '--image=x',
  ],
  ...[
    'nat',
    'filter',
    'INPUT',
    '-j',
    'ACCEPT',
    '-L',
    '-S',
    '-D',
    '1',
    'tcp',
    'udp',
    'port',
    '80',
    'host',
    'and',
    'not',
    '(',
    ')',
    'net.ipv4.ip_forward=1',
  ],
)
const word = fc.oneof({ weight: 8, arbitrary: words }, { weight: 1, arbitrary: fc.string({ maxLength: 12 }) })
const command = fc.oneof(fc.constantFrom(...commandNames), fc.constantFrom('ip', 'kubectl', 'iptables', 'tcpdump'))
const verb = fc.oneof(
  fc.constantFrom(...Object.keys(VERBS), 'addr', 'link', 'route', 'rule', 'neigh', 'netns', 'fdb', 'list', '-L', '-A'),
  word,
)

describe('any command line', () => {
  it('has an answer, and never fails inside', () => {
    const cluster = testCluster()
    const { env: network, n1 } = flannelNode()
    fc.assert(
      fc.property(
        command,
        verb,
        fc.array(word, { maxLength: 8 }),
        fc.string({ maxLength: 40 }),
        (name, first, rest, stdin) => {
          const argv = [name, first, ...rest]
          for (const [env, place] of [
            [cluster.env, cluster.place],
            [network, n1],
          ] as const) {
            const result = runCommand(env, place, argv, stdin)
            expect(result).not.toBeNull()
            if (result?.kind === 'done') expect(Number.isInteger(result.exit)).toBe(true)
            else if (result?.kind === 'follow') {
              pollFollower(env, result.follower)
              interruptFollower(env, result.follower)
            }
            completeLine(env, place, argv.join(' '))
          }
        },
      ),
      { numRuns: 600 },
    )
  })
})
