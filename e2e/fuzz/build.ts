import { join } from 'node:path'
import { build } from 'vite'
import { countBranches } from './coverage.ts'
import { ROOT } from './files.ts'

/** Builds the watched program with branch counters in everything that a target reaches. */
export async function buildCounting(): Promise<{ readonly path: string; readonly places: number }> {
  const counting = countBranches()
  const outDir = join(ROOT, `node_modules/.cache/hopscope-fuzz-${process.pid}`)
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [counting],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(ROOT, 'e2e/fuzz/child.ts'),
      outDir,
      minify: false,
      sourcemap: true,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  })
  return { path: join(outDir, 'child.mjs'), places: counting.places() }
}
