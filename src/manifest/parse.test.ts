import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearestRange, pathAt, rangeOf } from './locate.ts'
import { type ManifestDocument, parseManifest } from './parse.ts'
import { resolvePlain } from './plain-scalar.ts'

const TEXT = `# a lab
apiVersion: v1
kind: Service
metadata:
  name: web   # the name
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: http
---
# only a comment
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
`

const cut = (text: string, range: { start: { offset: number }; end: { offset: number } } | null): string | null =>
  range && text.slice(range.start.offset, range.end.offset)

const only = (text: string): ManifestDocument => parseManifest(text).documents[0]!

describe('parseManifest', () => {
  it('reads several documents and says what they are', () => {
    const { documents, diagnostics } = parseManifest(TEXT)
    expect(diagnostics).toEqual([])
    expect(documents.map((d) => [d.index, d.ref, d.range.start.line])).toEqual([
      [0, 'Service/default/web', 1],
      [1, 'Deployment/shop/web', 13],
    ])
    expect(documents[0]!.object).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
    })
  })
  it('knows the place of every field', () => {
    const [service, deployment] = parseManifest(TEXT).documents
    expect(cut(TEXT, rangeOf(service!, ['spec', 'ports', 0, 'targetPort']))).toBe('http')
    expect(cut(TEXT, rangeOf(service!, ['spec', 'ports', 0, 'targetPort'], 'key'))).toBe('targetPort')
    expect(rangeOf(service!, ['metadata', 'name'])).toMatchObject({
      start: { line: 5, column: 9 },
      end: { line: 5, column: 12 },
    })
    expect(cut(TEXT, rangeOf(deployment!, ['metadata', 'namespace']))).toBe('shop')
    expect(rangeOf(service!, ['spec', 'type'])).toBeNull()
    expect(cut(TEXT, nearestRange(service!, ['spec', 'type']))).toBe('spec')
    expect(cut(TEXT, nearestRange(service!, ['spec', 'ports', 0, 'nodePort']))).toBe('port')
    expect(cut(TEXT, nearestRange(service!, ['spec', 'ports']))).toBe('ports')
    expect(cut(TEXT, nearestRange(service!, ['status']))).toBe('apiVersion')
  })
  it('finds the field under an offset', () => {
    const [service] = parseManifest(TEXT).documents
    expect(pathAt(service!, TEXT.indexOf('http'))).toMatchObject({
      path: ['spec', 'ports', 0, 'targetPort'],
      inKey: false,
    })
    expect(pathAt(service!, TEXT.indexOf('targetPort'))).toMatchObject({
      path: ['spec', 'ports', 0, 'targetPort'],
      inKey: true,
    })
    expect(pathAt(service!, TEXT.indexOf('app: web'))).toMatchObject({ path: ['spec', 'selector', 'app'], inKey: true })
  })
  it('expands lists, with places inside them', () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: b\n'
    const { documents } = parseManifest(text)
    expect(documents.map((d) => [d.index, d.item, d.ref])).toEqual([
      [0, 0, 'Namespace/a'],
      [0, 1, 'ConfigMap/default/b'],
    ])
    expect(rangeOf(documents[1]!, ['metadata', 'name'])!.start.line).toBe(8)
    expect(pathAt(documents[1]!, text.lastIndexOf('b\n'))!.path).toEqual(['metadata', 'name'])
  })
  it.each([
    ['a: "never closed\n', 'yaml: line 2: Missing closing "quote'],
    ['a:\n\t- b\n', 'yaml: line 2: found character that cannot start any token'],
    ['a: b: c\n', 'yaml: line 1: mapping values are not allowed in this context'],
    ['a: [1, 2\n', ''],
    ['a: |\n  x\n y\n', ''],
  ])('keeps a broken document from hiding the next (%#)', (broken, message) => {
    const { documents, diagnostics } = parseManifest(`${broken}---\n${TEXT}`)
    expect(documents.slice(-2).map((d) => d.ref)).toEqual(['Service/default/web', 'Deployment/shop/web'])
    expect(documents[0]!.object).toBeNull()
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(diagnostics.every((d) => d.document === 0)).toBe(true)
    if (message) expect(diagnostics[0]!.message).toBe(message)
  })
  it('reports a duplicate key where it stands, and takes the last', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: "1"\n  x: "2"\n'
    const { documents, diagnostics } = parseManifest(text)
    expect(documents[0]!.object).toMatchObject({ data: { x: '2' } })
    expect(diagnostics).toMatchObject([
      {
        code: 'duplicate-key',
        message: 'strict decoding error: duplicate field "data.x"',
        range: { start: { line: 6, column: 3 } },
      },
    ])
  })
  it('follows anchors and merge keys, and finds their fields', () => {
    const text = 'base: &base {a: 1, b: 2}\nuse:\n  <<: *base\n  b: 3\nagain: *base\n'
    const document = only(text)
    expect(document.positions.source.value).toEqual({
      base: { a: 1, b: 2 },
      use: { a: 1, b: 3 },
      again: { a: 1, b: 2 },
    })
    expect(rangeOf(document, ['use', 'a'])!.start).toMatchObject({ line: 1, column: 17 })
    expect(rangeOf(document, ['use', 'b'])!.start.line).toBe(4)
    expect(rangeOf(document, ['again', 'b'])!.start.line).toBe(1)
  })
  it('reads only from an offset when asked', () => {
    const { documents } = parseManifest(TEXT, TEXT.indexOf('---'))
    expect(documents.map((d) => [d.index, d.ref, d.range.start.line])).toEqual([[0, 'Deployment/shop/web', 13]])
  })
  it('marks the lab document', () => expect(only('apiVersion: hopscope.dev/v1alpha1\nkind: Lab\n').isLab).toBe(true))
})

