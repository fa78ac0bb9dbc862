import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Client, createTwin } from './client.ts'
import { connectHost } from './host.ts'
import type { Entity, TimelineUpdate, TopologyView } from './protocol.ts'

const lab = (file: string): string => readFileSync(new URL(`../../public/labs/${file}`, import.meta.url), 'utf8')
const DEFAULT = lab('flannel-vxlan.yaml')
const PLAIN = lab('plain-network.yaml')

const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 0))

/** A page without a page: what it was told, kept as the page keeps it. */
class Page {
  readonly client: Client = createTwin(connectHost)
  readonly failures: string[] = []
  length = 0
  last: TimelineUpdate | null = null
  readonly #output = new Map<number, { text: string; exit: number | null }>()

  constructor() {
    this.client.listen((notice) => {
      if (notice.type === 'failed') this.failures.push(notice.report)
      else if (notice.type === 'timeline') {
        if (notice.update.from > this.length) this.failures.push(`a gap before ${notice.update.from}`)
        this.length = notice.update.from + notice.update.length
        this.last = notice.update
      } else if (notice.type === 'output') {
        const before = this.#output.get(notice.session)
        this.#output.set(notice.session, { text: (before?.text ?? '') + notice.text, exit: notice.exit })
      }
    })
  }

  open = (text: string) => this.client.ask('open', { text })

  /** The end of the timeline, as a cursor. */
  get end(): number {
    return Math.max(0, this.length - 1)
  }

  async exec(place: string, line: string, cursor = this.end) {
    const answer = await this.client.ask('exec', { place, line, cursor })
    if (!('session' in answer)) throw new Error(JSON.stringify(answer))
    for (let turn = 0; turn < 500; turn++) {
      const output = this.#output.get(answer.session)
      if (output && output.exit !== null) return { ...output, story: answer.story }
      await settle()
    }
    throw new Error(`${line} does not end`)
  }

  async topology(cursor = this.end): Promise<TopologyView> {
    return (await this.client.ask('topology', { cursor })).topology
  }
}

async function opened(text: string): Promise<Page> {
  const page = new Page()
  const answer = await page.open(text)
  expect(answer).toMatchObject({ ok: true, diagnostics: [], problem: null })
  return page
}

const podsOf = ({ hosts }: TopologyView) =>
  hosts.flatMap(({ netns, hostPods }) => [...netns.flatMap(({ pod }) => pod ?? []), ...hostPods])

function entitiesOf(topology: TopologyView): Entity[] {
  const { networks, hosts, services, workloads } = topology
  return [
    ...networks.map(({ id }): Entity => ({ kind: 'network', id })),
    ...hosts.map(({ id }): Entity => ({ kind: 'host', id })),
    ...hosts.flatMap(({ netns }) => netns.map(({ id }): Entity => ({ kind: 'netns', id }))),
    ...hosts.flatMap(({ netns }) =>
      netns.flatMap(({ devices }) => devices.map(({ id }): Entity => ({ kind: 'device', id }))),
    ),
    ...[...services, ...workloads, ...podsOf(topology)].map(({ ref }): Entity => ({ kind: 'object', ref })),
  ]
}

