import { describe, expect, it } from 'vitest'
import { cidr } from '../../base/cidr.ts'
import { ipv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { Sim, eventKind } from '../../sim/sim.ts'
import { Trace } from '../../trace/trace.ts'
import { World } from '../../world/world.ts'
import type { ApiObject, ConfigMap, Deployment, Node, Pod, Service } from '../kinds/types.ts'
import { ApiServer } from './store.ts'
import type { ApiError, WatchNotice } from './types.ts'

interface Lab {
  readonly world: World
  readonly sim: Sim
  readonly trace: Trace
  readonly api: ApiServer
}

function lab(seed = 1, serviceCIDR = '10.96.0.0/12'): Lab {
  const world = new World(seed)
  const trace = new Trace(world)
  const sim = new Sim(world, trace)
  const api = new ApiServer(world, sim, trace, {
    serviceCIDR: cidr(serviceCIDR),
    advertiseAddress: ipv4('192.168.10.10'),
  })
  api.start()
  must(
    api.create(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } },
      'test',
    ),
  )
  return { world, sim, trace, api }
}

function must<T>(result: { ok: true; value: T } | { ok: false; error: ApiError }): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

function problem(result: { ok: true; value: unknown } | { ok: false; error: ApiError }): string {
  if (result.ok) throw new Error('accepted')
  return `${result.error.code} ${result.error.message}`
}

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
})
const pod = (name: string, extra: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'nginx' }], ...extra },
})
const service = (name: string, spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ port: 80 }], selector: { app: name }, ...spec },
})

describe('create', () => {
  it('sets what only the server may set, and leaves a cause and a trace record', () => {
    const { api, world, trace } = lab()
    const made = must(api.create(configMap('a', { x: '1' }), 'you'))
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(made.metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z')
    const entry = api.tables.objects.entry('ConfigMap/default/a')!
    expect(world.causes.get(entry.cause)).toEqual({
      parent: 0,
      actor: 'you',
      verb: 'create',
      ref: 'ConfigMap/default/a',
    })
    expect(entry.subject).toEqual(['ConfigMap/default/a'])
    expect(trace.details.at(-1)).toEqual({
      d: 'api',
      verb: 'create',
      ref: 'ConfigMap/default/a',
      actor: 'you',
      resourceVersion: made.metadata.resourceVersion,
    })
  })

  it('answers in the words of the API server', () => {
    const { api } = lab()
    must(api.create(configMap('a'), 'you'))
    expect(problem(api.create(configMap('a'), 'you'))).toBe('409 configmaps "a" already exists')
    expect(problem(api.get('Pod/default/x'))).toBe('404 pods "x" not found')
    expect(problem(api.get('Deployment/default/x'))).toBe('404 deployments.apps "x" not found')
    expect(problem(api.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'nope' } }, 'you'))).toBe(
      '404 namespaces "nope" not found',
    )
    expect(problem(api.create(pod('p', { serviceAccountName: 'robot' }), 'you'))).toBe(
      '403 pods "p" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
    )
    expect(problem(api.create(pod('p', { priorityClassName: 'vip' }), 'you'))).toBe(
      '403 pods "p" is forbidden: no PriorityClass with name vip was found',
    )
    expect(problem(api.create({ ...configMap('b'), foo: 1 }, 'you', { fieldValidation: 'Strict' }))).toContain(
      'unknown field "foo"',
    )
  })

  it('generates names of five letters that a name generator may use', () => {
    const { api } = lab()
    for (let i = 0; i < 50; i++) {
      const { metadata, ...rest } = configMap('')
      const made = must(api.create({ ...rest, metadata: { ...metadata, generateName: 'web-' } }, 'you'))
      expect(made.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    }
  })

  it('is the same under the same seed, and different under another', () => {
    const uid = (seed: number): string => must(lab(seed).api.get('Namespace/default')).metadata.uid!
    expect(uid(1)).toBe(uid(1))
    expect(uid(1)).not.toBe(uid(2))
  })

  it('admits pods: service account, priority, tolerations, phase', () => {
    const made = must(lab().api.create(pod('p', { priorityClassName: 'system-node-critical' }), 'you'))
    expect(made.spec.serviceAccountName).toBe('default')
    expect(made.spec.priority).toBe(2000001000)
    expect(made.spec.tolerations?.map((t) => `${t.key} ${t.effect} ${t.tolerationSeconds}`)).toEqual([
      'node.kubernetes.io/not-ready NoExecute 300',
      'node.kubernetes.io/unreachable NoExecute 300',
    ])
    expect(made.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
    expect(made.metadata.generation).toBe(1)
  })

  it('dry run changes nothing', () => {
    const { api, world } = lab()
    must(api.create(service('web'), 'you', { dryRun: true }))
    expect(api.peek('Service/default/web')).toBeUndefined()
    expect(world.table('clusterIP')!.size).toBe(1)
  })
})

