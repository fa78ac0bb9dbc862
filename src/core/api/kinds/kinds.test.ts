import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accept, decode, decodeError } from './accept.ts'
import { kubectlError } from './errors.ts'
import { pathText } from './field.ts'
import type { Json } from './json.ts'
import { lastApplied, lastAppliedText, withLastApplied } from './last-applied.ts'
import { KINDS, findKind, findResource, kindInfo } from './registry.ts'
import type { Deployment, Pod, Service } from './types.ts'

const pod = (spec: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', ...metadata },
  spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }], ...spec },
})

const service = (spec: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
})

const deployment = (spec: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'nginx', image: 'nginx' }] } },
    ...spec,
  },
})

const accepted = <T>(raw: Json): T => {
  const result = accept(raw)
  if (!result.ok) throw new Error(result.error.message)
  return result.value as T
}

/** What kubectl prints, and where the first cause is. */
function refused(raw: Json, old?: Json): { text: string; at: string } {
  const result = accept(raw, old && accepted(old))
  if (result.ok) throw new Error('was accepted')
  return { text: kubectlError(result.error, 'creating "x.yaml"'), at: pathText(result.error.causes[0]?.path ?? []) }
}

describe('registry', () => {
  it('finds kinds by manifest and by kubectl word', () => {
    expect(findKind('apps/v1', 'Deployment')?.plural).toBe('deployments')
    expect(findKind('v1', 'Deployment')).toBeUndefined()
    for (const word of ['po', 'pod', 'pods', 'Pod', 'pods.v1.']) expect(findResource(word)?.kind).toBe('Pod')
    expect(findResource('deploy.apps')?.kind).toBe('Deployment')
    expect(findResource('endpointslices.discovery.k8s.io')?.kind).toBe('EndpointSlice')
    expect(findResource('netpol')?.enforced).toBe(false)
    expect(findResource('deployments.batch')).toBeUndefined()
    expect(new Set(KINDS.map((k) => k.plural)).size).toBe(KINDS.length)
  })
})

