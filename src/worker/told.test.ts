import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { StepView } from '../core/explain/views.ts'
import { readDocument } from './document.ts'
import { bootLab, createLab } from './engine.ts'
import { answerViews } from './views.ts'

const folder = new URL('../../public/labs/', import.meta.url)

function stepsOf(file: string): StepView[] {
  const document = readDocument(readFileSync(new URL(file, folder), 'utf8'))
  const lab = createLab({ ...document, spec: document.spec! })
  bootLab(lab)
  const views = answerViews({ lab, document })
  return Array.from({ length: lab.trace.length }, (_, cursor) => views.step(cursor).step!)
}

describe('what a bundled lab tells', () => {
  it.each(readdirSync(folder).filter((file) => file.endsWith('.yaml')))('%s: nothing by a key of ours', (file) => {
    const raw = stepsOf(file).flatMap(({ say, decision }) => [
      ...[decision?.text ?? ''].filter((text) => /^[a-z]+(-[a-z]+)+$/.test(text)),
      ...Object.values(say.params).filter((value) => /^#\d+$/.test(String(value))),
      ...(say.key === 'process-exit' && say.params['kernel'] !== 'do_exit' ? [say.params['kernel']] : []),
    ])
    expect(new Set(raw)).toEqual(new Set())
  })

  it('every packet that the default lab loses is a question of CoreDNS for a server outside, and says so', () => {
    const drops = stepsOf('flannel-vxlan.yaml').filter(({ verdict }) => verdict === 'drop')
    expect(drops.length).toBeGreaterThan(0)
    expect(new Set(drops.map(({ say }) => say.key))).toEqual(new Set(['drop-no-resolver']))
  })
})
