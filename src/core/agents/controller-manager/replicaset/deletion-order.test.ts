import { expect, it } from 'vitest'
import type { Pod } from '../../../api/kinds/types.ts'
import { inDeletionOrder } from './deletion-order.ts'

interface Look {
  readonly node?: string
  readonly phase?: 'Pending' | 'Running'
  readonly ready?: string
  readonly cost?: string
  readonly restarts?: number
  readonly created?: string
}

const pod = (name: string, look: Look = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    creationTimestamp: look.created ?? '2026-01-01T00:00:00Z',
    ...(look.cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': look.cost } }),
  },
  spec: { containers: [], nodeName: look.node ?? '' },
  status: {
    phase: look.phase ?? 'Running',
    conditions: [
      { type: 'Ready', status: look.ready === undefined ? 'False' : 'True', lastTransitionTime: look.ready },
    ],
    containerStatuses: [{ name: 'c', ready: true, restartCount: look.restarts ?? 0, image: '', imageID: '' }],
  },
})
const first = (a: Look, b: Look, related: readonly Pod[] = []): string =>
  inDeletionOrder([pod('b', b), pod('a', a)], related)[0]!.metadata.name
const up: Look = { node: 'n', ready: '2026-01-01T00:00:00Z' }

it.each([
  ['without a node', {}, { node: 'n', phase: 'Pending' }],
  ['Pending before Running', { node: 'n', phase: 'Pending' }, { node: 'n' }],
  ['not ready before ready', { node: 'n' }, up],
  ['cheaper first', { ...up, cost: '-1' }, up],
  ['ready for a shorter time', { ...up, ready: '2026-01-01T00:05:00Z' }, up],
  ['more restarts', { ...up, restarts: 3 }, up],
  ['younger', { ...up, created: '2026-01-01T00:05:00Z' }, up],
  ['by name, when nothing else tells them apart', up, up],
] as const)('%s', (_why, a, b) => expect(first(a, b)).toBe('a'))

it('from the node that has more', () => {
  const related = [pod('x', { node: 'full' }), pod('y', { node: 'full' }), pod('z', { node: 'n' })]
  expect(first({ ...up, node: 'full' }, up, related)).toBe('a')
})
