import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readYaml } from '../../../manifest/source.ts'
import { SEC } from '../../base/time.ts'
import type { ApiObject, Event, Node, Pod, Service } from '../kinds/types.ts'
import { humanDuration, simTimeOf } from './age.ts'
import { summarizePod } from './columns-pod.ts'
import { printCustomColumns } from './custom-columns.ts'
import { printTable } from './get.ts'
import { printJsonPath } from './jsonpath.ts'
import { printJson, printNames, printYaml, tablePrefix } from './serialize.ts'
import { toFlow, toYaml } from './yaml.ts'

/** As Kubernetes reads YAML. */
const read = (text: string): unknown => readYaml(text, { start: 0, end: text.length }).value

const now = 600 * SEC
const created = '2026-01-01T00:00:00Z'

const pod = (
  name: string,
  status: Pod['status'],
  more: Partial<Pod['spec']> = {},
  metadata: Partial<Pod['metadata']> = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', creationTimestamp: created, ...metadata },
  spec: { containers: [{ name: 'c', image: 'nginx' }], nodeName: 'node1', ...more },
  status,
})

const running = {
  name: 'c',
  image: 'nginx',
  imageID: '',
  ready: true,
  restartCount: 0,
  state: { running: { startedAt: created } },
}
const web1 = pod('web-5d4f-x1', { phase: 'Running', podIP: '10.244.1.2', containerStatuses: [running] })
const web2 = pod('web-2', {
  phase: 'Running',
  containerStatuses: [
    {
      ...running,
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:09:48Z' } },
    },
  ],
})

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', creationTimestamp: created, labels: { app: 'web' } },
  spec: {
    type: 'NodePort',
    clusterIP: '10.96.1.2',
    clusterIPs: ['10.96.1.2'],
    ports: [
      { port: 80, nodePort: 30080, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ],
    selector: { app: 'web' },
  },
}

describe('kubectl get', () => {
  it('prints pods', () => {
    expect(printTable('Pod', [web1, web2], { now })).toBe(
      'NAME          READY   STATUS             RESTARTS      AGE\n' +
        'web-5d4f-x1   1/1     Running            0             10m\n' +
        'web-2         0/1     CrashLoopBackOff   3 (12s ago)   10m\n',
    )
  })
  it('prints the wide columns and the namespace', () => {
    expect(printTable('Pod', [web1], { now, wide: true, showNamespace: true })).toBe(
      'NAMESPACE   NAME          READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
        'default     web-5d4f-x1   1/1     Running   0          10m   10.244.1.2   node1   <none>           <none>\n',
    )
  })
  it('prints services, with and without headers', () => {
    expect(printTable('Service', [service], { now })).toBe(
      'NAME   TYPE       CLUSTER-IP   EXTERNAL-IP   PORT(S)               AGE\n' +
        'web    NodePort   10.96.1.2    <none>        80:30080/TCP,53/UDP   10m\n',
    )
    expect(
      printTable('Service', [service], { now, noHeaders: true, namePrefix: tablePrefix('Service'), showLabels: true }),
    ).toBe('service/web   NodePort   10.96.1.2   <none>   80:30080/TCP,53/UDP   10m   app=web\n')
  })
  it('prints a load balancer without an address as pending, and cuts long ones', () => {
    const lb = (ingress: { ip: string }[]): Service => ({
      ...service,
      spec: { ...service.spec, type: 'LoadBalancer' },
      status: { loadBalancer: { ingress } },
    })
    expect(printTable('Service', [lb([])], { now })).toContain('<pending>')
    const two = lb([{ ip: '203.0.113.20' }, { ip: '203.0.113.10' }])
    expect(printTable('Service', [two], { now })).toContain('203.0.113.10,...   80')
    expect(printTable('Service', [two], { now, wide: true })).toContain('203.0.113.10,203.0.113.20')
  })
  it('prints endpoint slices', () => {
    const slice = (n: number): ApiObject => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-x', creationTimestamp: created },
      addressType: 'IPv4',
      ports: n ? [{ name: '', port: 80 }] : [],
      endpoints: Array.from({ length: n }, (_, i) => ({ addresses: [`10.244.0.${i}`] })),
    })
    expect(printTable('EndpointSlice', [slice(5)], { now })).toContain(
      'web-x   IPv4          80      10.244.0.0,10.244.0.1,10.244.0.2 + 2 more...   10m',
    )
    expect(printTable('EndpointSlice', [slice(0)], { now })).toContain('<unset>')
  })
  it('prints nodes', () => {
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'cp1', creationTimestamp: created, labels: { 'node-role.kubernetes.io/control-plane': '' } },
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    }
    expect(printTable('Node', [node], { now })).toContain('cp1    Ready,SchedulingDisabled   control-plane   10m')
  })
  it('prints events, cut at a line break', () => {
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', creationTimestamp: created },
      involvedObject: { kind: 'Pod', name: 'web' },
      type: 'Warning',
      reason: 'Failed',
      message: 'one\ntwo',
      lastTimestamp: '2026-01-01T00:05:00Z',
    }
    expect(printTable('Event', [event], { now })).toBe(
      'LAST SEEN   TYPE      REASON   OBJECT    MESSAGE\n5m          Warning   Failed   pod/web   one...\n',
    )
  })
})

