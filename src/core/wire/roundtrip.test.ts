import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equal } from '../base/equal.ts'
import { ipv4 } from '../base/ipv4.ts'
import { mac } from '../base/mac.ts'
import { dnsArb, ethernetArb, frameArb, ipArb } from '../testkit/wire-arbitraries.ts'
import { foldChecksum, sumWords } from './checksum.ts'
import { dnsLength, emitDns } from './dns.ts'
import { parseDns } from './dns-parse.ts'
import { emitFrame, emitIpPayload, emitWithFields } from './emit.ts'
import { frameLength, ipPayloadLength, mtuLength } from './length.ts'
import { parseFrame, parseIpPayload } from './parse.ts'
import { type Ethernet, type Frame, type Ipv4Packet, NO_DATA } from './types.ts'

const linktype = (frame: Frame): 'eth' | 'ip' => (frame.l === 'eth' ? 'eth' : 'ip')

function expectSame(actual: unknown, wanted: unknown): void {
  if (!equal(actual, wanted)) expect(actual).toEqual(wanted)
  expect(equal(actual, wanted)).toBe(true)
}

describe('parse and emit', () => {
  it('parse(emit(x)) is x, with every checksum right', () => {
    fc.assert(
      fc.property(frameArb, (frame) => {
        expectSame(parseFrame(emitFrame(frame), linktype(frame), { checksums: true }), { ok: true, value: frame })
      }),
      { numRuns: 500 },
    )
  })

  it('frameLength is the number of bytes emitted', () => {
    fc.assert(fc.property(frameArb, (frame) => frameLength(frame) === emitFrame(frame).length))
  })

  it('DNS messages survive, compressed or not', () => {
    fc.assert(
      fc.property(dnsArb, (dns) => {
        const data = emitDns(dns)
        expect(dnsLength(dns)).toBe(data.length)
        expectSame(parseDns(data), dns)
      }),
      { numRuns: 500 },
    )
  })

  it('an IP payload survives being cut out and put back', () => {
    fc.assert(
      fc.property(ipArb(2), (ip) => {
        const data = emitIpPayload(ip)
        expect(data.length).toBe(ipPayloadLength(ip.payload))
        if (!ip.mf && ip.frag === 0) expectSame(parseIpPayload(ip.proto, data), ip.payload)
      }),
    )
  })

  it('Ethernet padding is trimmed, except behind payloads nobody knows', () => {
    fc.assert(
      fc.property(ethernetArb(1), fc.uint8Array({ maxLength: 20 }), (frame, padding) => {
        const bytes = Uint8Array.from([...emitFrame(frame), ...padding])
        if (frame.payload.l !== 'data') expectSame(parseFrame(bytes), { ok: true, value: frame })
      }),
    )
  })

  it('every byte belongs to a field, or is reserved or option padding', () => {
    fc.assert(
      fc.property(frameArb, (frame) => {
        const { bytes, fields } = emitWithFields(frame)
        expect(bytes).toEqual(emitFrame(frame))
        const covered = new Uint8Array(bytes.length)
        for (const { offset, length } of fields) covered.fill(1, offset, offset + length)
        bytes.forEach((byte, i) => {
          if (covered[i] === 0) expect([0, 1, 4, 2]).toContain(byte)
        })
      }),
    )
  })
})

describe('hostile input', () => {
  const total = (bytes: Uint8Array): void => {
    for (const link of ['eth', 'ip'] as const) {
      for (const checksums of [false, true]) {
        const result = parseFrame(bytes, link, { checksums })
        if (result.ok) {
          expect(frameLength(result.value)).toBeLessThanOrEqual(bytes.length)
          expect(emitFrame(result.value).length).toBe(frameLength(result.value))
        } else expect(result.error.offset).toBeLessThanOrEqual(bytes.length)
      }
    }
  }

  it('random bytes never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), total), { numRuns: 1000 })
  })

  it('frames with flipped bytes and cut tails never throw', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })
    fc.assert(
      fc.property(frameArb, damage, fc.nat(), (frame, flips, cut) => {
        const bytes = emitFrame(frame)
        for (const [at, value] of flips) bytes[at % bytes.length] = value
        total(bytes.subarray(0, cut % 3 === 0 ? cut % (bytes.length + 1) : bytes.length))
      }),
      { numRuns: 1000 },
    )
  })

  it('a wrong bit is found when checksums are verified', () => {
    const frame = echo()
    for (let at = 14; at < frameLength(frame); at++) {
      const bytes = emitFrame(frame)
      bytes[at] = bytes[at]! ^ 0x10
      expect(parseFrame(bytes, 'eth', { checksums: true }).ok).toBe(false)
    }
  })

  it('tunnels nested without end are bounded', () => {
    const depth = 3000
    const bytes = new Uint8Array(20 * depth)
    for (let i = 0; i < depth; i++) {
      const length = bytes.length - 20 * i
      bytes.set([0x45, 0, length >> 8, length & 255, 0, 0, 0, 0, 64, 4], 20 * i)
    }
    expect(parseFrame(bytes, 'ip').ok).toBe(true)
  })

  it('compression pointers that loop or point forward are refused', () => {
    const header = '\0\x01\0\0\0\x01\0\0\0\0\0\0'
    expect(parseDns(`${header}\xc0\x0c\0\x01\0\x01`)).toBeNull()
    expect(parseDns(`${header}\x01a\xc0\x0c\0\x01\0\x01`)).toBeNull()
    expect(parseDns(`${header}\xc0\x20\0\x01\0\x01`)).toBeNull()
    expect(parseDns(`${'\0'.repeat(4)}\xff\xff\xff\xff\xff\xff\xff\xff`)).toBeNull()
  })
})

