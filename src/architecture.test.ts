import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environmentUses } from './architecture/environment.ts'
import { forbiddenKnowledge } from './architecture/ignorance.ts'
import { forbiddenImports } from './architecture/imports.ts'
import { readSource, type Source } from './architecture/source.ts'

const SRC = import.meta.dirname
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(?:tsx?|mjs)$/.test(file))
  .sort()
  .map((file) => readSource(file, readFileSync(join(SRC, file), 'utf8')))

describe('the source', () => {
  it('imports only what the table allows', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([])
  })

  it('keeps the environment out of what must be pure', () => {
    expect(sources.flatMap(environmentUses)).toEqual([])
  })

  it('keeps Kubernetes out of the kernel', () => {
    expect(sources.flatMap(forbiddenKnowledge)).toEqual([])
  })
})

describe('the checks themselves', () => {
  const source = (file: string, text: string): Source => readSource(file, text)
  const importing = (file: string, ...specifiers: string[]): string[] =>
    forbiddenImports(source(file, specifiers.map((name) => `import '${name}'`).join('\n')))

  it('name place, import and rule', () => {
    expect(forbiddenImports(source('core/wire/arp.ts', "\n\nimport { x } from '../kernel/x.ts'"))).toEqual([
      "src/core/wire/arp.ts:3: '../kernel/x.ts': core/wire may import: core/base",
    ])
  })

  it('allow what is listed', () => {
    expect(importing('core/kernel/route/lpm.ts', './table.ts', '../../base/cidr.ts', '../link/x.ts')).toEqual([])
    expect(importing('core/agents/flannel/main.ts', '../contracts/cni.ts', './subnet.ts', '../../api/x.ts')).toEqual([])
    expect(importing('core/lab/index.ts', '../agents/flannel/main.ts', '../fabric/x.ts')).toEqual([])
    expect(importing('app/canvas/Canvas.tsx', '@xyflow/react', '../ui/Button.tsx', '../../worker/client.ts')).toEqual(
      [],
    )
    expect(importing('core/base/sha.ts', '@noble/hashes/sha2.js')).toEqual([])
  })

  it.each([
    ['an agent importing another', 'core/agents/flannel/main.ts', '../kube-proxy/main.ts'],
    ['the API server importing the kernel', 'core/api/x.ts', '../kernel/x.ts'],
    ['the kernel importing the API server', 'core/kernel/x.ts', '../api/x.ts'],
    ['a feature of the page importing another', 'app/canvas/x.tsx', '../editor/x.tsx'],
    ['the page importing the simulator', 'app/canvas/x.tsx', '../../core/kernel/x.ts'],
    ['a widget importing state', 'app/ui/x.tsx', '../state/x.ts'],
    ['core importing the document', 'core/lab/x.ts', '../../scenario/x.ts'],
    ['code importing the test kit', 'core/lab/x.ts', '../testkit/x.ts'],
    ['React in core', 'core/lab/x.ts', 'react'],
    ['Node in the worker', 'worker/host.ts', 'node:fs'],
    ['Monaco outside the editor', 'app/inspector/x.tsx', 'monaco-editor'],
    ['the schema packages at run time', 'core/api/x.ts', 'kubernetes-models'],
    ['a way out of src/', 'core/lab/x.ts', '../../../e2e/x.ts'],
  ])('forbid %s', (_what, file, specifier) => {
    expect(importing(file, specifier)).toHaveLength(1)
  })

  it.each([
    "export * from '../kernel/x.ts'",
    "export { x } from '../kernel/x.ts'",
    "const x = await import('../kernel/x.ts')",
    "let x: import('../kernel/x.ts').X",
    "import type { X } from '../kernel/x.ts'",
  ])('see %s', (text) => {
    expect(forbiddenImports(source('core/api/x.ts', text))).toHaveLength(1)
  })

  it('let types alone pass where only types may', () => {
    const page = (text: string): string[] => forbiddenImports(source('app/canvas/x.tsx', text))
    expect(page("import type { X } from '../../core/kernel/x.ts'")).toEqual([])
    expect(page("import { type X, type Y } from '../../core/kernel/x.ts'")).toEqual([])
    expect(page("import { type X, y } from '../../core/kernel/x.ts'")).toHaveLength(1)
  })

  it('ask for a rule where a folder has none', () => {
    expect(importing('misc/x.ts')).toEqual(['src/misc/x.ts: no rule of src/architecture/table.ts covers this folder'])
  })

  it('leave tests alone', () => {
    expect(importing('core/base/x.test.ts', 'vitest', '../testkit/x.ts', '../lab/x.ts')).toEqual([])
  })

  it.each([
    'document.title',
    'globalThis.x',
    'process.env',
    'Date.now()',
    "Date['now']()",
    'new Date()',
    'new Date(2026, 1, 1)',
    'Math.random()',
    'setTimeout(f, 1)',
    'const f = setTimeout',
    'const o = { fetch }',
    "a.localeCompare('b')",
    'new Intl.Collator()',
    'x as unknown as string',
    'window.x',
    'f(performance.now())',
    "console.log('x')",
  ])('see `%s` in core', (text) => {
    expect(environmentUses(source('core/sim/x.ts', text)).length).toBeGreaterThan(0)
  })

  it.each([
    'const window = 65535; send(window)',
    'const send = ({ window }: Tcp) => window + 1',
    'segment.window',
    'const o = { window: 1, process: 2, performance: 3 }',
    'interface Tcp { window: number; process(): void }',
    'new Date(0).toISOString()',
    'Math.floor(1.5)',
    'type T = { document: string }',
  ])('let `%s` pass', (text) => {
    expect(environmentUses(source('core/sim/x.ts', text))).toEqual([])
  })

  it('leave the environment to the page, the worker and the command line', () => {
    expect(environmentUses(source('worker/host.ts', 'setTimeout(f, 1)'))).toEqual([])
    expect(environmentUses(source('console/date.ts', 'Date.now()'))).toHaveLength(1)
  })

  it('see Kubernetes in the kernel, in names and strings but not in comments', () => {
    const kernel = (text: string): string[] => forbiddenKnowledge(source('core/kernel/x.ts', text))
    expect(kernel('const podCidr = 1')).toHaveLength(1)
    expect(kernel("const chain = 'KUBE-SERVICES'")).toHaveLength(1)
    expect(kernel('// kube-proxy relies on this\nconst tripod = 1')).toEqual([])
  })
})