describe('host: looking', () => {
  it('opens the default lab at the start of its story, with the whole timeline told', async () => {
    const page = new Page()
    const answer = await page.open(DEFAULT)
    expect(answer).toMatchObject({ ok: true, text: DEFAULT, name: 'flannel-vxlan', diagnostics: [], problem: null })
    expect(answer.cursor).toBe(page.last!.story)
    expect(answer.cursor).toBeGreaterThan(0)
    expect(page.last).toMatchObject({ from: 0, settled: true })
    expect(page.last!.columns.t).toHaveLength(page.length)
    const topology = await page.topology()
    expect(topology.hosts.map(({ id }) => id)).toEqual(['node/cp1', 'node/node1', 'node/node2', 'host/laptop'])
    expect(topology.services.map(({ name }) => name)).toContain('web')
    expect((await page.topology(0)).services).toEqual([])
  })

  it('explains every step, forwards and backwards alike', async () => {
    const page = await opened(DEFAULT)
    const forwards: string[] = []
    for (let cursor = 0; cursor < page.length; cursor++) {
      const { step } = await page.client.ask('step', { cursor })
      expect(step?.cursor).toBe(cursor)
      if (cursor % 37 === 0) forwards.push(JSON.stringify(step))
    }
    const backwards: string[] = []
    for (let cursor = (forwards.length - 1) * 37; cursor >= 0; cursor -= 37) {
      backwards.unshift(JSON.stringify((await page.client.ask('step', { cursor })).step))
    }
    expect(backwards).toEqual(forwards)
    expect((await page.client.ask('step', { cursor: page.length })).step).toBeNull()
    const { steps } = await page.client.ask('steps', { from: page.length - 10, to: page.length + 10 })
    expect(steps.map(({ cursor }) => cursor)).toEqual(Array.from({ length: 10 }, (_, i) => page.length - 10 + i))
    expect(page.failures).toEqual([])
  })

  it('shows every entity, at several moments', async () => {
    const page = await opened(DEFAULT)
    for (const share of [0.25, 0.6, 1]) {
      const cursor = Math.floor(page.end * share)
      for (const entity of entitiesOf(await page.topology(cursor))) {
        const { view } = await page.client.ask('entity', { entity, cursor })
        expect(view, `${JSON.stringify(entity)} at ${cursor}`).not.toBeNull()
        expect(view!.title).not.toBe('')
      }
    }
  })

  it('knows what a line caused, finds an address, and captures', async () => {
    const page = await opened(DEFAULT)
    const line = DEFAULT.split('\n').findIndex((text) => text.startsWith('kind: Service')) + 1
    const answer = await page.client.ask('line', { line, cursor: page.end })
    expect(answer.ref).toBe('Service/default/web')
    expect(answer.rows.some(({ text }) => text.includes('KUBE-SVC-'))).toBe(true)
    const { hits } = await page.client.ask('find', { query: 'client', cursor: page.end })
    expect(hits.map(({ entity }) => entity)).toContainEqual({ kind: 'object', ref: 'Pod/default/client' })
    const found = async (query: string) =>
      (await page.client.ask('find', { query, cursor: page.end })).hits.map(({ label }) => label)
    const web = await found('web')
    expect(web[0]).toBe('svc/web')
    expect(web.slice(1, 4).every((label) => label.startsWith('po/web-'))).toBe(true)
    expect(web[4]).toBe('deploy/web')
    expect(web.findIndex((label) => label.startsWith('ev/'))).toBe(web.length - 3)
    expect((await found('')).slice(0, 6)).toEqual(['cp1', 'node1', 'node2', 'laptop', 'svc/kubernetes', 'svc/web'])
    const { file } = await page.client.ask('pcap', { from: page.last!.story, to: page.end })
    expect([...file.slice(0, 4)]).toEqual([0x0a, 0x0d, 0x0d, 0x0a])
  })
})

