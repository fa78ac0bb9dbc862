import { describe, expect, it } from 'vitest'
import { SEC } from '../../base/time.ts'
import type { Service } from '../../api/kinds/types.ts'
import { Cluster, deployment, must } from '../../testkit/fake-cluster.ts'
import { scheduler } from './scheduler.ts'

function started(seed: number): Cluster {
  const it = new Cluster({ seed })
  const kube = scheduler(it.api, it.queues)
  it.boot(['node1', 'node2', 'node3'])
  kube.start()
  it.settle()
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
  }
  it.sim.transact('input', 0, () => {
    must(it.api.create(service, 'you'))
    must(it.api.create(deployment('web', 5), 'you'))
    must(
      it.api.create(
        deployment('doomed', 2, {
          template: {
            metadata: { labels: { app: 'doomed' } },
            spec: { containers: [{ name: 'c', image: 'x' }], nodeSelector: { disk: 'ssd' } },
          },
        }),
        'you',
      ),
    )
  })
  return it
}

describe('the control plane', () => {
  it('keeps everything in rows: from any moment of its past, the same future follows', () => {
    const it = started(7)
    const first = it.sim.marks.length
    const end = it.sim.now + 70 * SEC
    it.sim.runUntil(end)
    const hash = it.world.hash()
    const events = it.sim.marks.length
    const records = it.trace.length
    expect(events - first).toBeGreaterThan(100)
    for (const share of [0.9, 0.5, 0.2, 0]) {
      const mark = it.sim.marks[first + Math.floor((events - first - 1) * share)]!
      it.sim.seek(mark.journal)
      it.sim.fork()
      it.sim.runUntil(end)
      expect(it.world.hash()).toBe(hash)
      expect(it.sim.marks.length).toBe(events)
      expect(it.trace.length).toBe(records)
    }
  })

  it('does the same in every run, and something else under another seed', () => {
    const hash = (seed: number): number => {
      const it = started(seed)
      it.settle()
      return it.world.hash()
    }
    expect(hash(3)).toBe(hash(3))
    expect(hash(3)).not.toBe(hash(4))
  })
})
