import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EPOCH_MS } from '../base/time.ts'
import { ethernetArb, ipArb } from '../testkit/wire-arbitraries.ts'
import { emitFrame } from './emit.ts'
import { type PcapInterface, type PcapPacket, readPcapng, writePcapng } from './pcapng.ts'

const interfaces: readonly PcapInterface[] = [
  { name: 'node1/eth0', linktype: 'eth', description: 'rack1' },
  { name: 'tunl0', linktype: 'ip', description: undefined },
]

const packetArb: fc.Arbitrary<PcapPacket> = fc.record({
  interface: fc.constantFrom(0, 1),
  t: fc.integer({ min: 0, max: 10 ** 15 }),
  bytes: fc.uint8Array({ maxLength: 60 }),
  comment: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
  direction: fc.constantFrom('in', 'out', undefined),
})

describe('pcapng', () => {
  it('reads back what was written, to the nanosecond', () => {
    fc.assert(
      fc.property(fc.array(packetArb, { maxLength: 5 }), (packets) => {
        expect(readPcapng(writePcapng(interfaces, packets))).toEqual({ ok: true, value: { interfaces, packets } })
      }),
    )
  })

  it('never throws on damaged files', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 })
    fc.assert(
      fc.property(fc.array(packetArb, { maxLength: 3 }), damage, fc.nat(), (packets, flips, cut) => {
        const file = writePcapng(interfaces, packets)
        for (const [at, value] of flips) file[at % file.length] = value
        const result = readPcapng(file.subarray(0, cut % 2 === 0 ? file.length : cut % file.length))
        if (!result.ok) expect(result.error.offset).toBeLessThan(Math.max(1, file.length))
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => !readPcapng(bytes).ok))
  })

  it('says what is wrong', () => {
    const file = writePcapng(interfaces, [{ interface: 7, t: 0, bytes: new Uint8Array(3) }])
    expect(readPcapng(file)).toMatchObject({ ok: false, error: { code: 'interface' } })
    expect(readPcapng(file.subarray(0, file.length - 1))).toMatchObject({ ok: false, error: { code: 'short' } })
    expect(readPcapng(new Uint8Array(40))).toEqual({ ok: false, error: { code: 'not-pcapng', offset: 0 } })
  })
})

const tshark = spawnSync('tshark', ['--version'], { encoding: 'utf8' }).status === 0

describe.skipIf(!tshark)('against tshark', () => {
  const fields = [
    'frame.interface_name',
    'frame.time_epoch',
    'frame.comment',
    'frame.len',
    'frame.packet_flags_direction',
  ]

  function read(file: Uint8Array, args: readonly string[]): string {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-'))
    try {
      const path = join(folder, 'x.pcapng')
      writeFileSync(path, file)
      return execFileSync('tshark', ['-n', '-r', path, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it('interfaces, times, comments and directions arrive', () => {
    const file = writePcapng(interfaces, [
      {
        interface: 0,
        t: 1_204_318_007,
        bytes: new Uint8Array(60),
        comment: 'DNAT by KUBE-SEP – 改写',
        direction: 'in',
      },
      { interface: 1, t: 1_204_318_008, bytes: Uint8Array.of(0x45), direction: 'out' },
    ])
    const text = read(file, ['-T', 'fields', '-E', 'separator=|', ...fields.flatMap((field) => ['-e', field])])
    const second = Math.floor(EPOCH_MS / 1000) + 1
    // versions differ in how many digits the flag has
    expect(text.replaceAll(/0x0*/g, '')).toBe(
      `node1/eth0|${second}.204318007|DNAT by KUBE-SEP – 改写|60|1\ntunl0|${second}.204318008||1|2\n`,
    )
  })

  it('finds nothing malformed and every checksum right in random frames', () => {
    const frames = fc.sample(ethernetArb(2), { numRuns: 150, seed: 11 })
    const packets = fc.sample(ipArb(2), { numRuns: 150, seed: 11 })
    const file = writePcapng(interfaces, [
      ...frames.map((frame, t) => ({ interface: 0, t, bytes: emitFrame(frame) })),
      ...packets.map((packet, t) => ({ interface: 1, t, bytes: emitFrame(packet) })),
    ])
    const check = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`])
    const bad = ['ip', 'icmp', 'tcp', 'udp'].map((protocol) => `${protocol}.checksum.status == "Bad"`).join(' || ')
    // Wireshark also checks what an ICMP error quotes, which our random quotes with typed payloads satisfy as well
    expect(read(file, [...check, '-Y', bad])).toBe('')
  })
})