describe('host: acting', () => {
  it('runs a command at the end of the timeline', async () => {
    const page = await opened(DEFAULT)
    const before = page.length
    const output = await page.exec('pod/default/client', 'curl -s -o /dev/null -w "%{http_code}" http://web')
    expect(output).toMatchObject({ text: '200', exit: 0, story: before })
    expect(page.length).toBeGreaterThan(before)
  })

  it('asks for more lines before anything runs', async () => {
    const page = await opened(DEFAULT)
    const before = page.length
    const ask = { place: 'pod/default/client', line: 'cat <<END\ntext', cursor: page.end }
    expect(await page.client.ask('exec', ask)).toEqual({ ok: false, unfinished: true })
    expect(page.length).toBe(before)
    expect(await page.exec(ask.place, `${ask.line}\nEND`)).toMatchObject({ text: 'text\n', exit: 0 })
  })

  it('hands a shell over to whoever types, and nothing runs', async () => {
    const page = await opened(DEFAULT)
    const before = page.length
    const enter = async (line: string) => page.client.ask('exec', { place: 'node/cp1', line, cursor: page.end })
    expect(await enter('kubectl exec -it client -- sh')).toEqual({
      ok: true,
      enters: 'pod/default/client/client',
      text: '',
    })
    expect(await enter('kubectl exec -n kube-system -it deploy/coredns -- /bin/bash')).toMatchObject({ ok: true })
    expect(await enter('bash')).toEqual({ ok: true, enters: 'node/cp1', text: '' })
    expect(page.length).toBe(before)
    expect((await page.exec('node/cp1', 'kubectl exec -it nobody -- sh')).text).toContain('pods "nobody" not found')
    expect((await page.exec('pod/default/client/client', 'hostname')).text).toBe('client\n')
  })

  it('forks the timeline in the past, and only for a place that is there', async () => {
    const page = await opened(DEFAULT)
    const { story } = page.last!
    const whole = page.length
    const nowhere = await page.client.ask('exec', { place: 'pod/default/nobody', line: 'true', cursor: story })
    expect(nowhere).toMatchObject({ ok: false, message: 'Error from server (NotFound): pods "nobody" not found' })
    expect(page.length).toBe(whole)
    const output = await page.exec('pod/default/client', 'hostname', story - 1)
    expect(output.text).toBe('client\n')
    expect(output.story).toBeLessThanOrEqual(whole)
    // The script's own request comes after it in the new timeline.
    expect(page.last!.story).toBeGreaterThan(story)
    expect((await page.exec('pod/default/client', 'curl -s http://web')).text).toMatch(/Welcome to nginx/)
    expect(page.failures).toEqual([])
  })

  it('follows an edited text without a new boot', async () => {
    const page = await opened(DEFAULT)
    const apply = (text: string) => page.client.ask('apply', { text, cursor: page.end })
    const running = async () => podsOf(await page.topology()).filter(({ name }) => name.startsWith('web-'))
    const more = DEFAULT.replace('replicas: 3', 'replicas: 5')
    expect(await apply(more)).toMatchObject({ ok: true, rebooted: false, diagnostics: [] })
    for (let turn = 0; turn < 200 && !page.last!.settled; turn++) await settle()
    expect((await running()).filter(({ ready }) => ready)).toHaveLength(5)
    const none = DEFAULT.replace('replicas: 3', 'replicas: 0')
    expect(await apply(none)).toMatchObject({ ok: true, rebooted: false })
    for (let turn = 0; turn < 200 && !page.last!.settled; turn++) await settle()
    expect(await running()).toEqual([])
    expect(await page.exec('pod/default/client', 'curl -s http://web')).toMatchObject({ exit: 7 })
    expect(page.failures).toEqual([])
  })

  it('applied while the lab still boots, a text has the last word', async () => {
    const page = await opened(DEFAULT)
    const text = DEFAULT.replace('replicas: 3', 'replicas: 1')
    expect(await page.client.ask('apply', { text, cursor: 0 })).toMatchObject({ ok: true, rebooted: true })
    const web = podsOf(await page.topology()).filter(({ name }) => name.startsWith('web-'))
    expect(web).toHaveLength(1)
    // Once its own objects are there, it is followed.
    const grown = await page.client.ask('apply', { text: DEFAULT, cursor: 300 })
    expect(grown).toMatchObject({ ok: true, rebooted: false })
    expect(page.failures).toEqual([])
  })

  it('what the API server refuses does not undo the rest', async () => {
    const page = await opened(DEFAULT)
    const refused =
      '---\napiVersion: v1\nkind: Service\nmetadata: {name: other}\nspec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}\n'
    const text = DEFAULT.replace('replicas: 3', 'replicas: 1') + refused
    const answer = await page.client.ask('apply', { text, cursor: page.end })
    expect(answer).toMatchObject({ ok: true, diagnostics: [{ severity: 'error' }] })
    for (let turn = 0; turn < 200 && !page.last!.settled; turn++) await settle()
    expect(podsOf(await page.topology()).filter(({ name }) => name.startsWith('web-'))).toHaveLength(1)
    const mended = await page.client.ask('apply', { text: DEFAULT, cursor: page.end })
    expect(mended).toMatchObject({ ok: true, diagnostics: [] })
  })

  it('opens a text from another system with the line ends of this one', async () => {
    const page = new Page()
    for (const end of ['\r\n', '\r'])
      expect(await page.open(PLAIN.replaceAll('\n', end))).toMatchObject({ ok: true, text: PLAIN, diagnostics: [] })
  })

  it('opens at a record, whatever number was kept for it', async () => {
    for (const cursor of [12.5, Number.NaN, -3, 1e12]) {
      const { ok, cursor: at } = await new Page().client.ask('open', { text: PLAIN, cursor })
      expect(ok).toBe(true)
      expect(Number.isInteger(at) && at >= 0).toBe(true)
    }
  })

  it('an edit that changes nothing leaves the timeline as it is, wherever the cursor stands', async () => {
    const page = await opened(PLAIN)
    const whole = page.length
    const answer = await page.client.ask('apply', { text: `# a remark\n${PLAIN}`, cursor: 3 })
    expect(answer).toMatchObject({ ok: true, rebooted: false, cursor: 3 })
    expect(page.length).toBe(whole)
  })

  it('boots anew for another network, and keeps what runs when a text is wrong', async () => {
    const page = await opened(PLAIN)
    const wrong = await page.client.ask('apply', { text: PLAIN.replace('10.0.2.10', '10.9.9.9'), cursor: 0 })
    expect(wrong.ok).toBe(false)
    const line = PLAIN.split('\n').findIndex((each) => each.includes('10.0.2.10')) + 1
    expect(wrong.diagnostics[0]).toMatchObject({ severity: 'error', range: { start: { line } } })
    expect((await page.exec('host/alice', 'ping -c 1 10.0.2.10')).exit).toBe(0)
    const moved = await page.client.ask('apply', { text: PLAIN.replaceAll('10.0.2.', '10.7.7.'), cursor: 0 })
    expect(moved).toMatchObject({ ok: true, rebooted: true })
    expect((await page.exec('host/alice', 'ping -c 1 10.7.7.10')).exit).toBe(0)
  })

  it('says what the API server refuses, at its place', async () => {
    const page = new Page()
    const text = `${DEFAULT}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: other\nspec:\n  clusterIP: 10.96.0.1\n  ports:\n    - port: 80\n`
    const answer = await page.open(text)
    expect(answer.ok).toBe(true)
    expect(answer.diagnostics).toHaveLength(1)
    expect(answer.diagnostics[0]!.message).toMatch(/spec\.clusterIPs.*10\.96\.0\.1.*already allocated/)
    expect(answer.diagnostics[0]!.range.start.line).toBeGreaterThan(50)
  })

  it('stops a command that would go on', async () => {
    const page = await opened(PLAIN)
    const answer = await page.client.ask('exec', { place: 'host/alice', line: 'ping 10.0.2.10', cursor: page.end })
    if (!('session' in answer)) throw new Error(JSON.stringify(answer))
    await settle()
    await page.client.ask('interrupt', { session: answer.session })
    expect((await page.exec('host/alice', 'echo still here')).text).toBe('still here\n')
  })
})

