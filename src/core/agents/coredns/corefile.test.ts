import { describe, expect, it } from 'vitest'
import { readServer } from './config.ts'
import { matchZone, parseCorefile } from './corefile.ts'

const TEXT = `# a comment
.:53 {
    errors
    health {
       lameduck 5s
    }
    kubernetes cluster.local in-addr.arpa {
       pods insecure
       fallthrough in-addr.arpa
       ttl 30
    }
    forward . /etc/resolv.conf 9.9.9.9:5353 {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
}
example.org corp.local:5300 {
    hosts {
       10.1.2.3 a.example.org
       fallthrough
    }
}
`

describe('Corefile', () => {
  it('is read into server blocks, one per port', () => {
    const blocks = parseCorefile(TEXT, '/Corefile')
    if (!blocks.ok) throw new Error(blocks.error)
    expect(blocks.value.map(({ zones, port }) => [zones, port])).toEqual([
      [['.'], 53],
      [['example.org.'], 53],
      [['corp.local.'], 5300],
    ])
    const main = readServer(blocks.value[0]!, () => 'nameserver 192.0.2.1\n')
    expect(main.kubernetes).toMatchObject({
      zones: ['cluster.local.', 'in-addr.arpa.'],
      pods: 'insecure',
      ttl: 30,
      fallthrough: ['in-addr.arpa.'],
    })
    expect(main.forward?.upstreams.map((upstream) => upstream.port)).toEqual([53, 5353])
    expect(main.cache).toMatchObject({ success: 30, denial: 30, successOff: ['cluster.local.'] })
    expect([main.health, main.ready, main.lameduck]).toEqual([8080, 0, 5e9])
    expect(readServer(blocks.value[1]!, () => null).hosts?.entries[0]?.names).toEqual(['a.example.org.'])
  })

  it.each([
    ['.:53 {\n    nonsense\n}', "/Corefile:2 - Error during parsing: Unknown directive 'nonsense'"],
    ['.:53 {\n    errors\n', "/Corefile:3 - Error during parsing: Unexpected EOF, expecting '}'"],
    ['.:53', "/Corefile:1 - Error during parsing: Unexpected EOF, expecting '{'"],
  ])('%j is refused in CoreDNS’ words', (text, error) => {
    expect(parseCorefile(text, '/Corefile')).toEqual({ ok: false, error })
  })

  it('the longest zone serves a name', () => {
    expect(matchZone('a.b.example.org.', ['.', 'example.org.', 'b.example.org.'])).toBe('b.example.org.')
    expect(matchZone('notexample.org.', ['example.org.'])).toBeUndefined()
  })
})