function echo(): Ethernet {
  const ip: Ipv4Packet = {
    l: 'ipv4',
    src: ipv4('10.244.1.2'),
    dst: ipv4('10.244.2.2'),
    ttl: 64,
    proto: 1,
    id: 5255,
    tos: 0,
    df: true,
    mf: false,
    frag: 0,
    payload: { l: 'icmp', type: 8, code: 0, rest: 0x626c0001, payload: { l: 'data', data: 'x'.repeat(56) } },
  }
  return { l: 'eth', src: mac('62:99:c9:28:48:e0'), dst: mac('0a:58:0a:f4:01:01'), type: 0x0800, payload: ip }
}

describe('known bytes', () => {
  it('checksum of the example in RFC 1071 section 3', () => {
    const bytes = Uint8Array.from([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])
    expect(foldChecksum(sumWords(bytes, 0, 8))).toBe(~0xddf2 & 0xffff)
  })

  it('sizes as a capture shows them: ARP 42, ping 98, the same in VXLAN 148', () => {
    const ping = echo()
    expect(frameLength(ping)).toBe(98)
    expect(mtuLength(ping)).toBe(84)
    const arp: Ethernet = { ...ping, type: 0x0806, payload: { l: 'arp', op: 1, sha: 1, spa: 2, tha: 0, tpa: 3 } }
    expect(frameLength(arp)).toBe(42)
    const outer: Ipv4Packet = {
      ...(ping.payload as Ipv4Packet),
      proto: 17,
      payload: { l: 'udp', sport: 45842, dport: 4789, payload: { l: 'vxlan', vni: 4096, payload: ping } },
    }
    expect(frameLength({ ...ping, payload: outer })).toBe(148)
    expect(mtuLength({ ...ping, vlan: 5, payload: outer })).toBe(134)
  })

  it('a UDP checksum that comes out as 0 is sent as 0xffff', () => {
    const ip: Ipv4Packet = {
      ...(echo().payload as Ipv4Packet),
      src: 0,
      dst: 0,
      proto: 17,
      // 17 + 10 + 10 (pseudo header and length) + data word = 0xffff
      payload: { l: 'udp', sport: 0, dport: 0, payload: { l: 'data', data: String.fromCharCode(0xff, 0xff - 37) } },
    }
    expect([...emitFrame(ip).subarray(26, 28)]).toEqual([0xff, 0xff])
  })

  it('names the field that is damaged', () => {
    const bytes = emitFrame(echo())
    bytes[16] = 0xff
    expect(parseFrame(bytes)).toEqual({ ok: false, error: { code: 'length', offset: 16 } })
    bytes[14] = 0x46
    expect(parseFrame(bytes)).toEqual({ ok: false, error: { code: 'ip-options', offset: 14 } })
    bytes[14] = 0x65
    expect(parseFrame(bytes)).toEqual({ ok: false, error: { code: 'version', offset: 14 } })
    expect(parseFrame(bytes.subarray(0, 30))).toEqual({ ok: false, error: { code: 'short', offset: 14 } })
    expect(parseFrame(bytes.subarray(0, 13))).toEqual({ ok: false, error: { code: 'short', offset: 0 } })
  })

  it('fields carry positions, bits and readable values', () => {
    const { fields } = emitWithFields(echo())
    const field = (l: string, name: string): unknown => fields.find((f) => f.l === l && f.name === name)
    expect(field('eth', 'src')).toEqual({
      layer: 0,
      l: 'eth',
      name: 'src',
      offset: 6,
      length: 6,
      text: '62:99:c9:28:48:e0',
    })
    expect(field('ipv4', 'df')).toMatchObject({ layer: 1, offset: 20, length: 1, bits: [1, 1], text: '1' })
    expect(field('ipv4', 'frag')).toMatchObject({ offset: 20, length: 2, bits: [3, 13] })
    expect(field('ipv4', 'dst')).toMatchObject({ offset: 30, text: '10.244.2.2' })
    expect(field('icmp', 'id')).toMatchObject({ layer: 2, offset: 38, text: '25196' })
    expect(field('data', 'data')).toMatchObject({ layer: 3, offset: 42, length: 56 })
    expect(emitWithFields({ ...echo(), payload: NO_DATA }).fields.map((f) => f.name)).toEqual(['dst', 'src', 'type'])
  })
})
