import { formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { ERRNO_TEXT, type Errno } from '../../kernel/errno.ts'
import { emitHttp, parseHttp } from '../../wire/http.ts'
import type { Ctx, Program, ProgramEvent } from '../contracts/program.ts'

export const PROBE_PROGRAM = 'kubelet-probe'

interface ProbeState {
  readonly fd: number
  readonly received: string
}

/**
 * The kubelet's HTTP and TCP probes as a program of their own on the node, so that they are real packets from the node to the pod.
 * Arguments: `http|tcp ADDRESS PORT PATH HOST TIMEOUT`. Status 0: success; what is printed is what the kubelet says of it.
 */
export const probeProgram: Program<ProbeState> = {
  name: PROBE_PROGRAM,
  start(ctx) {
    const [, , address = '', port = '0', , , timeout = '1'] = ctx.argv
    const ip = parseIpv4(address)
    if (ip === null) return fail(ctx, `dial tcp: lookup ${address}: no such host`)
    const fd = ctx.socket('tcp', { noDelay: true })
    ctx.set({ fd, received: '' })
    ctx.setTimer(Number(timeout) * SEC, 'timeout')
    const connected = ctx.connect(fd, ip, Number(port))
    if (!connected.ok) fail(ctx, dialError(ctx, connected.error.errno))
  },
  on(ctx, event) {
    if (event.type === 'timer') return fail(ctx, timeoutText(ctx))
    if (event.type === 'connect-failed' || event.type === 'reset') return fail(ctx, dialError(ctx, event.errno))
    if (event.type === 'connected') return ask(ctx)
    if (event.type === 'data' || event.type === 'eof') read(ctx, event)
  },
}

const target = ({ argv }: Ctx<ProbeState>): string => `${formatIpv4(parseIpv4(argv[2] ?? '') ?? 0)}:${argv[3]}`
const url = (ctx: Ctx<ProbeState>): string => `http://${target(ctx)}${ctx.argv[4]}`
const isHttp = (ctx: Ctx<ProbeState>): boolean => ctx.argv[1] === 'http'

function fail(ctx: Ctx<ProbeState>, text: string): void {
  ctx.write(1, text)
  ctx.exit(1)
}

function dialError(ctx: Ctx<ProbeState>, errno: Errno): string {
  const dial = `dial tcp ${target(ctx)}: connect: ${ERRNO_TEXT[errno].toLowerCase()}`
  return isHttp(ctx) ? `Get "${url(ctx)}": ${dial}` : dial
}

const timeoutText = (ctx: Ctx<ProbeState>): string =>
  isHttp(ctx)
    ? `Get "${url(ctx)}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
    : `dial tcp ${target(ctx)}: i/o timeout`

function ask(ctx: Ctx<ProbeState>): void {
  if (!isHttp(ctx)) {
    ctx.close(ctx.state.fd)
    return ctx.exit(0)
  }
  const [, , address = '', port = '', path = '/', host = ''] = ctx.argv
  const headers = [
    ['Host', host || `${address}:${port}`],
    ['User-Agent', 'kube-probe/1.35'],
    ['Accept', '*/*'],
    ['Connection', 'close'],
  ] as const
  ctx.send(
    ctx.state.fd,
    emitHttp({ kind: 'request', version: 'HTTP/1.1', method: 'GET', target: path, headers, body: '' }),
  )
}

function read(ctx: Ctx<ProbeState>, event: ProgramEvent): void {
  const received = ctx.state.received + ctx.recv(ctx.state.fd)
  const parsed = parseHttp(received, { ended: event.type === 'eof' })
  if (parsed.state === 'incomplete' && event.type === 'data') return ctx.set({ ...ctx.state, received })
  ctx.close(ctx.state.fd)
  if (parsed.state !== 'message' || parsed.message.kind !== 'response') return fail(ctx, `Get "${url(ctx)}": EOF`)
  const { status } = parsed.message
  if (status >= 200 && status < 400) return ctx.exit(0)
  fail(ctx, `HTTP probe failed with statuscode: ${status}`)
}
