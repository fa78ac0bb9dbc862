import { describe, expect, it } from 'vitest'
import { type Notice, WorkerFailure, type WorkerLike, createClient, createTwin } from './client.ts'

describe('client', () => {
  it('gives every request its own answer, also out of order', async () => {
    const held: (() => void)[] = []
    const client = createTwin((post) => (message) => {
      held.push(() => post({ type: 'answer', id: message.id, answer: { fragment: String(message.id) } }))
      if (held.length === 2) for (const answer of held.reverse()) answer()
    })
    const first = client.ask('share', { text: '', cursor: 0 })
    const second = client.ask('share', { text: '', cursor: 1 })
    expect((await second).fragment).toBe('2')
    expect((await first).fragment).toBe('1')
  })

  it('rejects when the simulator failed, and goes on', async () => {
    const client = createTwin(
      (post) => (message) =>
        message.name === 'step'
          ? post({ type: 'failed', id: message.id, report: 'no such row\nat …' })
          : post({ type: 'answer', id: message.id, answer: { text: 'x' } }),
    )
    await expect(client.ask('step', { cursor: 1 })).rejects.toBeInstanceOf(WorkerFailure)
    expect(await client.ask('edit', { text: '', edits: [] })).toEqual({ text: 'x' })
  })

  it('keeps what is asked, in order, for a worker that has yet to be started', async () => {
    const asked: unknown[] = []
    let start: (worker: WorkerLike) => void = () => {}
    const client = createClient(new Promise((resolve) => (start = resolve)))
    for (const cursor of [1, 2]) void client.ask('step', { cursor })
    start({ postMessage: (message) => void asked.push(message), addEventListener: () => {} })
    await new Promise((resolve) => setTimeout(resolve))
    expect(asked).toMatchObject([{ ask: { cursor: 1 } }, { ask: { cursor: 2 } }])
  })

  it('hands notices to listeners until they stop', async () => {
    const seen: Notice[] = []
    let send: (cursor: number) => void = () => {}
    const client = createTwin((post) => {
      send = (cursor) => post({ type: 'output', session: 1, cursor, text: '', exit: null })
      return () => {}
    })
    const stop = client.listen((notice) => seen.push(notice))
    send(4)
    await Promise.resolve()
    stop()
    send(5)
    await Promise.resolve()
    expect(seen).toHaveLength(1)
  })

  it('keeps notices for the first listener, in order and before what comes later', async () => {
    const seen: unknown[] = []
    let send: (cursor: number) => void = () => {}
    const client = createTwin((post) => {
      send = (cursor) => post({ type: 'output', session: 1, cursor, text: '', exit: null })
      return () => {}
    })
    send(1)
    send(2)
    await Promise.resolve()
    client.listen((notice) => seen.push(notice))
    client.listen((notice) => seen.push(['second', notice]))
    send(3)
    await Promise.resolve()
    await Promise.resolve()
    expect(seen).toMatchObject([{ cursor: 1 }, { cursor: 2 }, { cursor: 3 }, ['second', { cursor: 3 }]])
  })
})