describe('decoding', () => {
  it('names unknown fields as the API server does, all of them', () => {
    const raw = service({ foo: 1, ports: [{ port: 80, bar: true }] })
    expect(refused(raw)).toEqual({
      text: 'Error from server (BadRequest): error when creating "x.yaml": Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.foo", unknown field "spec.ports[0].bar"',
      at: 'spec.foo',
    })
  })
  it.each([
    [
      service({ ports: 'http' }),
      'json: cannot unmarshal string into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort',
      'spec.ports',
    ],
    [
      service({ ports: [{ port: 'http' }] }),
      'json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
      'spec.ports[0].port',
    ],
    [
      service({ selector: { app: 1 } }),
      'json: cannot unmarshal number into Go struct field ServiceSpec.spec.selector of type string',
      'spec.selector.app',
    ],
    [
      service({ ports: [{ port: 1.5 }] }),
      'json: cannot unmarshal number 1.5 into Go struct field ServicePort.spec.ports.port of type int32',
      'spec.ports[0].port',
    ],
    [
      service({ type: true }),
      'json: cannot unmarshal bool into Go struct field ServiceSpec.spec.type of type v1.ServiceType',
      'spec.type',
    ],
    [
      pod({}, { labels: [] }),
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
      'metadata.labels',
    ],
    [
      deployment({ template: { spec: { containers: [{ name: 'a', env: [{ name: 'PORT', value: 80 }] }] } } }),
      'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
      'spec.template.spec.containers[0].env[0].value',
    ],
    [
      pod({ containers: [{ name: 'a', image: 'b', resources: { limits: { memory: '10 MB' } } }] }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      'spec.containers[0].resources.limits.memory',
    ],
    [
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'no base64!' } },
      'illegal base64 data at input byte 2',
      'data.a',
    ],
  ])('reports a wrong type in the words of Go (%#)', (raw, message, at) => {
    const answer = refused(raw)
    expect(answer.text.endsWith(`: ${message}`)).toBe(true)
    expect(answer.at).toBe(at)
  })
  it('puts types before unknown fields, and says which kind does not exist', () => {
    expect(refused(service({ foo: 1, ports: 'x' })).text).not.toContain('unknown field')
    const missing = accept({ apiVersion: 'v1', kind: 'Foo', metadata: { name: 'x' } })
    expect(missing.ok ? '' : missing.error.message).toBe('no matches for kind "Foo" in version "v1"')
    const unmodelled = accept({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' } })
    expect(unmodelled.ok ? '' : unmodelled.error.message).toBe(
      'no matches for kind "Job" in version "batch/v1" (not modelled in this lab)',
    )
  })
  it('treats null as absent and prototype keys as data', () => {
    const raw = JSON.parse(
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"__proto__":"x"},"annotations":null},"spec":{"containers":[]}}',
    ) as Json
    const { object } = decode(kindInfo('Pod'), raw)
    expect(Object.keys(object.metadata.labels!)).toEqual(['__proto__'])
    expect(object.metadata.annotations).toBeUndefined()
    const odd = JSON.parse('{"apiVersion":"v1","kind":"Pod","__proto__":{"x":1},"constructor":1}') as Json
    const decoded = decode(kindInfo('Pod'), odd)
    expect(decodeError(kindInfo('Pod'), decoded)?.message).toContain(
      'unknown field "__proto__", unknown field "constructor"',
    )
  })
  it('never throws on any JSON', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.dictionary(fc.constantFrom('metadata', 'spec', 'status', 'data', 'x'), fc.jsonValue()),
        (info, body) => {
          accept({ ...body, apiVersion: info.apiVersion, kind: info.kind })
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('defaults', () => {
  it('fills a pod', () => {
    const { spec } = accepted<Pod>(
      pod({
        hostNetwork: true,
        containers: [
          {
            name: 'a',
            image: 'nginx',
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '0.5', memory: '1024Mi' } },
            readinessProbe: { httpGet: { port: 80 } },
          },
        ],
        volumes: [{ name: 'v', configMap: { name: 'c' } }, { name: 'e' }],
      }),
    )
    expect(spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: true,
    })
    expect(spec.containers[0]).toMatchObject({
      imagePullPolicy: 'Always',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
      resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
      readinessProbe: {
        httpGet: { path: '/', port: 80, scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
    })
    expect(spec.volumes).toEqual([
      { name: 'v', configMap: { name: 'c', defaultMode: 420 } },
      { name: 'e', emptyDir: {} },
    ])
  })
  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['nginx@sha256:0123', 'IfNotPresent'],
  ])('pulls %s %s', (image, policy) => {
    expect(accepted<Pod>(pod({ containers: [{ name: 'a', image }] })).spec.containers[0]!.imagePullPolicy).toBe(policy)
  })
  it('fills a Service', () => {
    expect(accepted<Service>(service()).spec).toEqual({
      type: 'ClusterIP',
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
    })
    const sticky = accepted<Service>(service({ type: 'NodePort', sessionAffinity: 'ClientIP' })).spec
    expect(sticky.externalTrafficPolicy).toBe('Cluster')
    expect(sticky.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10800 } })
  })
  it('fills a Deployment and does not touch its argument', () => {
    const raw = deployment()
    const before = JSON.stringify(raw)
    const { spec } = accepted<Deployment>(raw)
    expect(spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    })
    expect(spec.template.spec).not.toHaveProperty('enableServiceLinks')
    expect(JSON.stringify(raw)).toBe(before)
  })
  it('labels a Namespace and encodes a Secret', () => {
    expect(accepted<Pod>({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }).metadata.labels).toEqual({
      'kubernetes.io/metadata.name': 'a',
    })
    expect(
      accepted<Pod>({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, stringData: { k: 'pässword' } }),
    ).toMatchObject({ type: 'Opaque', data: { k: 'cMOkc3N3b3Jk' } })
  })
  it('is idempotent', () => {
    for (const raw of [pod(), service(), deployment()]) expect(accepted(accepted<Json>(raw))).toEqual(accepted(raw))
  })
})

