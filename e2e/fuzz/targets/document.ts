import { addonsOf } from '../../../src/scenario/addons/addons.ts'
import { completeAt, editText, hoverText } from '../../../src/worker/editing.ts'
import { readDocument } from '../../../src/worker/document.ts'
import { bundledLabs } from '../files.ts'
import { lazy } from '../lab.ts'
import { type Target, kindOf } from '../target.ts'

const YAML = [
  '---\n',
  '...\n',
  '&a ',
  '*a',
  '<<: *a',
  '<<: [*a, *a]',
  '!!binary ',
  '!!js/function ',
  '!!map ',
  '!!set ',
  '!<x> ',
  '%YAML 1.1\n---\n',
  '%TAG ! x\n',
  '| \n',
  '>-\n',
  '|2+\n',
  '? ',
  ': ',
  '- - - ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '""',
  '~',
  'null',
  'true',
  'yes',
  '.inf',
  '.nan',
  '0x10',
  '0o17',
  '1_000',
  '2026-01-01',
  '\t',
  '#',
  ' #',
  '__proto__: {}',
  'constructor: 1',
  'toString: {}',
  'hasOwnProperty: x',
]
const LAB = [
  'apiVersion: hopscope.dev/v1alpha1',
  'apiVersion: hopscope.dev/v9',
  'kind: Lab',
  'metadata:',
  'name: ',
  'spec:',
  'seed: 1',
  'fabric:',
  'networks:',
  'routers:',
  'hosts:',
  'links:',
  '{name: a, cidr: 10.0.0.0/24, mtu: 1500}',
  'cidr: 10.0.0.0/8',
  'cidr: 0.0.0.0/0',
  'cidr: 10.0.0.1/33',
  'role: control-plane',
  'role: worker',
  'interfaces: [{network: rack1, address: 192.168.10.10}]',
  'between: [r1, rack2]',
  'delay: 5ms',
  'loss: 0.5',
  'rate: 1Gbit',
  'mtu: 68',
  'cluster:',
  'version: "1.35"',
  'podCIDR: 10.244.0.0/16',
  'podCIDR: 10.244.0.0/30',
  'serviceCIDR: 10.96.0.0/12',
  'addons: [flannel-vxlan]',
  'script:',
  '{at: settled, in: pod/default/client, run: "curl http://web"}',
  'at: 5s',
  'view:',
  'positions:',
  'cursor: 3',
  'gateway: 10.0.0.1',
  'labels:',
  'taints:',
]
const KUBERNETES = [
  'apiVersion: v1',
  'apiVersion: apps/v1',
  'kind: Pod',
  'kind: Deployment',
  'kind: Service',
  'kind: DaemonSet',
  'kind: List',
  'kind: ConfigMap',
  'kind: Nope',
  'namespace: kube-system',
  'namespace: nope',
  'replicas: 3',
  'selector:',
  'matchLabels: {app: web}',
  'template:',
  'containers:',
  'image: nginx:1.29',
  'image: ""',
  'ports:',
  'containerPort: 80',
  'port: 80',
  'nodePort: 30080',
  'targetPort: http',
  'protocol: UDP',
  'type: NodePort',
  'clusterIP: None',
  'clusterIP: 10.96.0.10',
  'externalTrafficPolicy: Local',
  'nodeSelector:',
  'tolerations:',
  'resources: {requests: {cpu: 100m}}',
  'items:',
  'data:',
  'env:',
  'command: [sleep, infinity]',
  'generateName: x-',
  'finalizers: [x/y]',
  'ownerReferences:',
  'annotations:',
  'hostNetwork: true',
  'volumeMounts:',
  'status: {}',
  'uid: x',
]
const seeds = lazy(() => [
  ...bundledLabs(),
  ...addonsOf({
    version: '1.35',
    addons: ['flannel-vxlan', 'kube-proxy-iptables', 'coredns'],
    podCIDR: { addr: 0x0af40000, len: 16 },
    serviceCIDR: { addr: 0x0a600000, len: 12 },
    dnsDomain: 'cluster.local',
  }).map(({ text }) => text),
])
const dictionary = [...YAML, ...LAB, ...KUBERNETES]

export const documents: Target = {
  name: 'document',
  about: 'lab documents and manifests, as opened, applied and diagnosed',
  dictionary,
  seeds,
  run(input) {
    const { spec, diagnostics } = readDocument(input)
    if (!spec && !diagnostics.some(({ severity }) => severity === 'error')) throw new Error('refused without an error')
    for (const { message, range } of diagnostics) {
      if (message === '') throw new Error('an empty message')
      if (!(range.start.line >= 1 && range.start.column >= 1 && range.end.offset <= input.length + 1))
        throw new Error(`a range outside: ${JSON.stringify(range)}`)
    }
    return `${spec ? 'loads' : 'refused'} ${diagnostics
      .map(({ message }) => kindOf(message))
      .slice(0, 3)
      .join(' | ')}`
  },
}

export const editing: Target = {
  name: 'editing',
  about: 'completion, hover and edits of a lab text, at an offset taken from the text',
  dictionary,
  seeds,
  limit: 20_000,
  async run(input) {
    const offset = (input.length * 7919) % (input.length + 1)
    const { items, from, to } = await completeAt(input, offset)
    if (from > to || to > input.length) throw new Error(`completion outside: ${from}-${to}`)
    const { markdown } = await hoverText(input, offset)
    const moved = editText(input, [{ edit: 'position', id: 'node/node1', x: 1, y: 2 }])
    const longer = editText(input, [
      { edit: 'script', at: 'settled', in: 'pod/default/client', run: 'curl "http://web"' },
    ])
    const shorter = editText(input, [{ edit: 'delete-object', ref: 'Service/default/web' }])
    editText(input, [{ edit: 'append', yaml: 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n' }])
    return `${items.length > 0} ${items[0]?.kind} ${markdown === null} ${moved === input} ${longer === input} ${shorter === input}`
  },
}
