/**
 * Who may import whom, as data. What is not listed is forbidden. A folder may always import itself, and tests beside the
 * code may import anything (only tests may import `core/testkit`, `vitest` and the like).
 *
 * Paths are relative to src/, without extension. `core/agents/*` stands for each folder in core/agents by itself, so two of
 * them are strangers. The longest path that fits a file is its rule.
 */
export interface FolderRule {
  readonly folder: string
  /** Folders (or files) that may be imported. */
  readonly may: readonly string[]
  /** Folders of which only types may be imported (`import type`): these leave no trace at run time. */
  readonly types?: readonly string[]
  /** External packages; `d3-*` fits any that begin so, `node:*` is Node itself. */
  readonly packages?: readonly string[]
  /** Runs in a worker and in Node alike, and computes the same in both: it must not touch the environment. */
  readonly pure?: true
  /** Keeps rows of every type in one list, and so must cast their types away (`as unknown as`) in one place. */
  readonly erasesTypes?: true
  /** Whose names must not appear in code or strings here. */
  readonly mustNotKnow?: 'Kubernetes'
}

const BASE = 'core/base'
// What a step is called and how a packet prints: the vocabulary of everybody who shows one.
const WIRE = 'core/wire'
const TRACE = 'core/trace'
const CORE_PACKAGES = ['@noble/hashes', '@scure/base']
const DOCUMENT_PACKAGES = ['yaml', 'fflate', 'valibot', '@cfworker/json-schema', '@scure/base', '@noble/hashes']
const WIDGETS = ['react', 'radix-ui', 'lucide-react', '@tanstack/react-virtual']
/** What the page sees of everything that is not the page. */
const BEHIND_THE_PAGE = [
  'worker/client',
  'worker/protocol',
  'worker/picture',
  'worker/link',
  'scenario',
  'i18n',
  'lessons',
  'passport',
  BASE,
  WIRE,
  TRACE,
]

const core = (folder: string, may: readonly string[]): FolderRule => ({
  folder: `core/${folder}`,
  may: may.map((name) => `core/${name}`),
  packages: CORE_PACKAGES,
  pure: true,
})

const feature = (folder: string, ...packages: readonly string[]): FolderRule => ({
  folder: `app/${folder}`,
  may: [...BEHIND_THE_PAGE, 'app/state', 'app/ui'],
  types: ['core', 'worker', 'manifest', 'console'],
  packages: [...WIDGETS, 'zustand', 'd3-*', ...packages],
})

export const RULES: readonly FolderRule[] = [
  core('base', []),
  { ...core('world', ['base']), erasesTypes: true },
  core('wire', ['base']),
  core('trace', ['base', 'wire', 'world']),
  core('sim', ['base', 'world', 'trace']),
  { ...core('kernel', ['base', 'wire', 'world', 'sim', 'trace']), mustNotKnow: 'Kubernetes' },
  // Wires carry what the kernel's NICs send: kernel/kernel.ts is where that contract is written down.
  { ...core('fabric', ['base', 'wire', 'world', 'sim', 'trace', 'kernel/kernel']), mustNotKnow: 'Kubernetes' },
  core('api', ['base', 'world', 'sim', 'trace']),
  core('agents', ['base', 'agents']),
  core('agents/contracts', ['base', 'wire', 'world', 'sim', 'trace', 'api', 'kernel']),
  core('agents/*', ['base', 'wire', 'world', 'sim', 'trace', 'api', 'kernel', 'agents/contracts']),
  {
    ...core('explain', ['base', 'wire', 'world', 'trace', 'kernel', 'api']),
    types: ['core/sim', 'core/fabric', 'core/agents/contracts'],
  },
  core('lab', ['']),
  { ...core('testkit', ['']), packages: [...CORE_PACKAGES, 'fast-check', 'vitest', 'node:*'] },

  {
    folder: 'scenario',
    may: [BASE, WIRE, TRACE, 'core/api', 'core/lab', 'core/explain', 'i18n', 'manifest'],
    types: ['core'],
    packages: DOCUMENT_PACKAGES,
    pure: true,
  },
  {
    folder: 'manifest',
    may: [BASE, WIRE, TRACE, 'core/api', 'core/lab', 'core/explain', 'i18n', 'scenario'],
    types: ['core'],
    packages: DOCUMENT_PACKAGES,
    pure: true,
  },
  {
    folder: 'console',
    may: [BASE, WIRE, TRACE, 'core/lab', 'core/explain', 'core/kernel', 'core/api', 'manifest'],
    types: ['core'],
    pure: true,
  },
  { folder: 'i18n', may: [BASE, WIRE, TRACE], types: ['core', 'scenario', 'manifest', 'console'] },
  // What was compared with a real kernel: data.
  { folder: 'passport', may: [], pure: true },
  { folder: 'lessons', may: [BASE, 'scenario', 'i18n'] },

  {
    folder: 'worker',
    may: [BASE, WIRE, TRACE, 'core/lab', 'core/explain', 'scenario', 'manifest', 'console', 'i18n'],
    types: ['core'],
    packages: ['valibot'],
  },
  {
    folder: 'cli',
    may: [BASE, WIRE, TRACE, 'core/lab', 'core/explain', 'scenario', 'manifest', 'console', 'i18n', 'worker'],
    types: ['core'],
    packages: ['node:*'],
  },
  { folder: 'cli/launch', may: ['cli/main'], packages: ['node:*', 'tsx', 'vite'] },

  { folder: 'main', may: ['app'], packages: ['@fontsource-variable/*'] },
  {
    folder: 'app',
    may: [...BEHIND_THE_PAGE, 'app'],
    types: ['core', 'worker', 'manifest', 'console'],
    packages: [...WIDGETS, 'react-dom', 'zustand', 'idb-keyval'],
  },
  feature('*'),
  // The workbench is put together in one place.
  { ...feature('shell'), may: [...BEHIND_THE_PAGE, 'app'] },
  // The page as it opens: frame and picture, rendered by the build.
  { ...feature('still', 'react-dom'), may: [...BEHIND_THE_PAGE, 'app/state', 'app/canvas', 'app/shell/Frame'] },
  // What is selected is told by its tables.
  { ...feature('inspector'), may: [...BEHIND_THE_PAGE, 'app/state', 'app/ui', 'app/tables', 'app/passport'] },
  feature('canvas', '@xyflow/react'),
  feature('editor', 'monaco-editor', 'yaml'),
  feature('terminal', '@xterm/xterm', '@xterm/addon-fit'),
  {
    folder: 'app/state',
    may: BEHIND_THE_PAGE,
    types: ['core', 'worker', 'manifest', 'console'],
    packages: ['react', 'zustand', 'idb-keyval'],
  },
  { folder: 'app/ui', may: ['i18n'], packages: WIDGETS },
]

/** Only tests import these; so with every `x.test.ts` and `arbitraries.ts` (random values for property tests). */
export const TESTS_ONLY = ['core/testkit', 'app/testing', 'console/testing', 'architecture']
