import { changedFields } from '../../../src/core/wire/diff.ts'
import { emitFrame, emitWithFields } from '../../../src/core/wire/emit.ts'
import { fiveTuple } from '../../../src/core/wire/flow.ts'
import { layersJson } from '../../../src/core/wire/layers.ts'
import { parseFrame } from '../../../src/core/wire/parse.ts'
import { readPcapng, writePcapng } from '../../../src/core/wire/pcapng.ts'
import { tcpdumpLine } from '../../../src/core/wire/print.ts'
import { packetMark, protocolHue } from '../../../src/core/wire/summary.ts'
import type { Frame } from '../../../src/core/wire/types.ts'
import { bytesToData, dataToBytes } from '../../../src/core/wire/utf8.ts'
import { DEV_RECEIVE } from '../../../src/core/kernel/kernel.ts'
import { writeTrace } from '../../../src/core/explain/pcap.ts'
import { sessionOutput, startSession } from '../../../src/core/lab/session.ts'
import { parsePlace } from '../../../src/scenario/place.ts'
import { explainEnv } from '../../../src/worker/views.ts'
import { narrate } from '../../../src/core/explain/narrate.ts'
import { Sandbox, lazy } from '../lab.ts'
import type { Target } from '../target.ts'

const sandbox = lazy(() => new Sandbox('flannel-vxlan.yaml'))

/** A capture of a request in a lab: DNS, TCP, HTTP, ARP, VXLAN, ICMP. */
const captured = lazy(() =>
  sandbox().attempt((lab) => {
    for (const line of [
      'curl http://web',
      'ping -c 1 10.244.1.3',
      'dig +tcp web.default.svc.cluster.local',
      'traceroute -n 10.244.1.3',
      'curl -m 1 http://10.244.1.3:81',
    ]) {
      const started = lab.input('run', 'pod', () =>
        startSession(lab, parsePlace('pod/default/client')!, 'pod/default/client', line),
      )
      if (started.ok) while (sessionOutput(lab, started.value).exit === null && lab.sim.step());
    }
    return writeTrace(explainEnv(lab), 0, lab.trace.length)
  }),
)
const frames = lazy(() => {
  const file = readPcapng(captured())
  return file.ok ? [...new Set(file.value.packets.map(({ bytes }) => bytesToData(bytes)))].slice(-400) : []
})

const HEADERS = [
  '\x08\x00\x45\x00',
  '\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01',
  '\x81\x00\x00\x05',
  '\x86\xdd',
  '\xff\xff\xff\xff\xff\xff',
  '\x21\x18',
  '\x00\x35',
  '\x08\x00\x00\x00\x00\x00\x01\x00',
  '\x02\x04\x05\xb4',
  '\x01\x01\x08\x0a',
  '\xc0\x0c',
  '\x00\x00\x29\x10\x00',
  '\x7f\x00\x00\x01',
  '\xe0\x00\x00\x01',
]

export const packets: Target = {
  name: 'packets',
  about: 'frames as bytes: parsed, printed as tcpdump does, written again; what parses arrives at a node of a lab',
  bytes: true,
  dictionary: HEADERS,
  seeds: frames,
  limit: 9000,
  run(input) {
    const bytes = dataToBytes(input)
    const frame = parseFrame(bytes)
    parseFrame(bytes, 'ip')
    parseFrame(bytes, 'eth', { checksums: true })
    if (!frame.ok) return frame.error.code
    const written = emitFrame(frame.value)
    const again = parseFrame(written)
    if (!again.ok) throw new Error(`what was written does not parse: ${again.error.code} at ${again.error.offset}`)
    if (changedFields(frame.value, again.value).length > 0) throw new Error('written and parsed again it is different')
    emitWithFields(frame.value)
    const line = tcpdumpLine(frame.value, { ethernet: true })
    packetMark(frame.value)
    protocolHue(frame.value)
    fiveTuple(frame.value)
    JSON.stringify(layersJson(frame.value))
    return `${layersJson(frame.value)
      .map(({ l }) => l)
      .join('/')} ${arrive(frame.value)} ${line.length > 2000}`
  },
}

/** The frame comes in by the NIC of a node, by the tunnel's port, or out of a pod. */
function arrive(frame: Frame): string {
  return sandbox().attempt((lab) => {
    const { kernel, trace } = lab
    const links = kernel.t.link.rows().filter(({ kind, up }) => kind !== 'loopback' && up)
    const link = links[emitFrame(frame).length % links.length]!
    const from = trace.length
    const packet = trace.packet(0, 0)
    lab.input('inject', link.name, () =>
      lab.sim.after(0, DEV_RECEIVE, { link: link.id, packet: [packet], frame, mark: 0, hops: 0 }),
    )
    for (let i = 0; i < 100 && lab.sim.step(); i++);
    const env = explainEnv(lab)
    const seen: string[] = []
    for (let i = from; i < Math.min(trace.length, from + 40); i++) seen.push(narrate(env, i).key)
    return seen.join(',').slice(0, 120)
  })
}

export const captures: Target = {
  name: 'pcapng',
  about: 'capture files',
  bytes: true,
  dictionary: [
    '\x0a\x0d\x0d\x0a',
    '\x4d\x3c\x2b\x1a',
    '\x1a\x2b\x3c\x4d',
    '\x01\x00\x00\x00',
    '\x06\x00\x00\x00',
    '\x00\x00\x00\x00',
    '\xff\xff\xff\xff',
    '\x09\x00\x01\x00\x09',
    '\x09\x00\x01\x00\xff',
    '\x02\x00\x04\x00',
    '\x01\x00\xff\xff',
  ],
  seeds: () => {
    const file = readPcapng(captured())
    if (!file.ok) throw new Error('our own capture does not read')
    const some = file.value.packets.slice(0, 30)
    return [
      bytesToData(writePcapng(file.value.interfaces, some)),
      bytesToData(writePcapng(file.value.interfaces.slice(0, 1), [])),
      bytesToData(captured()).slice(0, 60_000),
    ]
  },
  run(input) {
    const file = readPcapng(dataToBytes(input))
    if (!file.ok) return file.error.code
    for (const { bytes } of file.value.packets) parseFrame(bytes)
    return `${file.value.interfaces.length} ${Math.min(5, file.value.packets.length)}`
  },
}
