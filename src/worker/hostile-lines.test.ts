import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sessionOutput, startSession } from '../core/lab/session.ts'
import { readDocument } from './document.ts'
import { createLab } from './engine.ts'

const PLAIN = readFileSync(new URL('../../public/labs/plain-network.yaml', import.meta.url), 'utf8')

/** What a line prints on a machine that is at rest. */
function run(line: string) {
  const document = readDocument(PLAIN)
  const lab = createLab({ ...document, spec: { ...document.spec!, script: [] } })
  lab.run()
  const place = { kind: 'host', name: 'alice' } as const
  const started = lab.input('run', 'host/alice', () => startSession(lab, place, 'host/alice', line))
  if (!started.ok) throw new Error('the line cannot be run')
  lab.run({ events: 60_000 })
  return { ...sessionOutput(lab, started.value), processes: lab.processes.t.process.size }
}

it('a program that starts more and more others is refused them, in the words of the shell', () => {
  const { stderr, processes } = run('for i in $(seq 1 1200); do sleep 1000 & done')
  expect(stderr).toContain("sh: can't fork: Resource temporarily unavailable\n")
  expect(processes).toBeLessThan(1100)
})

it('a field of printf is no wider than a model can hold', () => {
  expect(run("printf '%5s|%-3s|' a b").stdout).toBe('    a|b  |')
  expect(run('printf %1000000000d 1').stdout).toHaveLength(4096)
})

it('a file that grows and grows is full at some point', () => {
  const { stderr, exit } = run(
    'printf %4000d 1 > /tmp/f; for i in 1 2 3 4 5 6; do cat /tmp/f /tmp/f > /tmp/g; cat /tmp/g > /tmp/f; done; wc -c /tmp/f',
  )
  expect(stderr).toContain('write error: No space left on device')
  expect(exit).toBe(0)
})