describe('validation', () => {
  it.each<[Json, string, string]>([
    [
      service({ ports: [{ port: 70000, targetPort: 80 }] }),
      'The Service "web" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.ports[0].port',
    ],
    [service({ ports: [] }), 'The Service "web" is invalid: spec.ports: Required value', 'spec.ports'],
    [
      service({ type: 'Foo' }),
      'The Service "web" is invalid: spec.type: Unsupported value: "Foo": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      'spec.type',
    ],
    [
      service({ ports: [{ port: 80 }, { port: 443 }] }),
      'The Service "web" is invalid: \n* spec.ports[0].name: Required value\n* spec.ports[1].name: Required value',
      'spec.ports[0].name',
    ],
    [
      service({
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      }),
      'The Service "web" is invalid: spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      'spec.ports[1]',
    ],
    [
      service({ ports: [{ port: 80, nodePort: 30000 }] }),
      `The Service "web" is invalid: spec.ports[0].nodePort: Forbidden: may not be used when \`type\` is 'ClusterIP'`,
      'spec.ports[0].nodePort',
    ],
    [
      service({ clusterIP: '10.0.0' }),
      'The Service "web" is invalid: spec.clusterIPs[0]: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.clusterIP',
    ],
    [
      { ...service(), metadata: { name: '1web' } },
      `The Service "1web" is invalid: metadata.name: Invalid value: "1web": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
      'metadata.name',
    ],
    [
      deployment({ selector: { matchLabels: { app: 'other' } } }),
      'The Deployment "web" is invalid: spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      'spec.template.metadata.labels',
    ],
    [
      deployment({ selector: undefined }),
      'The Deployment "web" is invalid: \n* spec.selector: Required value\n* spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      'spec.selector',
    ],
    [
      deployment({ replicas: -1 }),
      'The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.replicas',
    ],
    [pod({ containers: [] }), 'The Pod "web" is invalid: spec.containers: Required value', 'spec.containers'],
    [
      pod({ containers: [{ name: 'a' }] }),
      'The Pod "web" is invalid: spec.containers[0].image: Required value',
      'spec.containers[0].image',
    ],
    [
      pod({
        containers: [
          { name: 'a', image: 'x' },
          { name: 'a', image: 'x' },
        ],
      }),
      'The Pod "web" is invalid: spec.containers[1].name: Duplicate value: "a"',
      'spec.containers[1].name',
    ],
    [
      pod({ containers: [{ name: 'a', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
      'The Pod "web" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "v"',
      'spec.containers[0].volumeMounts[0].name',
    ],
    [
      pod({ containers: [{ name: 'a', image: 'x', resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] }),
      'The Pod "web" is invalid: spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      'spec.containers[0].resources.requests',
    ],
    [
      pod({ containers: [{ name: 'a', image: 'x', livenessProbe: {} }] }),
      'The Pod "web" is invalid: spec.containers[0].livenessProbe: Required value: must specify a handler type',
      'spec.containers[0].livenessProbe',
    ],
    [
      pod({
        containers: [
          {
            name: 'a',
            image: 'x',
            ports: [
              { containerPort: 1, hostPort: 80 },
              { containerPort: 2, hostPort: 80 },
            ],
          },
        ],
      }),
      'The Pod "web" is invalid: spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
      'spec.containers[0].ports[1].hostPort',
    ],
    [
      pod({}, { labels: { app: 'no good' } }),
      `The Pod "web" is invalid: metadata.labels: Invalid value: "no good": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      'metadata.labels.app',
    ],
    [
      pod({ restartPolicy: 'Sometimes' }),
      'The Pod "web" is invalid: spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      'spec.restartPolicy',
    ],
    [
      pod({ tolerations: [{ key: 'a', effect: 'Evict' }] }),
      'The Pod "web" is invalid: spec.tolerations[0].effect: Unsupported value: "Evict": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.tolerations[0].effect',
    ],
    [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { 'a b': 'x' } },
      `The ConfigMap "c" is invalid: data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      'data.a b',
    ],
    [
      { apiVersion: 'v1', kind: 'Namespace', metadata: {} },
      'The Namespace "" is invalid: metadata.name: Required value: name or generateName is required',
      'metadata.name',
    ],
    [
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: 'x' } },
      'The Node "n" is invalid: metadata.namespace: Forbidden: not allowed on this type',
      'metadata.namespace',
    ],
    [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'e' },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['fe80::1'] }],
      },
      'The EndpointSlice "e" is invalid: endpoints[0].addresses[0]: Invalid value: "fe80::1": must be an IPv4 address',
      'endpoints[0].addresses[0]',
    ],
    [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'e' },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['127.0.0.1'] }],
      },
      'The EndpointSlice "e" is invalid: endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'endpoints[0].addresses[0]',
    ],
    [
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'e' },
        subsets: [{ addresses: [{ ip: '169.254.1.1' }] }],
      },
      'The Endpoints "e" is invalid: subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'subsets[0].addresses[0].ip',
    ],
  ])('refuses in the words of the API server (%#)', (raw, text, at) => {
    expect(refused(raw)).toEqual({ text, at })
  })

  it('keeps what is immutable', () => {
    const ip = (clusterIP: string): Json => service({ clusterIP, clusterIPs: [clusterIP] })
    expect(refused(ip('10.96.0.9'), ip('10.96.0.8')).text).toBe(
      'The Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set',
    )
    const moved = deployment({
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } },
    })
    expect(refused(moved, deployment()).text).toBe(
      'The Deployment "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
    )
    const answer = refused(pod({ dnsPolicy: 'Default' }), pod())
    expect(answer.text).toContain(
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,',
    )
    expect(answer.at).toBe('spec.dnsPolicy')
    expect(accept(pod({ containers: [{ name: 'nginx', image: 'nginx:1.28' }] }), accepted(pod())).ok).toBe(true)
  })
})

describe('last-applied-configuration', () => {
  it('writes what kubectl writes, and reads it back', () => {
    const desired = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: 'default' },
      data: { a: '<b>' },
    }
    expect(lastAppliedText(desired)).toBe(
      '{"apiVersion":"v1","data":{"a":"\\u003cb\\u003e"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"web","namespace":"default"}}\n',
    )
    expect(lastApplied(withLastApplied(desired))).toEqual({
      ...desired,
      metadata: { ...desired.metadata, annotations: {} },
    })
    expect(lastApplied(desired)).toBeUndefined()
  })
})