describe('update', () => {
  it('counts generations for what is wanted, not for labels or status; an equal update is no write', () => {
    const { api } = lab()
    const template = { metadata: { labels: { app: 'w' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
    const made = must(
      api.create<Deployment>(
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'w', namespace: 'default' },
          spec: { selector: { matchLabels: { app: 'w' } }, template },
        },
        'you',
      ),
    )
    expect(made.metadata.generation).toBe(1)
    const labelled = must(api.update({ ...made, metadata: { ...made.metadata, labels: { a: 'b' } } }, 'you'))
    expect(labelled.metadata.generation).toBe(1)
    expect(labelled.metadata.resourceVersion).not.toBe(made.metadata.resourceVersion)
    const same = must(api.update(labelled, 'you'))
    expect(same.metadata.resourceVersion).toBe(labelled.metadata.resourceVersion)
    const scaled = must(api.patch<Deployment>('Deployment/default/w', { spec: { replicas: 3 } }, 'you'))
    expect(scaled.metadata.generation).toBe(2)
    const reported = must(api.updateStatus({ ...scaled, spec: made.spec, status: { replicas: 1 } }, 'you'))
    expect(reported.spec.replicas).toBe(3)
    expect(reported.metadata.generation).toBe(2)
    expect(must(api.update({ ...reported, status: { replicas: 9 } }, 'you')).status).toEqual({ replicas: 1 })
  })

  it('refuses a stale resourceVersion', () => {
    const { api } = lab()
    const made = must(api.create(configMap('a'), 'you'))
    must(api.update({ ...made, data: { x: '1' } }, 'you'))
    expect(problem(api.update({ ...made, data: { x: '2' } }, 'you'))).toBe(
      '409 Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    )
  })
})

describe('delete', () => {
  it('removes a pod without a node at once, and waits for the kubelet of one that has a node', () => {
    const { api, sim } = lab()
    must(api.create(pod('a'), 'you'))
    must(api.delete('Pod/default/a', 'you'))
    expect(api.peek('Pod/default/a')).toBeUndefined()
    must(api.create(pod('b', { nodeName: 'node1' }), 'you'))
    sim.runUntil(2 * SEC)
    const dying = must(api.delete('Pod/default/b', 'you'))
    expect(dying.metadata.deletionTimestamp).toBe('2026-01-01T00:00:32Z')
    expect(dying.metadata.deletionGracePeriodSeconds).toBe(30)
    expect(dying.metadata.generation).toBe(2)
    must(api.delete('Pod/default/b', 'kubelet', { gracePeriodSeconds: 0 }))
    expect(api.peek('Pod/default/b')).toBeUndefined()
  })

  it('waits for finalizers', () => {
    const { api } = lab()
    const made = must(
      api.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'default', finalizers: ['x/y'] } }, 'you'),
    )
    must(api.delete('ConfigMap/default/a', 'you'))
    expect(api.peek('ConfigMap/default/a')?.metadata.deletionTimestamp).toBeDefined()
    must(api.patch('ConfigMap/default/a', { metadata: { finalizers: null } }, 'you'))
    expect(api.peek('ConfigMap/default/a')).toBeUndefined()
    expect(made.metadata.finalizers).toEqual(['x/y'])
    expect(problem(api.delete('ConfigMap/default/a', 'you'))).toBe('404 configmaps "a" not found')
  })

  it('makes a namespace terminate, and refuses new content', () => {
    const { api } = lab()
    must(api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, 'you'))
    must(api.delete('Namespace/shop', 'you'))
    expect(api.peek('Namespace/shop')?.['status']).toMatchObject({ phase: 'Terminating' })
    expect(problem(api.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'shop' } }, 'you'))).toBe(
      '403 configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
    )
  })
})

