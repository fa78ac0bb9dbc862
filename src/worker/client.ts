import type { RequestMessage, RequestName, Requests, WorkerMessage } from './protocol.ts'

/** What the worker tells without being asked. */
export type Notice =
  | Exclude<WorkerMessage, { type: 'answer' | 'failed' }>
  | { readonly type: 'failed'; readonly report: string }

/** The page's side of the protocol: one promise per request, and the notices in the order in which they were sent. */
export interface Client {
  /** Rejects with `WorkerFailure` only where the simulator has a bug; expected failures are in the answers. */
  ask<N extends RequestName>(name: N, ask: Requests[N]['ask']): Promise<Requests[N]['answer']>
  /** Returns the function that stops listening. What was told before anybody listened is told to the first who does, in the next microtask. */
  listen(listener: (notice: Notice) => void): () => void
}

/** A bug of ours in the worker. `report` is text for a bug report. */
export class WorkerFailure extends Error {
  override name = 'WorkerFailure'
  readonly report: string

  constructor(report: string) {
    super(report.split('\n', 1)[0] ?? report)
    this.report = report
  }
}

/** As much of a `Worker` (or of anything like one) as the client uses. */
export interface WorkerLike {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: WorkerMessage }) => void): void
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void
}

/** The worker may be one that has yet to be started: what is asked before waits for it. */
export function createClient(worker: WorkerLike | Promise<WorkerLike>): Client {
  const started = Promise.resolve(worker)
  const link = createLink((message) => void started.then((one) => one.postMessage(message)))
  const listen = (one: WorkerLike): void => {
    one.addEventListener('message', (event) => link.receive(event.data))
    one.addEventListener('error', (event) => link.fail(event.message ?? 'the worker could not be started'))
  }
  void started.then(listen)
  return link.client
}

/** A host in the same thread, for tests: takes what would be posted, answers through `post`. */
export type HostConnection = (post: (message: WorkerMessage) => void) => (message: RequestMessage) => void

/** The in-process twin of `createClient`: the same order of messages, without a worker. */
export function createTwin(connect: HostConnection): Client {
  const link = createLink((message) => queueMicrotask(() => host(message)))
  const host = connect((message) => queueMicrotask(() => link.receive(message)))
  return link.client
}

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (reason: WorkerFailure) => void
}

function createLink(post: (message: RequestMessage) => void) {
  const waiting = new Map<number, Waiting>()
  const listeners = new Set<(notice: Notice) => void>()
  let lastId = 0
  /** What was told before anybody listened. */
  let untold: Notice[] | null = []

  const tell = (notice: Notice): void => {
    if (untold) untold.push(notice)
    else for (const listener of listeners) listener(notice)
  }
  const settle = (id: number): Waiting | undefined => {
    const entry = waiting.get(id)
    waiting.delete(id)
    return entry
  }
  /** A failure while a question is answered is that question's; any other one is told to all. */
  const fail = (id: number, report: string): void => {
    const entry = settle(id)
    if (entry) entry.reject(new WorkerFailure(report))
    else tell({ type: 'failed', report })
  }
  return {
    client: {
      ask<N extends RequestName>(name: N, ask: Requests[N]['ask']): Promise<Requests[N]['answer']> {
        const id = ++lastId
        return new Promise((resolve, reject) => {
          waiting.set(id, { resolve, reject })
          post({ id, name, ask })
        })
      },
      listen(listener: (notice: Notice) => void): () => void {
        listeners.add(listener)
        const missed = untold ?? []
        untold = null
        // Not while the listener is still being set up.
        queueMicrotask(() => missed.forEach(listener))
        return () => listeners.delete(listener)
      },
    } satisfies Client,
    receive(message: WorkerMessage): void {
      if (message.type === 'answer') settle(message.id)?.resolve(message.answer as never)
      else if (message.type === 'failed') fail(message.id, message.report)
      else tell(message)
    },
    /** The worker itself broke: nothing that was asked will be answered. */
    fail(report: string): void {
      for (const id of [...waiting.keys()]) settle(id)?.reject(new WorkerFailure(report))
    },
  }
}
