import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emitHttp, type HttpMessage, httpHeader, parseHttp } from './http.ts'

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/)
const value = fc.stringMatching(/^([!-~]([ -~]{0,10}[!-~])?)?$/)
const body = fc.uint8Array({ maxLength: 50 }).map((bytes) => String.fromCharCode(...bytes))
const reserved = ['content-length', 'transfer-encoding']
const headers = fc.array(
  fc.tuple(
    token.filter((name) => !reserved.includes(name.toLowerCase())),
    value,
  ),
  { maxLength: 4 },
)

const messageArb: fc.Arbitrary<HttpMessage> = fc
  .record({
    request: fc.boolean(),
    method: token,
    status: fc.integer({ min: 200, max: 599 }),
    reason: value,
    headers,
    body,
    chunked: fc.boolean(),
  })
  .map(({ request, method, status, reason, headers, body, chunked }): HttpMessage => {
    const bare = !request && (status === 204 || status === 304)
    const length: [string, string] = chunked
      ? ['transfer-encoding', 'chunked']
      : ['content-length', String(body.length)]
    const common = { version: 'HTTP/1.1', headers: bare ? headers : [...headers, length], body: bare ? '' : body }
    return request
      ? { kind: 'request', method, target: '/x?y=1', ...common }
      : { kind: 'response', status, reason, ...common }
  })

describe('http', () => {
  it('parse(emit(x)) is x, whatever follows', () => {
    fc.assert(
      fc.property(messageArb, body, (message, more) => {
        const data = emitHttp(message)
        expect(parseHttp(data + more)).toEqual({ state: 'message', message, consumed: data.length })
      }),
    )
  })

  it('every proper prefix is incomplete', () => {
    fc.assert(
      fc.property(messageArb, fc.nat(), (message, cut) => {
        const data = emitHttp(message)
        expect(parseHttp(data.slice(0, cut % data.length)).state).toBe('incomplete')
      }),
    )
  })

  it('random bytes never throw', () => {
    fc.assert(fc.property(body, fc.boolean(), (data, ended) => parseHttp(data, { ended }).state !== undefined))
    const nasty = fc.array(
      fc.constantFrom(
        'GET / HTTP/1.1\r\n',
        'HTTP/1.1 200 OK\r\n',
        'A: b\r\n',
        '\r\n',
        '\n',
        'Content-Length: 3\r\n',
        'Transfer-Encoding: chunked\r\n',
        '3\r\nabc\r\n',
        '0\r\n',
        'x',
      ),
    )
    fc.assert(
      fc.property(nasty, fc.boolean(), (parts, ended) => parseHttp(parts.join(''), { ended }).state !== undefined),
    )
  })

  it('a response without a length lasts until the peer closes', () => {
    const data = 'HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello'
    expect(parseHttp(data).state).toBe('incomplete')
    expect(parseHttp(data, { ended: true })).toMatchObject({
      state: 'message',
      message: { body: 'hello' },
      consumed: data.length,
    })
  })

  it('an answer to HEAD has no body', () => {
    const data = 'HTTP/1.1 200 OK\r\nContent-Length: 612\r\n\r\n'
    expect(parseHttp(data, { toHead: true })).toMatchObject({ state: 'message', consumed: data.length })
  })

  it('chunks are joined, extensions and trailers dropped', () => {
    const data = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n'
    expect(parseHttp(data)).toMatchObject({ state: 'message', message: { body: 'abcde' }, consumed: data.length })
  })

  it.each([
    ['\x16\x03\x01\x02\0\n', 'start-line'],
    ['GET / HTTP/3\r\n\r\n', 'start-line'],
    ['GET / HTTP/1.1\r\nno colon\r\n\r\n', 'header'],
    ['GET / HTTP/1.1\r\nSpace : x\r\n\r\n', 'header'],
    ['POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 'length'],
    ['POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 'length'],
    ['POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'length'],
    ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'chunk'],
    ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc', 'chunk'],
    ['x'.repeat(70_000), 'too-long'],
  ])('refuses %j', (data, code) => expect(parseHttp(data)).toEqual({ state: 'error', code }))

  it('a message cut off by the end of the connection is an error', () => {
    expect(parseHttp('GET / HT', { ended: true })).toEqual({ state: 'error', code: 'unfinished' })
    expect(parseHttp('', { ended: true })).toEqual({ state: 'incomplete' })
  })

  it('adds a length where a body has none', () => {
    const request = {
      kind: 'request',
      method: 'POST',
      target: '/',
      version: 'HTTP/1.1',
      headers: [['Host', 'web']],
      body: 'ab',
    } as const
    expect(emitHttp(request)).toBe('POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nab')
    expect(
      httpHeader(
        [
          ['A', '1'],
          ['a', '2'],
        ],
        'A',
      ),
    ).toBe('2')
  })
})
