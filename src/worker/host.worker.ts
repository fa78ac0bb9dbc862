import { connectHost } from './host.ts'
import type { RequestMessage, WorkerMessage } from './protocol.ts'

// The page's worker: the host, with its messages posted.
const receive = connectHost((message: WorkerMessage) => postMessage(message))
addEventListener('message', (event: MessageEvent<RequestMessage>) => receive(event.data))
