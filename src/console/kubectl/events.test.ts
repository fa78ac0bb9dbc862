import { describe, expect, it } from 'vitest'
import type { Event } from '../../core/api/kinds/types.ts'
import { type TestCluster, testCluster } from '../testing/cluster.ts'

const event = (name: string, more: Partial<Event>): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default' },
  involvedObject: { kind: 'Pod', apiVersion: 'v1', namespace: 'default', name: 'web-1' },
  firstTimestamp: '2026-01-01T00:00:01Z',
  lastTimestamp: '2026-01-01T00:00:01Z',
  source: { component: 'kubelet' },
  ...more,
})

function withEvents(): TestCluster {
  const cluster = testCluster()
  const again = { count: 3, lastTimestamp: '2026-01-01T00:00:08Z', type: 'Warning', reason: 'Unhealthy' } as const
  const of = { kind: 'Pod', apiVersion: 'v1', namespace: 'default', name: 'web-1', fieldPath: 'spec.containers{nginx}' }
  const about = { kind: 'Node', apiVersion: 'v1', name: 'node1' }
  for (const each of [
    event('a', { ...again, involvedObject: of, message: 'Readiness probe failed: x' }),
    event('b', { type: 'Normal', reason: 'Scheduled', message: 'Successfully assigned default/web-1 to node1' }),
    event('c', { type: 'Normal', reason: 'NodeReady', message: 'ready', involvedObject: about }),
  ])
    expect(cluster.api.create(each, 'kubelet@node1').ok).toBe(true)
  return cluster
}

describe('kubectl events', () => {
  it('the oldest first, with how often and since when', () => {
    expect(withEvents().run('kubectl events').stdout).toBe(
      'LAST SEEN         TYPE      REASON      OBJECT       MESSAGE\n' +
        '9s                Normal    Scheduled   Pod/web-1    Successfully assigned default/web-1 to node1\n' +
        '9s                Normal    NodeReady   Node/node1   ready\n' +
        '2s (x3 over 9s)   Warning   Unhealthy   Pod/web-1    Readiness probe failed: x\n',
    )
  })

  it('of one object, of one type', () => {
    const names = (line: string): string => withEvents().run(`kubectl events ${line} --no-headers`).stdout
    expect(names('--for node/node1')).toBe('9s    Normal   NodeReady   Node/node1   ready\n')
    expect(names('--types=warning -A')).toBe(
      'default   2s (x3 over 9s)   Warning   Unhealthy   Pod/web-1   Readiness probe failed: x\n',
    )
    expect(withEvents().run('kubectl events --types=Odd').stderr).toBe('error: valid --types are Normal or Warning\n')
    expect(withEvents().run('kubectl events -n x').stderr).toBe('No events found in x namespace.\n')
    expect(withEvents().run('kubectl events --for web-1').stderr).toBe('error: --for must be in resource/name form\n')
  })

  it('describe names the container', () => {
    expect(withEvents().run('kubectl describe pod web-1').stdout).toContain(
      '  Warning  Unhealthy  2s (x3 over 9s)  kubelet  spec.containers{nginx}: Readiness probe failed: x\n',
    )
  })
})