describe('Service addresses and ports', () => {
  it('the API server has the first address', () => {
    const { api } = lab()
    expect(api.peek<Service>('Service/default/kubernetes')?.spec).toMatchObject({
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    })
  })

  it('keeps random addresses out of the static band until nothing else is left', () => {
    const { api } = lab(1, '10.0.0.0/24')
    const last = (i: number): number => Number(must(api.create(service(`s${i}`), 'you')).spec.clusterIP!.split('.')[3])
    const first = Array.from({ length: 239 }, (_, i) => last(i))
    expect(Math.min(...first)).toBe(16)
    expect(Math.max(...first)).toBe(254)
    expect(last(1000)).toBeLessThan(16)
    for (let i = 0; i < 13; i++) last(2000 + i)
    expect(problem(api.create(service('full'), 'you'))).toContain('range is full')
  })

  it('honours requests, and tells conflicts as the allocator does', () => {
    const { api } = lab()
    expect(must(api.create(service('dns', { clusterIP: '10.96.0.10' }), 'you')).spec.clusterIP).toBe('10.96.0.10')
    expect(problem(api.create(service('b', { clusterIP: '10.96.0.10' }), 'you'))).toBe(
      '422 Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
    )
    expect(problem(api.create(service('b', { clusterIP: '10.1.0.10' }), 'you'))).toContain(
      'the provided IP (10.1.0.10) is not in the valid range. The range of valid IPs is 10.96.0.0/12',
    )
    const nodePort = (name: string, port: number): Service =>
      service(name, { type: 'NodePort', ports: [{ port: 80, nodePort: port }] })
    must(api.create(nodePort('np', 30080), 'you'))
    expect(problem(api.create(nodePort('np2', 30080), 'you'))).toBe(
      '422 Service "np2" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    )
    expect(problem(api.create(nodePort('np2', 80), 'you'))).toBe(
      '422 Service "np2" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    )
    must(api.delete('Service/default/dns', 'you'))
    must(api.create(service('b', { clusterIP: '10.96.0.10' }), 'you'))
  })

  it('a refused Service holds nothing', () => {
    const { api, world } = lab()
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, nodePort: 99 },
    ]
    problem(api.create(service('x', { type: 'NodePort', ports }), 'you'))
    expect(world.table('nodePort')!.size).toBe(0)
    expect(world.table('clusterIP')!.size).toBe(1)
  })

  it('an update keeps what was allocated, and frees what the new type does not need', () => {
    const { api, world } = lab()
    const made = must(api.create(service('web', { type: 'NodePort' }), 'you'))
    const port = made.spec.ports![0]!.nodePort!
    expect(port).toBeGreaterThanOrEqual(30086)
    const again = must(api.update(service('web', { type: 'NodePort' }), 'you'))
    expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
    const plain = must(api.update(service('web', { type: 'ClusterIP' }), 'you'))
    expect(plain.spec.clusterIP).toBe(made.spec.clusterIP)
    expect(plain.spec.ports![0]!.nodePort).toBeUndefined()
    expect(world.table('nodePort')!.size).toBe(0)
    must(
      api.update(
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web', namespace: 'default' },
          spec: { type: 'ExternalName', externalName: 'example.com' },
        },
        'you',
      ),
    )
    expect(world.table('clusterIP')!.size).toBe(1)
  })

  it('a load balancer without node ports still has the port of its health checks, and those it asks for', () => {
    const made = must(
      lab().api.create(
        service('lb', {
          type: 'LoadBalancer',
          externalTrafficPolicy: 'Local',
          allocateLoadBalancerNodePorts: false,
          ports: [{ port: 80 }, { name: 'b', port: 81, nodePort: 30081 }].map((p, i) => ({ name: `p${i}`, ...p })),
        }),
        'you',
      ),
    )
    expect(made.spec.ports!.map((port) => port.nodePort)).toEqual([undefined, 30081])
    expect(made.spec.healthCheckNodePort).toBeGreaterThanOrEqual(30000)
  })

  it('another type lets go of what the former one had', () => {
    const { api } = lab()
    must(api.create(service('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }), 'you'))
    const become = (spec: object): Service['spec'] =>
      must(api.patch<Service>('Service/default/a', { spec }, 'you')).spec
    const before = must(api.get<Service>('Service/default/a')).spec
    const inside = become({ type: 'ClusterIP' })
    expect(inside.ports).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }])
    expect(inside).toMatchObject({ clusterIP: before.clusterIP })
    for (const field of ['externalTrafficPolicy', 'healthCheckNodePort', 'allocateLoadBalancerNodePorts'])
      expect(inside).not.toHaveProperty(field)
    const outside = become({ type: 'ExternalName', externalName: 'example.com' })
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
      expect(outside).not.toHaveProperty(field)
    expect(become({ type: 'NodePort', externalName: null }).clusterIP).toMatch(/^10\./)
    expect(problem(api.patch('Service/default/a', { spec: { clusterIP: '10.96.7.7' } }, 'you'))).toBe(
      '422 Service "a" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.7.7"]: may not change once set',
    )
  })

  it('the addresses of a load balancer are VIPs unless they say otherwise', () => {
    const { api } = lab()
    must(api.create(service('a', { type: 'LoadBalancer' }), 'you'))
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2', ipMode: 'Proxy' }] } }
    const patched = must(api.patch<Service>('Service/default/a', { status }, 'you', { subresource: 'status' }))
    expect(patched.status?.loadBalancer?.ingress?.map(({ ipMode }) => ipMode)).toEqual(['VIP', 'Proxy'])
  })

  it('IPv6 is not configured', () => {
    expect(problem(lab().api.create(service('a', { ipFamilyPolicy: 'RequireDualStack' }), 'you'))).toBe(
      '422 Service "a" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    )
    expect(problem(lab().api.create(service('a', { ipFamilies: ['IPv6'] }), 'you'))).toBe(
      '422 Service "a" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    )
  })

  it('headless Services without a selector are of both families', () => {
    const { api } = lab()
    const { selector: _none, ...spec } = service('h', { clusterIP: 'None' }).spec
    expect(must(api.create({ ...service('h'), spec }, 'you')).spec).toMatchObject({
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    })
    expect(must(api.create(service('g', { clusterIP: 'None' }), 'you')).spec.ipFamilyPolicy).toBe('SingleStack')
  })

  it('headless Services need no address', () => {
    expect(must(lab().api.create(service('h', { clusterIP: 'None' }), 'you')).spec.clusterIPs).toEqual(['None'])
  })
})

it('the API server restores its own Service', () => {
  const { api, sim } = lab()
  must(api.delete('Service/default/kubernetes', 'you'))
  sim.runUntil(5 * SEC)
  expect(api.peek('Service/default/kubernetes')).toBeUndefined()
  sim.runUntil(11 * SEC)
  expect(api.peek<Service>('Service/default/kubernetes')?.spec.clusterIP).toBe('10.96.0.1')
})

it('the namespaces that every cluster has are not deleted', () => {
  const { api } = lab()
  for (const name of ['default', 'kube-system', 'kube-public'])
    expect(problem(api.delete(`Namespace/${name}`, 'you'))).toBe(
      `403 namespaces "${name}" is forbidden: this namespace may not be deleted`,
    )
  must(api.delete('Namespace/kube-node-lease', 'you'))
})

describe('watch', () => {
  it('sends what is there, then every change, a millisecond after the write and because of it', () => {
    const { api, sim, world } = lab()
    const seen: string[] = []
    const event = eventKind<WatchNotice>('test watch')
    sim.on(event, (notice) => {
      const cause = world.causes.get(world.cause)
      seen.push(`${sim.now} ${notice.type} ${notice.ref} ${cause ? cause.actor : '-'}`)
    })
    must(api.create(configMap('a'), 'you'))
    api.watch('ConfigMap', { actor: 'w', event })
    must(api.update({ ...configMap('a'), data: { x: '1' } }, 'me'))
    must(api.delete('ConfigMap/default/a', 'you'))
    sim.runUntilSettled(SEC)
    expect(seen).toEqual([
      '1000000 ADDED ConfigMap/default/a -',
      '1000000 MODIFIED ConfigMap/default/a me',
      '1000000 DELETED ConfigMap/default/a you',
    ])
  })

  it('lists by the fields that the kind can be listed by', () => {
    const { api } = lab()
    must(api.create(pod('a'), 'you'))
    const names = (fieldSelector: string): unknown => {
      const listed = api.list('Pod', { fieldSelector })
      return listed.ok ? listed.value.map((each) => each.metadata.name) : problem(listed)
    }
    expect(names('metadata.name=a')).toEqual(['a'])
    expect(names('spec.hostNetwork=false,metadata.namespace!=x')).toEqual(['a'])
    expect(names('spec.hostNetwork=true')).toEqual([])
    expect(names('foo=bar')).toBe(
      '400 Unable to find "/v1, Resource=pods" that match label selector "", field selector "foo=bar": field label not supported: foo',
    )
    expect(problem(api.list('Deployment', { fieldSelector: 'spec.replicas=1' }))).toBe(
      '400 Unable to find "apps/v1, Resource=deployments" that match label selector "", field selector "spec.replicas=1": "spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    )
    expect(problem(api.list('Pod', { fieldSelector: 'foo' }))).toBe(
      '400 invalid selector: "foo"; can\'t understand "foo"',
    )
  })

  it('with a field selector, objects come and go as they match', () => {
    const { api, sim } = lab()
    const seen: string[] = []
    const event = eventKind<WatchNotice>('kubelet')
    sim.on(event, (notice) => seen.push(`${notice.type} ${notice.ref}`))
    api.watch('Pod', { actor: 'kubelet@node1', event }, { fieldSelector: 'spec.nodeName=node1' })
    must(api.create(pod('a'), 'you'))
    must(api.create(pod('b'), 'you'))
    must(api.bind('Pod/default/a', 'node1', 'kube-scheduler'))
    must(api.bind('Pod/default/b', 'node2', 'kube-scheduler'))
    must(api.delete('Pod/default/a', 'you', { gracePeriodSeconds: 0 }))
    sim.runUntilSettled(SEC)
    expect(seen).toEqual(['ADDED Pod/default/a', 'DELETED Pod/default/a'])
    expect(problem(api.bind('Pod/default/b', 'node1', 'x'))).toBe(
      '409 Operation cannot be fulfilled on pods/binding "b": pod b is already assigned to node "node2"',
    )
  })
})

describe('patch', () => {
  it('apply removes what the same manager gave up, and leaves what others wrote', () => {
    const { api } = lab()
    const apply = (data: Record<string, string>): ApiObject =>
      must(api.patch('ConfigMap/default/a', configMap('a', data), 'you', { type: 'apply' }))
    apply({ x: '1', y: '2' })
    must(api.patch('ConfigMap/default/a', { data: { z: '3' } }, 'somebody else'))
    expect(apply({ x: '1' })['data']).toEqual({ x: '1', z: '3' })
  })

  it('apply finds an object that names no namespace', () => {
    const { api } = lab()
    const named: ApiObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: '1' } }
    must(api.patch('ConfigMap/a', named, 'you', { type: 'apply' }))
    const again = must(api.patch('ConfigMap/a', { ...named, data: { y: '1' } }, 'you', { type: 'apply' }))
    expect(again['data']).toEqual({ y: '1' })
    expect(again.metadata.namespace).toBe('default')
  })

  it('strategic merges lists by key', () => {
    const { api } = lab()
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n' },
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'DiskPressure', status: 'False' },
        ],
      },
    }
    must(api.create(node, 'kubelet'))
    const patched = must(
      api.patch<Node>('Node/n', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 'kubelet', {
        type: 'strategic',
        subresource: 'status',
      }),
    )
    expect(patched.status?.conditions).toEqual([
      { type: 'Ready', status: 'True' },
      { type: 'DiskPressure', status: 'False' },
    ])
  })
})

describe('time travel', () => {
  it('rewinding undoes writes, allocations and names; the same future follows', () => {
    const { api, sim, world } = lab()
    sim.runUntilSettled(SEC)
    sim.transact('start', 0, () => {})
    const position = world.journal.position
    const act = (): string => {
      const made = sim.transact('input', 0, () => must(api.create(service('web', { type: 'NodePort' }), 'you')))
      return JSON.stringify(made)
    }
    const first = act()
    const hash = world.hash()
    sim.seek(position)
    expect(api.peek('Service/default/web')).toBeUndefined()
    sim.fork()
    expect(act()).toBe(first)
    expect(world.hash()).toBe(hash)
  })
})
