import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Notice, createTwin } from './client.ts'
import { connectHost } from './host.ts'

const PLAIN = readFileSync(new URL('../../public/labs/plain-network.yaml', import.meta.url), 'utf8')
const script = (entry: string): string => PLAIN.replace(/ {2}script:\n(?: {4}.*\n)+/, `  script:\n    - ${entry}\n`)

function page() {
  const notices: Notice[] = []
  const client = createTwin(connectHost)
  client.listen((notice) => notices.push(notice))
  return { client, told: (type: Notice['type']) => notices.filter((notice) => notice.type === type) }
}

it('a lab that never comes to rest stands still after a while, and says so', async () => {
  const { client, told } = page()
  await client.ask('open', { text: script('{in: host/alice, run: "while true; do echo on; sleep 1; done"}') })
  await expect.poll(() => told('restless').length, { timeout: 60_000 }).toBe(1)
  const [first] = told('restless')
  // Asked for more, it gives ten seconds and stands still again.
  const { now } = await client.ask('run', { until: 10e9 })
  expect(now).toBe((first as { now: number }).now + 10e9)
  await expect.poll(() => told('restless').length, { timeout: 20_000 }).toBe(2)
}, 90_000)

it('a program of the terminal that has no end is stopped by the limit of changes, and says so before it ends', async () => {
  const { client, told } = page()
  await client.ask('open', { text: PLAIN })
  await client.ask('run', { until: 'settled' })
  const line = 'while true; do :; done'
  const answer = await client.ask('exec', { place: 'host/alice', line, cursor: Number.MAX_SAFE_INTEGER })
  if (!('session' in answer)) throw new Error(JSON.stringify(answer))
  await expect.poll(() => told('output').at(-1), { timeout: 100_000 }).toMatchObject({ exit: 130 })
  expect(told('output').filter((notice) => 'stopped' in notice)).toEqual([
    expect.objectContaining({ session: answer.session, stopped: { limit: 'changes', n: 1_000_000 }, exit: null }),
  ])
  expect(told('restless')).toEqual([])
}, 120_000)

it('an entry of the script whose place is not there is told at its place in the text', async () => {
  const { client, told } = page()
  await client.ask('open', { text: PLAIN })
  expect(told('script')).toEqual([{ type: 'script', problems: [] }])
  const cluster = readFileSync(new URL('../../public/labs/flannel-vxlan.yaml', import.meta.url), 'utf8')
  const broken = cluster.replace('in: pod/default/client', 'in: pod/default/nobody')
  const answer = await client.ask('open', { text: broken })
  const last = told('script').at(-1) as Extract<Notice, { type: 'script' }>
  expect(last.problems).toMatchObject([{ severity: 'warning', message: expect.stringContaining('"nobody" not found') }])
  const [problem] = last.problems
  expect(broken.slice(problem!.range.start.offset, problem!.range.end.offset)).toBe('pod/default/nobody')
  // There is no story to tell: the lab is shown at rest, not at the moment when its machines are switched on.
  expect(answer.cursor).toBeGreaterThan(1000)
})
