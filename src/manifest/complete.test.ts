import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DESCRIPTIONS } from '../core/api/schema/descriptions.generated.ts'
import { completionsAt, hoverAt } from './complete.ts'

/** Splits at `^`, the cursor. */
function at(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf('^')
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset }
}

const labels = (marked: string): string[] => {
  const { text, offset } = at(marked)
  return completionsAt(text, offset)?.items.map((item) => item.label) ?? []
}

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n'

describe('completion', () => {
  it('starts an empty document', () => expect(labels('^')).toEqual(['apiVersion', 'kind', 'metadata']))
  it('offers kinds of the version, and versions', () => {
    expect(labels('apiVersion: apps/v1\nkind: ^')).toEqual(['DaemonSet', 'Deployment', 'ReplicaSet'])
    expect(labels('apiVersion: ^')).toContain('discovery.k8s.io/v1')
  })
  it('offers the fields that are not there yet, required ones first', () => {
    const found = labels(`${DEPLOYMENT}  replicas: 3\n  ^\n  paused: true\n`)
    expect(found.slice(0, 2)).toEqual(['selector', 'template'])
    expect(found).not.toContain('replicas')
    expect(found).not.toContain('paused')
    expect(labels(`${DEPLOYMENT}  replicas: 3\n^\n`)).toEqual(['status'])
  })
  it.each([
    ['a list under its key', 'spec:\n  template:\n    spec:\n      containers:\n      - name: a\n        ^'],
    ['a list further in', 'spec:\n  template:\n    spec:\n      containers:\n        - name: a\n          ^'],
    ['the first field of an item', 'spec:\n  template:\n    spec:\n      containers:\n      - ^'],
    [
      'the second item',
      'spec:\n  template:\n    spec:\n      containers:\n      - name: a\n        env:\n        - name: X\n      - im^',
    ],
    ['flow style', 'spec:\n  template:\n    spec:\n      containers: [{name: a, ^'],
  ])('finds containers through %s', (_, body) => {
    expect(labels(`apiVersion: apps/v1\nkind: Deployment\n${body}`)).toContain('image')
  })
  it('offers values', () => {
    const pod = 'apiVersion: v1\nkind: Pod\nspec:\n  '
    expect(labels(`${pod}restartPolicy: ^`)).toEqual(['Always', 'Never', 'OnFailure'])
    expect(labels(`${pod}hostNetwork: t^`)).toEqual(['true', 'false'])
    expect(labels('apiVersion: v1\nkind: Service\nspec: {type: ^')).toContain('NodePort')
    expect(labels(`${pod}nodeName: ^`)).toEqual([])
  })
  it('keeps out of comments and block texts', () => {
    expect(labels('apiVersion: v1\nkind: Pod # ^')).toEqual([])
    expect(labels('apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    x\n    ^')).toEqual([])
  })
  it('replaces the word under the cursor and opens blocks', () => {
    const { text, offset } = at(`${DEPLOYMENT}  templ^`)
    const completions = completionsAt(text, offset, { descriptions: DESCRIPTIONS })!
    expect(text.slice(completions.range.start.offset, completions.range.end.offset)).toBe('templ')
    const template = completions.items.find((item) => item.label === 'template')!
    expect(template).toMatchObject({ insertText: 'template:\n    ', detail: 'PodTemplateSpec', required: true })
    expect(template.documentation).toMatch(/pods that will be created/)
  })
  it('belongs to its own document', () =>
    expect(labels(`${DEPLOYMENT}---\napiVersion: v1\nkind: Service\nspec:\n  ^\n---\nkind: Pod`)).toContain(
      'clusterIP',
    ))
  it('never throws', () => {
    const word = fc.constantFrom(
      'apiVersion: v1\n',
      'kind: Pod\n',
      'spec:\n',
      '  containers:\n',
      '  - name: ',
      '{',
      '[',
      '"',
      ': ',
      '---\n',
      '#',
      '\n',
      '    ',
      'a',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), fc.nat(), (words, n) => {
        const text = words.join('')
        completionsAt(text, n % (text.length + 1))
        hoverAt(text, n % (text.length + 1))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('hover', () => {
  const text =
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 80\n    targetPort: http\n'
  const hover = (word: string) => hoverAt(text, text.indexOf(word) + 1, { descriptions: DESCRIPTIONS })
  it('explains keys and values', () => {
    expect(hover('targetPort')).toMatchObject({
      path: ['spec', 'ports', 0, 'targetPort'],
      type: 'int or string',
      required: false,
    })
    expect(hover('80')).toMatchObject({
      type: 'int32',
      required: true,
      documentation: 'The port that will be exposed by this service.',
    })
    expect(hover('ports')).toMatchObject({ type: '[]ServicePort' })
  })
  it('says nothing where there is nothing to say', () => expect(hoverAt('a: 1\n', 0)).toBeNull())
})