describe('pod status', () => {
  const init = (state: object, more: object = {}) =>
    ({ name: 'i', image: '', imageID: '', ready: false, restartCount: 0, state, ...more }) as never
  const two = { initContainers: [{ name: 'i' }, { name: 'j' }] }
  it.each([
    ['Init:0/2', pod('a', { phase: 'Pending', initContainerStatuses: [init({ running: {} })] }, two)],
    [
      'Init:CrashLoopBackOff',
      pod('a', { phase: 'Pending', initContainerStatuses: [init({ waiting: { reason: 'CrashLoopBackOff' } })] }, two),
    ],
    [
      'Init:0/2',
      pod('a', { phase: 'Pending', initContainerStatuses: [init({ waiting: { reason: 'PodInitializing' } })] }, two),
    ],
    [
      'Init:ExitCode:2',
      pod('a', { phase: 'Pending', initContainerStatuses: [init({ terminated: { exitCode: 2 } })] }, two),
    ],
    [
      'Init:Signal:9',
      pod('a', { phase: 'Pending', initContainerStatuses: [init({ terminated: { exitCode: 137, signal: 9 } })] }, two),
    ],
    [
      'ContainerCreating',
      pod('a', { phase: 'Pending', containerStatuses: [init({ waiting: { reason: 'ContainerCreating' } })] }),
    ],
    ['Pending', pod('a', { phase: 'Pending' })],
    [
      'SchedulingGated',
      pod('a', {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
    ],
    ['Evicted', pod('a', { phase: 'Failed', reason: 'Evicted' })],
    ['ExitCode:3', pod('a', { phase: 'Failed', containerStatuses: [init({ terminated: { exitCode: 3 } })] })],
    ['Terminating', pod('a', { phase: 'Running', containerStatuses: [running] }, {}, { deletionTimestamp: created })],
    [
      'Completed',
      pod(
        'a',
        { phase: 'Succeeded', containerStatuses: [init({ terminated: { exitCode: 0, reason: 'Completed' } })] },
        {},
        { deletionTimestamp: created },
      ),
    ],
    [
      'NotReady',
      pod('a', {
        phase: 'Running',
        containerStatuses: [running, init({ terminated: { exitCode: 0, reason: 'Completed' } })],
      }),
    ],
  ])('%s', (status, object) => expect(summarizePod(object).status).toBe(status))
  it('counts sidecars', () => {
    const sidecar = pod(
      'a',
      {
        phase: 'Running',
        initContainerStatuses: [init({ running: {} }, { ready: true, started: true, restartCount: 2 })],
        containerStatuses: [running],
      },
      { initContainers: [{ name: 'i', restartPolicy: 'Always' }] },
    )
    expect(summarizePod(sidecar)).toMatchObject({ status: 'Running', ready: 2, total: 2, restarts: 2 })
  })
})

describe('ages', () => {
  it.each([
    [-5, '<invalid>'],
    [-1, '0s'],
    [119, '119s'],
    [120, '2m'],
    [303, '5m3s'],
    [600, '10m'],
    [10799, '179m'],
    [11100, '3h5m'],
    [28800, '8h'],
    [172799, '47h'],
    [172800 + 3 * 3600, '2d3h'],
    [691200, '8d'],
    [63072000, '2y'],
    [63072000 + 86400 * 20, '2y20d'],
    [8 * 31536000, '8y'],
  ])('%d s is %s', (seconds, text) => expect(humanDuration(seconds * SEC)).toBe(text))
  it('reads timestamps with and without microseconds', () => {
    expect(simTimeOf('2026-01-01T00:00:01.500000Z')).toBe(1.5 * SEC)
    expect(simTimeOf('2026-01-01T01:00:01.5+01:00')).toBe(1.5 * SEC)
    expect(simTimeOf('2026-13-01T00:00:00Z')).toBeNull()
    expect(simTimeOf('yesterday')).toBeNull()
  })
})

describe('-o yaml', () => {
  it('sorts keys and puts lists at the column of their key', () => {
    expect(printYaml([service])).toBe(
      `apiVersion: v1
kind: Service
metadata:
  creationTimestamp: "2026-01-01T00:00:00Z"
  labels:
    app: web
  name: web
  namespace: default
spec:
  clusterIP: 10.96.1.2
  clusterIPs:
  - 10.96.1.2
  ports:
  - nodePort: 30080
    port: 80
    protocol: TCP
  - port: 53
    protocol: UDP
  selector:
    app: web
  type: NodePort
`,
    )
    expect(printYaml([service, service])).toMatch(
      /^apiVersion: v1\nitems:\n- apiVersion: v1\n {2}kind: Service[\s\S]*kind: List\nmetadata:\n {2}resourceVersion: ""\n$/,
    )
  })
  it.each([
    ['true', '"true"'],
    ['yes', '"yes"'],
    ['80', '"80"'],
    ['1e3', '"1e3"'],
    ['0x1f', '"0x1f"'],
    ['1:30', '"1:30"'],
    ['2026-01-01', '"2026-01-01"'],
    ['', '""'],
    ['null', '"null"'],
    ['10.96.0.1', '10.96.0.1'],
    ['25%', '25%'],
    ['a: b', "'a: b'"],
    ["it's", "it's"],
    ['- x', "'- x'"],
    ['#x', "'#x'"],
    ['*', "'*'"],
    ['{a}', "'{a}'"],
    ['a #b', "'a #b'"],
    [' x', "' x'"],
    ['-x', '-x'],
    ['http://web:80', 'http://web:80'],
    ['a\nb\n', '|\n  a\n  b'],
    ['a\nb', '|-\n  a\n  b'],
    ['a\u0001', '"a\\u0001"'],
  ])('writes %j as %s', (value, text) => expect(toYaml({ k: value })).toBe(`k: ${text}\n`))
  it('folds long lines at the first space beyond column 80', () => {
    const message = `0/3 nodes are available: ${'1 Insufficient cpu, '.repeat(4)}end of text here`
    const text = toYaml({ status: { message } })
    expect(text.split('\n').length).toBe(4)
    expect(read(text)).toEqual({ status: { message } })
  })
  it('orders numbers in keys by value', () => expect(toYaml({ a10: 1, a9: 2, B: 3 })).toBe('B: 3\na9: 2\na10: 1\n'))
  it.each(['---\n', '...\na', `${'a'.repeat(90)} --- b`])('%j alone is no document marker', (text) => {
    expect(read(toYaml(text))).toBe(text)
  })

  it('can be read back', () => {
    const string = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.stringMatching(/^[ -~]{0,160}$/),
      fc.stringMatching(/^[a-z \n'":#-]{0,40}$/),
    )
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        string,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(string, tie('any'), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).any
    fc.assert(
      fc.property(value, (data) => {
        expect(read(toYaml(data))).toEqual(data)
        expect(read(`x: ${toFlow(data)}`)).toEqual({ x: data })
      }),
      { numRuns: 500 },
    )
  })
})

describe('-o json, name, jsonpath, custom-columns', () => {
  const list = { items: [web1, web2] }
  it('json has four spaces and sorted keys', () => {
    expect(printJson([{ kind: 'A', apiVersion: 'v1', metadata: { name: 'a<b' }, l: [], m: {} }])).toBe(
      '{\n    "apiVersion": "v1",\n    "kind": "A",\n    "l": [],\n    "m": {},\n    "metadata": {\n        "name": "a<b"\n    }\n}\n',
    )
  })
  it('names carry the group', () => {
    expect(printNames([web1, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }])).toBe(
      'pod/web-5d4f-x1\ndeployment.apps/web\n',
    )
  })
  it.each([
    ['{.items[*].metadata.name}', 'web-5d4f-x1 web-2'],
    ['{range .items[*]}{.metadata.name}{"\\t"}{.status.podIP}{"\\n"}{end}', 'web-5d4f-x1\t10.244.1.2\nweb-2\t\n'],
    ['{.items[?(@.metadata.name=="web-2")].status.phase}', 'Running'],
    ['{.items[?(@.status.podIP)].metadata.name}', 'web-5d4f-x1'],
    ['{.items[0].status.containerStatuses[0].restartCount}', '0'],
    ['{.items[-1].metadata.name} and more', 'web-2 and more'],
    ['{.items[0:1].metadata.name}', 'web-5d4f-x1'],
    ['{.items[1].status.containerStatuses[?(@.restartCount>2)].name}', 'c'],
    ["{.items[0]['metadata.name', 'status.podIP']}", 'web-5d4f-x1 10.244.1.2'],
    ["{.items[0]['kind']}", 'Pod'],
    ['{.items[0].spec.containers}', '[{"image":"nginx","name":"c"}]'],
    ['{..exitCode}', '1'],
    ['{$.items[0].kind}{.nothing}', 'Pod'],
    ['no braces', 'no braces'],
  ])('jsonpath %s', (template, text) => expect(printJsonPath(template, list)).toEqual({ ok: true, value: text }))
  it('jsonpath reads escaped dots', () => {
    expect(printJsonPath('{.metadata.annotations.a\\.b/c}', { metadata: { annotations: { 'a.b/c': 'yes' } } })).toEqual(
      { ok: true, value: 'yes' },
    )
  })
  it.each(['{.a', '{end}', '{range .a}x', '{.a[1}', '{.a[?(@.b=]}'])('jsonpath refuses %s', (template) =>
    expect(printJsonPath(template, {}).ok).toBe(false),
  )
  it('custom columns', () => {
    expect(printCustomColumns('NAME:.metadata.name,IP:status.podIP', [web1, web2])).toEqual({
      ok: true,
      value: 'NAME          IP\nweb-5d4f-x1   10.244.1.2\nweb-2         <none>\n',
    })
    expect(printCustomColumns('NAME', [])).toMatchObject({ ok: false })
  })
})
