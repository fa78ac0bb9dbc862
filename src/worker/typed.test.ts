import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createTwin } from './client.ts'
import { connectHost } from './host.ts'
import type { TimelineUpdate } from './protocol.ts'

const text = readFileSync(new URL('../../public/labs/flannel-vxlan.yaml', import.meta.url), 'utf8')

function opened() {
  const client = createTwin((post) => connectHost(post))
  let length = 0
  client.listen((notice) => {
    if (notice.type === 'timeline') length = lengthAfter(notice.update)
  })
  return { client, steps: () => length }
}
const lengthAfter = ({ from, length }: TimelineUpdate): number => from + length

it('a link carries what was typed in a terminal: whoever opens it sees the same steps', async () => {
  const first = opened()
  await first.client.ask('open', { text })
  const before = first.steps()
  const run = await first.client.ask('exec', {
    place: 'pod/default/client',
    line: 'ping -c 1 10.96.0.10',
    cursor: before,
  })
  expect(run.ok).toBe(true)
  await expect.poll(first.steps).toBeGreaterThan(before + 50)
  const cursor = before + 40
  const { fragment } = await first.client.ask('share', { text, cursor })
  const second = opened()
  const answer = await second.client.ask('open', { fragment })
  expect(answer).toMatchObject({ ok: true, cursor })
  expect(answer.text).toContain('ping -c 1 10.96.0.10')
  const mine = await first.client.ask('step', { cursor })
  const theirs = await second.client.ask('step', { cursor })
  expect(theirs.step?.say).toEqual(mine.step?.say)
  expect(theirs.step?.t).toBe(mine.step?.t)
})
