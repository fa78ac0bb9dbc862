import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { EXPORT_TARGETS } from '../core/explain/export/export.ts'
import { exportLab, restCursor } from '../worker/export.ts'
import type { Invocation } from './arguments.ts'
import { Refusal, bootTo, openLab } from './lab.ts'

/**
 * `export`: the lab as it is at rest, before its script, or as of `--at`, as files below the folder of `-o`. The whole script is
 * played first, so that the export can tell what every line of it prints in the lab.
 */
export async function exportVerb(invocation: Invocation): Promise<number> {
  const target = EXPORT_TARGETS.find((each) => each === invocation.to)
  if (!target) throw new Refusal(`--to ${invocation.to}: there is ${EXPORT_TARGETS.join(', ')}`)
  if (target !== 'netns') throw new Refusal(`--to ${target} is not built yet; --to netns is`)
  const { document, lab } = await openLab(invocation.lab)
  bootTo(lab, invocation.at)
  for (const { message } of lab.refusals.rows()) process.stderr.write(`${message}\n`)
  const settled = invocation.at === null || invocation.at === 'settled'
  const files = exportLab({ document, lab }, settled ? restCursor(lab) : lab.trace.length - 1)
  for (const [name, text] of files) write(join(invocation.out!, name), text)
  const [script] = [...files.keys()]
  chmodSync(join(invocation.out!, script!), 0o755)
  process.stdout.write(`${join(invocation.out!, script!)}\n`)
  return 0
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (problem) {
    throw new Refusal(problem instanceof Error ? problem.message : String(problem))
  }
}
