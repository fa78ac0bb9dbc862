import { emitDns } from '../../../src/core/wire/dns.ts'
import { parseDns } from '../../../src/core/wire/dns-parse.ts'
import { emitHttp, httpHeader, parseHttp } from '../../../src/core/wire/http.ts'
import { dnsText } from '../../../src/core/wire/print-dns.ts'
import { decodeUtf8, encodeUtf8 } from '../../../src/core/wire/utf8.ts'
import type { Target } from '../target.ts'

const QUERY =
  '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01\x03web\x07default\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00'
const ANSWER =
  '\x12\x34\x85\x80\x00\x01\x00\x02\x00\x01\x00\x00\x03web\x05local\x00\x00\x01\x00\x01\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x05\x00\x06\x03foo\xc0\x10\xc0\x27\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x0a\x00\x00\x01\xc0\x10\x00\x06\x00\x01\x00\x00\x00\x1e\x00\x20\x02ns\xc0\x10\x04host\xc0\x10\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x05'
const SRV =
  '\x00\x01\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00\x05_http\x04_tcp\x03web\x00\x00\x21\x00\x01\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x05\x00\x0b\x00\x00\x00\x64\x00\x50\x03pod\xc0\x17'

export const dns: Target = {
  name: 'dns',
  about: 'DNS messages: parsed, printed, written again',
  bytes: true,
  dictionary: [
    '\xc0\x0c',
    '\xc0\x00',
    '\xc0\xff',
    '\xff\xff',
    '\x3f' + 'a'.repeat(63),
    '\x40',
    '\x00\x01\x00\x01',
    '\x00\x21\x00\x01',
    '\x00\x1c\x00\x01',
    '\x00\x10\x00\x01',
    '\x00\x0c\x00\x01',
    '\x00\xff\x00\xff',
    '\x00\x29\x10\x00',
    '\\',
    '.',
    '\x03a.b',
    '\x00',
  ],
  seeds: () => [QUERY, ANSWER, SRV],
  run(input) {
    const message = parseDns(input)
    if (!message) return 'no DNS'
    const again = parseDns(emitDns(message))
    if (!again) throw new Error('what was written does not parse')
    // whether names were compressed depends on which names repeat, not only on what the message says
    const said = (dns: typeof message): string => JSON.stringify({ ...dns, compressed: undefined })
    if (said(again) !== said(message)) throw new Error('written and parsed again it is different')
    return `${message.questions.length} ${message.answers
      .map(({ type }) => type)
      .slice(0, 4)
      .join()} ${dnsText(message).length > 3000}`
  },
}

const MESSAGES = [
  'GET / HTTP/1.1\r\nHost: web\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n',
  'POST /a?b=c HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\nhello world\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\n',
  'HTTP/1.0 302 Found\r\nLocation: http://x/\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
]

export const http: Target = {
  name: 'http',
  about: 'HTTP messages, as a stream that may end anywhere',
  bytes: true,
  dictionary: [
    '\r\n',
    '\n',
    '\r\n\r\n',
    'Content-Length: ',
    'Content-Length: 99999999999999999999\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 5, 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
    'ffffffffff\r\n',
    '0\r\n',
    ': ',
    ' HTTP/1.1',
    'HTTP/1.1 ',
    'HEAD ',
    'CONNECT ',
    '\x00',
    '\t',
    ' ',
    '%00',
    'Host:',
  ],
  seeds: () => MESSAGES,
  run(input) {
    const kinds: string[] = []
    let rest = input
    for (let n = 0; n < 50; n++) {
      const parsed = parseHttp(rest)
      parseHttp(rest, { ended: true })
      parseHttp(rest, { toHead: true })
      kinds.push(parsed.state === 'error' ? parsed.code : parsed.state)
      if (parsed.state !== 'message') break
      if (parsed.consumed <= 0 || parsed.consumed > rest.length)
        throw new Error(`consumed ${parsed.consumed} of ${rest.length}`)
      httpHeader(parsed.message.headers, 'content-type')
      const again = parseHttp(emitHttp(parsed.message), { ended: true })
      if (again.state !== 'message' && !(parsed.message.kind === 'response'))
        throw new Error('what was written does not parse')
      rest = rest.slice(parsed.consumed)
    }
    if (decodeUtf8(encodeUtf8(decodeUtf8(input))) !== decodeUtf8(input)) throw new Error('UTF-8 does not come back')
    return kinds.slice(0, 6).join()
  },
}
