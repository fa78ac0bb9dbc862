import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnose } from './diagnose.ts'

/** `line:column` and message of every complaint; the place is cut out of the text. */
const complaints = (text: string): string[] =>
  diagnose(text).map(
    (d) =>
      `${d.range.start.line}:${d.range.start.column} ${JSON.stringify(text.slice(d.range.start.offset, d.range.end.offset))} ${d.message}`,
  )

const service = (spec: string): string => `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
${spec}`

describe('diagnose', () => {
  it('accepts what the API server accepts', () => expect(complaints(service('  ports:\n  - port: 80\n'))).toEqual([]))
  it('places validation errors at the value', () => {
    expect(complaints(service('  ports:\n  - port: 70000\n    targetPort: 80\n'))).toEqual([
      '7:11 "70000" The Service "web" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ])
  })
  it('places unknown fields at the key, all of them', () => {
    expect(complaints(service('  prots: []\n  ports:\n  - port: 80\n    foo: 1\n'))).toEqual([
      '9:5 "foo" Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.ports[0].foo"',
      '6:3 "prots" Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.prots"',
    ])
  })
  it('reports a wrong type once', () => {
    expect(complaints(service('  ports: http\n'))).toEqual([
      '6:10 "http" Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort',
    ])
    expect(complaints(service('  ports:\n  - port: yes\n'))).toHaveLength(1)
  })
  it('places a missing field at the nearest key above it', () => {
    expect(complaints(service('  selector: {app: web}\n'))).toEqual([
      '5:1 "spec" The Service "web" is invalid: spec.ports: Required value',
    ])
    expect(complaints('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n')).toEqual([
      '6:5 "name" The Pod "a" is invalid: spec.containers[0].image: Required value',
    ])
  })
  it('names kinds that do not exist', () => {
    expect(complaints('apiVersion: v1\nkind: Foo\nmetadata: {name: x}\n')).toEqual([
      '2:7 "Foo" no matches for kind "Foo" in version "v1"',
    ])
    expect(complaints('kind: Pod\n')).toEqual([`1:1 "kind" Object 'apiVersion' is missing`])
    expect(complaints('just text\n')).toEqual([
      '1:1 "j" error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}',
    ])
  })
  it('goes on after a broken document, and does not judge what it could not read', () => {
    const found = diagnose(`kind: Pod\n spec: "x\n---\n${service('  type: Foo\n  ports: [{port: 80}]\n')}`)
    expect(found.filter((d) => d.document === 0).every((d) => d.code === 'yaml-syntax')).toBe(true)
    expect(found.filter((d) => d.document === 1)).toMatchObject([{ code: 'invalid', path: ['spec', 'type'] }])
  })
  it('warns of objects written twice, and of kinds without effect', () => {
    const twice = `${service('  ports: [{port: 80}]\n')}---\n${service('  ports: [{port: 81}]\n')}`
    expect(diagnose(twice)).toMatchObject([
      { severity: 'warning', code: 'duplicate-object', document: 1, range: { start: { line: 11 } } },
    ])
    const policy =
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n'
    expect(diagnose(policy)).toMatchObject([{ severity: 'info', code: 'not-enforced' }])
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: []\n'
    expect(complaints(role)).toEqual(['2:1 "kind" Role is stored and shown, but nothing in the lab acts on it'])
  })
  it('names fields that nothing in the lab acts on', () => {
    const spec = 'containers: [{name: a, image: nginx}, {name: b, image: nginx, workingDir: /srv}]'
    expect(complaints(`apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {${spec}}\n`)).toEqual([
      '4:70 "workingDir" workingDir is stored and shown, but nothing in the lab acts on it',
    ])
    const volumes = 'volumes: [{name: v, persistentVolumeClaim: {claimName: c}}], containers: [{name: a, image: nginx}]'
    const template = `{metadata: {labels: {a: b}}, spec: {shareProcessNamespace: false, ${volumes}}}`
    const set = `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec: {selector: {matchLabels: {a: b}}, template: ${template}}\n`
    expect(diagnose(set).map((d) => `${d.severity} ${d.path?.join('.')}`)).toEqual([
      'info spec.template.spec.volumes.0.persistentVolumeClaim',
    ])
  })
  it('leaves the lab document to its reader', () => {
    const text = `apiVersion: hopscope.dev/v1alpha1\nkind: Lab\nspec: {nonsense: 1}\n---\n${service('  ports: [{port: 80}]\n')}`
    const seen: string[] = []
    expect(diagnose(text, { lab: (document) => (seen.push(document.kind), []) })).toEqual([])
    expect(seen).toEqual(['Lab'])
  })
  it('keeps the number of complaints readable, however many there are', () => {
    const many = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: b, env: [${'{},'.repeat(90_000)}]}\n`
    expect(diagnose(many)).toHaveLength(100)
  }, 30_000)
  it('never throws', () => {
    const line = fc.constantFrom(
      'apiVersion: v1',
      'kind: Pod',
      'kind: Service',
      'metadata:',
      '  name: a',
      'spec:',
      '  containers:',
      '  - name: x',
      '  ports: 1',
      '  - port: a',
      '---',
      '  a: {',
      'items: [1]',
      'kind: List',
      '  labels: [a]',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), (lines) => void diagnose(lines.join('\n'))),
      { numRuns: 1000 },
    )
  })
})