describe('host: links', () => {
  it('a shared lab opens where it was, elsewhere', async () => {
    const page = await opened(DEFAULT)
    const { fragment } = await page.client.ask('share', { text: DEFAULT, cursor: 1234 })
    expect(fragment.length).toBeLessThan(2000)
    const other = new Page()
    expect(await other.client.ask('open', { fragment })).toMatchObject({ ok: true, text: DEFAULT, cursor: 1234 })
  })

  it.each([
    ['', 'share-empty'],
    ['#lab=', 'share-empty'],
    ['#lab=AAAA', 'share-'],
    ['#lab=%%%%', 'share-'],
    ['#lab=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz', 'share-'],
  ])('the broken link %j leaves the lab that runs', async (fragment, problem) => {
    const page = await opened(PLAIN)
    const answer = await page.client.ask('open', { fragment })
    expect(answer.ok).toBe(false)
    expect(answer.problem?.key).toMatch(new RegExp(`^${problem}`))
    expect((await page.topology()).hosts).toHaveLength(3)
  })

  it('every truncation of a good link is told', async () => {
    const page = await opened(PLAIN)
    const { fragment } = await page.client.ask('share', { text: PLAIN, cursor: null })
    for (let length = 1; length < fragment.length; length += 23) {
      const answer = await page.client.ask('open', { fragment: fragment.slice(0, length) })
      expect(answer.ok, `${length} characters`).toBe(false)
      expect(answer.problem).not.toBeNull()
    }
  })

  it('a text that is no lab gives diagnostics and leaves the lab that runs', async () => {
    const page = await opened(PLAIN)
    for (const text of ['', 'kind: [', 'apiVersion: v1\nkind: Pod\n', `${PLAIN}---\nkind: Nothing\n`]) {
      const answer = await page.open(text)
      expect(answer.ok, text).toBe(false)
      expect(answer.diagnostics.length).toBeGreaterThan(0)
    }
    expect((await page.topology()).hosts).toHaveLength(3)
  })
})