describe('hostile text', () => {
  it('stops a bomb of aliases', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array.from({ length: 9 }, () => `*l${i}`).join(', ')}]`,
    )
    const { documents, diagnostics } = parseManifest(`l0: &l0 [x]\n${levels.join('\n')}\n`)
    expect(diagnostics.map((d) => d.code)).toEqual(['alias-limit'])
    expect(documents[0]!.object).toBeNull()
  })
  it('refuses anchors that contain themselves or do not exist', () => {
    expect(parseManifest('a: &a [*a]\n').diagnostics[0]!.message).toBe("yaml: line 1: anchor 'a' value contains itself")
    expect(parseManifest('a: *b\n').diagnostics[0]!.message).toBe("yaml: line 1: unknown anchor 'b' referenced")
  })
  it('refuses depth and size', () => {
    expect(parseManifest(`a: ${'['.repeat(100_000)}`).diagnostics.map((d) => d.code)).toContain('too-deep')
    expect(
      parseManifest(Array.from({ length: 80 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')).diagnostics.map(
        (d) => d.code,
      ),
    ).toContain('too-deep')
    expect(parseManifest('---\na\n'.repeat(6000)).diagnostics.map((d) => d.code)).toEqual(['too-large'])
    expect(parseManifest('x'.repeat(1024 * 1024 + 1))).toMatchObject({
      documents: [],
      diagnostics: [{ code: 'too-large' }],
    })
  })
  it('keeps prototype keys as data', () => {
    const { documents } = parseManifest(
      'apiVersion: v1\nkind: ConfigMap\n__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}\n',
    )
    expect(Object.keys(documents[0]!.object!)).toContain('__proto__')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(documents[0]!.object!)).toBe(Object.prototype)
  })
  it('never throws, and every place is inside the text', () => {
    const word = fc.constantFrom(
      'a',
      'kind: Pod',
      'apiVersion: v1',
      '---',
      '...',
      '- ',
      '  ',
      '\t',
      '\n',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '<<: *a',
      '"',
      "'",
      '|',
      '>',
      '#',
      '!!str ',
      '%YAML 1.1',
      '\r\n',
      '\u2028',
      '? ',
      ',',
      'metadata:',
      'items:',
    )
    const garbage = fc.oneof(
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
      fc.string({ unit: 'binary', maxLength: 100 }),
    )
    fc.assert(
      fc.property(garbage, (text) => {
        const { documents, diagnostics } = parseManifest(text)
        for (const range of [...documents, ...diagnostics].map((d) => d.range)) {
          expect(range.start.offset).toBeGreaterThanOrEqual(0)
          expect(range.end.offset).toBeLessThanOrEqual(text.length)
          expect(range.end.offset).toBeGreaterThanOrEqual(range.start.offset)
        }
        for (const document of documents) nearestRange(document, ['spec', 'x', 0])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('plain scalars', () => {
  it.each<[string, unknown]>([
    ['yes', true],
    ['off', false],
    ['~', null],
    ['', null],
    ['80', 80],
    ['-1.5e3', -1500],
    ['0x10', 16],
    ['0755', 493],
    ['0o17', 15],
    ['1_000', 1000],
    ['08', 8],
    ['1:30', '1:30'],
    ['2026-01-01', '2026-01-01'],
    ['10.96.0.1', '10.96.0.1'],
    ['1.35', 1.35],
    ['100m', '100m'],
    ['-', '-'],
    ['.', '.'],
    ['True', true],
    ['tRue', 'tRue'],
  ])('%j is %j', (text, value) => expect(resolvePlain(text)).toBe(value))
})
