import { describe, expect, it } from 'vitest'
import { DEFINITIONS } from './definitions.generated.ts'
import { parseType, structSchema, typeAt } from './schema.ts'

describe('schema', () => {
  it('reads the type notation', () => {
    expect(parseType('[@ServicePort')).toEqual({ kind: 'list', item: { kind: 'struct', name: 'ServicePort' } })
    expect(parseType('{q')).toEqual({ kind: 'map', value: { kind: 'quantity' } })
    expect(parseType('=TCP|UDP')).toEqual({ kind: 'enum', values: ['TCP', 'UDP'] })
  })
  it('knows formats, enumerations and required fields of the published API', () => {
    const port = structSchema('ServicePort')!
    expect(port.fields.get('port')).toEqual({ name: 'port', type: { kind: 'int32' }, required: true })
    expect(port.fields.get('targetPort')!.type.kind).toBe('intOrString')
    expect(port.fields.get('protocol')!.type).toEqual({ kind: 'enum', values: ['SCTP', 'TCP', 'UDP'] })
    expect(structSchema('PodSpec')!.fields.get('terminationGracePeriodSeconds')!.type.kind).toBe('int64')
    expect(structSchema('Secret')!.fields.get('data')!.type).toEqual({ kind: 'map', value: { kind: 'bytes' } })
    expect(structSchema('LeaseSpec')!.fields.get('renewTime')!.type.kind).toBe('microTime')
    expect(structSchema('discovery.EndpointPort')!.fields.get('port')!.required).toBe(false)
  })
  it('follows a path through lists and maps', () => {
    const path = ['spec', 'template', 'spec', 'containers', 0, 'resources', 'limits', 'cpu']
    expect(typeAt('Deployment', path)).toEqual({ kind: 'quantity' })
    expect(typeAt('Deployment', ['spec', 'nothing'])).toBeUndefined()
    expect(typeAt('Deployment', ['constructor'])).toBeUndefined()
  })
  it('refers only to structs that exist', () => {
    const missing: string[] = []
    for (const [name, fields] of Object.entries(DEFINITIONS)) {
      for (const [field, text] of Object.entries(fields)) {
        const target = /@(.+)$/.exec(text)?.[1]
        if (target !== undefined && !structSchema(target)) missing.push(`${name}.${field}: ${target}`)
      }
    }
    expect(missing).toEqual([])
  })
})
