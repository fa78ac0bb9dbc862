import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { compareKeys } from '../../../base/order.ts'
import { SEC } from '../../../base/time.ts'
import type { Endpoint, EndpointSlice, Endpoints, Node, Pod, Service } from '../../../api/kinds/types.ts'
import { Cluster, deployment, must, nameOf, podSpec, setReady } from '../../../testkit/fake-cluster.ts'
import { podEndpoint } from './endpoint.ts'
import { MAX_ENDPOINTS, type PortGroup, planSlices } from './reconcile.ts'

const service = (spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', labels: { team: 'shop' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
})

const pod = (ready: boolean, terminating: boolean): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    namespace: 'default',
    uid: 'u',
    ...(terminating && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  },
  spec: podSpec(),
  status: { phase: 'Running', podIP: '10.244.1.2', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

describe('conditions of an endpoint', () => {
  it.each([
    [true, false, false, { ready: true, serving: true, terminating: false }],
    [false, false, false, { ready: false, serving: false, terminating: false }],
    [true, true, false, { ready: false, serving: true, terminating: true }],
    [false, true, false, { ready: false, serving: false, terminating: true }],
    [false, false, true, { ready: true, serving: false, terminating: false }],
    [true, true, true, { ready: true, serving: true, terminating: true }],
  ])('ready %s, terminating %s, publishNotReadyAddresses %s', (ready, terminating, publish, conditions) => {
    const endpoint = podEndpoint(pod(ready, terminating), service({ publishNotReadyAddresses: publish }), undefined)
    expect(endpoint.conditions).toEqual(conditions)
  })
})

describe('hints of an endpoint', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node1', labels: { 'topology.kubernetes.io/zone': 'z1' } },
  }
  const here: Pod = { ...pod(true, false), spec: podSpec('nginx', { nodeName: 'node1' }) }
  it.each([
    [undefined, here, undefined],
    ['PreferClose', here, { forZones: [{ name: 'z1' }] }],
    ['PreferSameZone', here, { forZones: [{ name: 'z1' }] }],
    ['PreferSameNode', here, { forZones: [{ name: 'z1' }], forNodes: [{ name: 'node1' }] }],
    ['PreferSameNode', { ...pod(false, false), spec: here.spec }, undefined],
  ])('%s', (trafficDistribution, of, hints) => {
    const asked = service(trafficDistribution === undefined ? {} : { trafficDistribution })
    expect(podEndpoint(of, asked, node).hints).toEqual(hints)
  })
})

