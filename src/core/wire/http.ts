/**
 * HTTP/1.1 messages over binary strings (RFC 9112). Parsing is incremental: hand in everything received so far, drop
 * `consumed` bytes after each message. Not modelled: trailers (read and dropped), transfer codings other than chunked.
 */

/** Name and value in the order sent; names keep their case. */
export type HttpHeader = readonly [name: string, value: string]

interface HttpCommon {
  /** `HTTP/1.1` or `HTTP/1.0`. */
  readonly version: string
  readonly headers: readonly HttpHeader[]
  /** Decoded from chunks if it came so; a binary string. */
  readonly body: string
}
export interface HttpRequest extends HttpCommon {
  readonly kind: 'request'
  readonly method: string
  readonly target: string
}
export interface HttpResponse extends HttpCommon {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
}
export type HttpMessage = HttpRequest | HttpResponse

export type HttpError = 'start-line' | 'header' | 'length' | 'chunk' | 'too-long' | 'unfinished'
export type HttpParse =
  | { readonly state: 'incomplete' }
  | { readonly state: 'message'; readonly message: HttpMessage; readonly consumed: number }
  | { readonly state: 'error'; readonly code: HttpError }

export interface HttpParseOptions {
  /** The response answers a HEAD request: it has no body whatever its headers say. */
  readonly toHead?: boolean | undefined
  /** The peer has closed its direction: a response without a length ends here. */
  readonly ended?: boolean | undefined
}

const INCOMPLETE: HttpParse = Object.freeze({ state: 'incomplete' })
const fail = (code: HttpError): HttpParse => ({ state: 'error', code })
const MAX_HEAD = 65_536

/** The first message in `buffer`. */
export function parseHttp(buffer: string, options: HttpParseOptions = {}): HttpParse {
  const gap = /\r?\n\r?\n/.exec(buffer)
  const unfinished = options.ended === true && buffer !== '' ? fail('unfinished') : INCOMPLETE
  if (gap === null) {
    if (buffer.length > MAX_HEAD) return fail('too-long')
    const firstEnd = buffer.indexOf('\n')
    return firstEnd >= 0 && parseStartLine(buffer.slice(0, firstEnd)) === null ? fail('start-line') : unfinished
  }
  if (gap.index > MAX_HEAD) return fail('too-long')
  const [startLine = '', ...lines] = buffer.slice(0, gap.index).split(/\r?\n/)
  const start = parseStartLine(startLine)
  if (start === null) return fail('start-line')
  const headers = parseHeaders(lines)
  if (headers === null) return fail('header')
  const body = readBody(buffer, gap.index + gap[0].length, start, headers, options)
  if (body === null) return unfinished
  if (typeof body === 'string') return fail(body)
  return { state: 'message', message: { ...start, headers, body: body.body }, consumed: body.end }
}

type StartLine = Omit<HttpRequest, 'headers' | 'body'> | Omit<HttpResponse, 'headers' | 'body'>

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\S+) (HTTP\/1\.[01])\r?$/
const STATUS_LINE = /^(HTTP\/1\.[01]) (\d{3})(?: ([^\r]*))?\r?$/

function parseStartLine(line: string): StartLine | null {
  const request = REQUEST_LINE.exec(line)
  if (request) return { kind: 'request', method: request[1]!, target: request[2]!, version: request[3]! }
  const status = STATUS_LINE.exec(line)
  if (!status) return null
  return { kind: 'response', version: status[1]!, status: Number(status[2]), reason: status[3] ?? '' }
}

function parseHeaders(lines: readonly string[]): HttpHeader[] | null {
  const headers: HttpHeader[] = []
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line)
    if (!match || /[\0\r]/.test(match[2]!)) return null
    headers.push([match[1]!, match[2]!])
  }
  return headers
}

/** The last value of a header, by name in any case. */
export function httpHeader(headers: readonly HttpHeader[], name: string): string | undefined {
  const wanted = name.toLowerCase()
  return headers.findLast(([key]) => key.toLowerCase() === wanted)?.[1]
}

interface Body {
  readonly body: string
  readonly end: number
}

/** RFC 9112 section 6.3, in its order. `null`: not all there yet. */
function readBody(
  buffer: string,
  from: number,
  start: StartLine,
  headers: readonly HttpHeader[],
  options: HttpParseOptions,
): Body | HttpError | null {
  const response = start.kind === 'response'
  if (response && (options.toHead === true || start.status < 200 || start.status === 204 || start.status === 304)) {
    return { body: '', end: from }
  }
  const lengths = headers.filter(([name]) => name.toLowerCase() === 'content-length').map(([, value]) => value)
  const coding = httpHeader(headers, 'Transfer-Encoding')?.toLowerCase()
  if (coding !== undefined) return coding === 'chunked' && lengths.length === 0 ? readChunks(buffer, from) : 'length'
  const length = lengths[0]
  if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length) || lengths.some((other) => other !== length)) return 'length'
    const end = from + Number(length)
    return buffer.length < end ? null : { body: buffer.slice(from, end), end }
  }
  if (!response) return { body: '', end: from }
  return options.ended === true ? { body: buffer.slice(from), end: buffer.length } : null
}

function readChunks(buffer: string, from: number): Body | HttpError | null {
  const parts: string[] = []
  let at = from
  for (;;) {
    const lineEnd = buffer.indexOf('\r\n', at)
    if (lineEnd < 0) return buffer.length - at > 1024 ? 'chunk' : null
    const size = /^([0-9a-f]{1,8})[ \t]*(;.*)?$/i.exec(buffer.slice(at, lineEnd))
    if (!size) return 'chunk'
    const length = Number.parseInt(size[1]!, 16)
    at = lineEnd + 2
    if (length === 0) return endOfTrailers(buffer, at, parts)
    if (buffer.length < at + length + 2) return null
    if (buffer.slice(at + length, at + length + 2) !== '\r\n') return 'chunk'
    parts.push(buffer.slice(at, at + length))
    at += length + 2
  }
}

function endOfTrailers(buffer: string, at: number, parts: readonly string[]): Body | HttpError | null {
  if (buffer.startsWith('\r\n', at)) return { body: parts.join(''), end: at + 2 }
  const end = buffer.indexOf('\r\n\r\n', at)
  if (end < 0) return buffer.length - at > MAX_HEAD ? 'too-long' : null
  return { body: parts.join(''), end: end + 4 }
}

/**
 * The bytes of a message. A body without a length header gets `Content-Length`; with `Transfer-Encoding: chunked` it is sent
 * as one chunk.
 */
export function emitHttp(message: HttpMessage): string {
  const { headers, body, version } = message
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.target} ${version}`
      : `${version} ${message.status} ${message.reason}`
  const chunked = httpHeader(headers, 'Transfer-Encoding')?.toLowerCase() === 'chunked'
  const measured = chunked || body === '' || httpHeader(headers, 'Content-Length') !== undefined
  const all: readonly HttpHeader[] = measured ? headers : [...headers, ['Content-Length', String(body.length)]]
  const head = [start, ...all.map(([name, value]) => `${name}: ${value}`)].map((line) => `${line}\r\n`).join('')
  return `${head}\r\n${chunked ? emitChunks(body) : body}`
}

const emitChunks = (body: string): string =>
  body === '' ? '0\r\n\r\n' : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
