import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scenario } from '../language.ts'
import type { Observation } from '../observation.ts'
import { ENVIRONMENT, absent, isolation, runToEnd, tryIsolated } from './isolated.ts'
import { scriptOf } from './script.ts'
import { observationIn } from './seen.ts'

const TOOLS = ['gcc', 'ip', 'bridge', 'iptables-restore', 'iptables-save', 'conntrack', 'unshare', 'sysctl']

/** Why scenarios cannot run on this machine's kernel; `null`: they can. */
export function missing(): string | null {
  if (process.platform !== 'linux') return 'this is no Linux'
  const lacking = absent(TOOLS)
  if (lacking.length > 0) return `no ${lacking.join(', ')}`
  const tried = tryIsolated(
    'mount -t tmpfs tmpfs /run && mkdir /run/netns && ip netns add a && ip -n a link add x type veth peer name y && ip netns exec a iptables-save',
  )
  return tried.status === 0
    ? null
    : `network namespaces cannot be used here (${(tried.stderr ?? '').trim().split('\n').at(-1)})`
}

export const kernelRelease = (): string => readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim().split('-')[0]!

/** Compiles stage.c into `folder`, once per content; answers its path. Linked statically, so that it runs in the guest, too. */
export function buildStage(folder: string): string {
  const source = new URL('stage.c', import.meta.url)
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const stage = join(folder, `stage-static-${hash}`)
  if (existsSync(stage)) return stage
  mkdirSync(folder, { recursive: true })
  const fresh = `${stage}.${process.pid}`
  const built = spawnSync('gcc', ['-O2', '-Wall', '-static', '-o', fresh, source.pathname], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`gcc: ${built.stderr}`)
  renameSync(fresh, stage)
  return stage
}

/** Runs a scenario on this machine's kernel, in namespaces of its own. Rejects when the script fails. */
export async function runReal(s: Scenario, stage: string): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-kernel-'))
  try {
    writeFileSync(join(folder, 'scenario.sh'), scriptOf(s))
    await runScript(join(folder, 'scenario.sh'), join(folder, 'out'), stage)
    return observationIn(s, join(folder, 'out'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the script of a scenario; what it saw is in `out`. `more`: environment, such as TRACE=1. */
export const runScript = (
  file: string,
  out: string,
  stage: string,
  more: Readonly<Record<string, string>> = {},
): Promise<void> =>
  runToEnd('unshare', [...isolation(), 'sh', file, 'isolated', out], { ...ENVIRONMENT, STAGE: stage, ...more })
