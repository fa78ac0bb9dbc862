import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'

/** Of the tools: those of the system's administrator are not on everybody's path. */
export const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
const LIMIT = 120_000

/** Arguments of unshare(1). Without root, inside a user namespace, where that is allowed. */
export const isolation = (): readonly string[] => [
  ...(process.getuid?.() === 0 ? [] : ['-U', '-r']),
  ...['-m', '-n', '-p', '-f', '--kill-child'],
]

/** Those of the tools that this machine does not have. */
export const absent = (tools: readonly string[]): readonly string[] =>
  tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { env: ENVIRONMENT }).status !== 0)

/** Runs a shell command in namespaces of its own. */
export const tryIsolated = (command: string): SpawnSyncReturns<string> =>
  spawnSync('unshare', [...isolation(), 'sh', '-c', command], { env: ENVIRONMENT, encoding: 'utf8' })

/** Runs a command to its end; rejects with what it wrote to stderr when it fails, or lasts longer than two minutes. */
export function runToEnd(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = ENVIRONMENT,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT })
    let problems = ''
    child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()))
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`the script ended with ${code ?? signal}: ${problems.trim()}`)),
    )
  })
}