describe('the plan', () => {
  const endpoint = (i: number): Endpoint => ({ addresses: [`10.0.${i >> 8}.${i & 255}`], targetRef: { uid: `u${i}` } })
  const group = (ids: readonly number[]): PortGroup => ({
    ports: [{ name: '', port: 80, protocol: 'TCP' }],
    endpoints: ids.map(endpoint),
  })
  const asSlice = (g: PortGroup, n: number): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `s${n}` },
    addressType: 'IPv4',
    ...g,
  })
  const apply = (existing: readonly EndpointSlice[], groups: readonly PortGroup[]): EndpointSlice[] => {
    const plan = planSlices(existing, groups)
    const updated = new Map(plan.update.map((s) => [s.metadata.name, s]))
    const kept = existing.filter((s) => !plan.remove.includes(s)).map((s) => updated.get(s.metadata.name) ?? s)
    return [...kept, ...plan.create.map((g, i) => asSlice(g, 1000 + existing.length + i))]
  }

  it('fills slices of at most 100', () => {
    const slices = apply([], [group(Array.from({ length: 250 }, (_, i) => i))])
    expect(slices.map((s) => s.endpoints.length)).toEqual([100, 100, 50])
  })

  it('of nothing is one empty slice without ports', () => {
    const slices = apply([], [])
    expect(slices).toHaveLength(1)
    expect(slices[0]).toMatchObject({ endpoints: [], ports: [] })
    expect(planSlices(slices, [])).toEqual({ create: [], update: [], remove: [] })
  })

  it('keeps the slice when its endpoints go, and when its ports change', () => {
    const slices = apply([], [group([1, 2])])
    const gone = planSlices(slices, [])
    expect(gone).toMatchObject({
      create: [],
      update: [{ metadata: slices[0]!.metadata, endpoints: [], ports: [] }],
      remove: [],
    })
    const other = { ...group([3]), ports: [{ name: '', port: 81, protocol: 'TCP' as const }] }
    expect(planSlices(gone.update, [other])).toMatchObject({
      create: [],
      update: [{ metadata: slices[0]!.metadata, ...other }],
      remove: [],
    })
  })

  it('always ends with exactly the wanted endpoints, in slices that are not too large, and then rests', () => {
    const ids = fc.uniqueArray(fc.nat(400), { maxLength: 300 })
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1, maxLength: 5 }), (steps) => {
        let slices: EndpointSlice[] = []
        for (const step of steps) {
          const groups = step.length > 0 ? [group(step)] : []
          slices = apply(slices, groups)
          const have = slices.flatMap((s) => s.endpoints.map((e) => e.targetRef!.uid!)).sort(compareKeys)
          expect(have).toEqual(step.map((i) => `u${i}`).sort())
          expect(Math.max(...slices.map((s) => s.endpoints.length))).toBeLessThanOrEqual(MAX_ENDPOINTS)
          expect(slices.length).toBeGreaterThan(0)
          expect(planSlices(slices, groups)).toEqual({ create: [], update: [], remove: [] })
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('in a cluster', () => {
  const settled = (cluster: Cluster): Cluster => {
    for (let i = 0; i < 10; i++) cluster.settle().bindAll()
    return cluster.settle()
  }
  const slices = (cluster: Cluster): readonly EndpointSlice[] =>
    cluster.api.ofKind<EndpointSlice>('EndpointSlice', 'default').filter((s) => s.metadata.name !== 'kubernetes')

  it('a Service has a slice with labels and owner, and the same as Endpoints', () => {
    const cluster = new Cluster().boot()
    must(cluster.api.create(deployment('web', 2), 'you'))
    must(cluster.api.create(service({ ports: [{ port: 80, targetPort: 'http' }] }), 'you'))
    settled(cluster)
    const [slice] = slices(cluster)
    expect(slice!.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(slice!.metadata.labels).toEqual({
      team: 'shop',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    })
    expect(slice!.metadata.ownerReferences).toMatchObject([{ kind: 'Service', name: 'web', controller: true }])
    expect(slice!.ports).toEqual([{ name: '', port: 80, protocol: 'TCP' }])
    expect(slice!.endpoints.map((e) => e.nodeName!).sort(compareKeys)).toEqual(['node1', 'node2'])
    const endpoints = cluster.api.peek<Endpoints>('Endpoints/default/web')!
    expect(endpoints.subsets?.[0]?.addresses?.map((a) => a.ip).sort()).toEqual(
      slice!.endpoints.map((e) => e.addresses[0]!).sort(compareKeys),
    )
    expect(endpoints.subsets?.[0]?.ports).toEqual([{ port: 80, protocol: 'TCP' }])
  })

  it('follows readiness and termination', () => {
    const cluster = new Cluster({ stopTime: 10 * SEC }).boot()
    must(cluster.api.create(deployment('web', 1), 'you'))
    must(cluster.api.create(service(), 'you'))
    settled(cluster)
    const [only] = cluster.pods('web')
    setReady(cluster, only!, false)
    cluster.settle()
    expect(slices(cluster)[0]!.endpoints[0]!.conditions).toEqual({ ready: false, serving: false, terminating: false })
    expect(cluster.api.peek<Endpoints>('Endpoints/default/web')?.subsets?.[0]?.notReadyAddresses).toHaveLength(1)
    setReady(cluster, cluster.api.peek<Pod>(`Pod/default/${nameOf(only!)}`)!, true)
    must(cluster.api.delete(`Pod/default/${nameOf(only!)}`, 'you'))
    cluster.run(SEC)
    expect(slices(cluster)[0]!.endpoints[0]!.conditions).toEqual({ ready: false, serving: true, terminating: true })
    expect(cluster.api.peek<Endpoints>('Endpoints/default/web')?.subsets).toBeUndefined()
    must(cluster.api.patch('Deployment/default/web', { spec: { replicas: 0 } }, 'you'))
    cluster.run(20 * SEC)
    expect(slices(cluster)).toHaveLength(1)
    expect(slices(cluster)[0]!.endpoints).toEqual([])
  })

  it('pods that give a name to different ports are in different slices', () => {
    const cluster = new Cluster().boot()
    const port = (containerPort: number): Pod['spec'] => ({
      containers: [{ name: 'c', image: 'x', ports: [{ name: 'http', containerPort }] }],
    })
    for (const [name, number] of [
      ['a', 80],
      ['b', 8080],
      ['c', 80],
    ] as const) {
      must(
        cluster.api.create<Pod>(
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name, namespace: 'default', labels: { app: 'web' } },
            spec: port(number),
          },
          'you',
        ),
      )
    }
    must(cluster.api.create(service({ ports: [{ port: 80, targetPort: 'http' }] }), 'you'))
    settled(cluster)
    expect(
      slices(cluster)
        .map(
          (s) =>
            `${s.ports?.[0]?.port}: ${s.endpoints
              .map((e) => e.targetRef!.name!)
              .sort(compareKeys)
              .join(' ')}`,
        )
        .sort(),
    ).toEqual(['8080: b', '80: a c'])
  })

  it('a headless Service says so, one without a selector has none, and a deleted one takes its slices along', () => {
    const cluster = new Cluster().boot()
    must(cluster.api.create(service({ clusterIP: 'None' }), 'you'))
    must(
      cluster.api.create(
        { ...service({ selector: undefined }), metadata: { name: 'manual', namespace: 'default' } },
        'you',
      ),
    )
    settled(cluster)
    expect(slices(cluster).map((s) => s.metadata.labels?.['kubernetes.io/service-name'])).toEqual(['web'])
    expect(slices(cluster)[0]!.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '')
    must(cluster.api.delete('Service/default/web', 'you'))
    settled(cluster)
    expect(slices(cluster)).toEqual([])
    expect(cluster.api.peek('Endpoints/default/web')).toBeUndefined()
  })
  it('Endpoints that a person wrote are mirrored', () => {
    const cluster = new Cluster().boot()
    must(
      cluster.api.create(
        { ...service({ selector: undefined }), metadata: { name: 'db', namespace: 'default' } },
        'you',
      ),
    )
    const endpoints: Endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'db', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '192.168.10.99' }], ports: [{ port: 5432 }] }],
    }
    must(cluster.api.create(endpoints, 'you'))
    cluster.settle()
    expect(slices(cluster)).toMatchObject([
      { endpoints: [{ addresses: ['192.168.10.99'], conditions: { ready: true } }], ports: [{ port: 5432 }] },
    ])
    must(cluster.api.delete('Endpoints/default/db', 'you'))
    cluster.settle()
    expect(slices(cluster)).toEqual([])
  })
})
