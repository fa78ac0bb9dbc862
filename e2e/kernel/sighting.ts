import { formatIpv4 } from '../../src/core/base/ipv4.ts'
import { formatMac, MAC_BROADCAST, mac } from '../../src/core/base/mac.ts'
import { ipLength } from '../../src/core/wire/length.ts'
import type { Ethernet, Frame, Ipv4Packet, Tcp } from '../../src/core/wire/types.ts'
import type { Scenario } from './language.ts'

/** One frame at one device. */
export interface Sighting {
  readonly ns: string
  readonly dev: string
  readonly out: boolean
  /** `null`: bytes that are no frame we can read. */
  readonly frame: Frame | null
}

/** How a scenario's frames are written: its MAC addresses by the devices that wear them, and the port numbers that are not drawn. */
export interface Notation {
  readonly macs: ReadonlyMap<number, string>
  readonly ports: ReadonlySet<number>
}

export function notationOf(s: Scenario): Notation {
  const macs = new Map<number, string>([[MAC_BROADCAST, '*']])
  const changes = s.stimuli.flatMap((step) => (step.do === 'change' ? [step.change] : []))
  for (const step of [...s.setup, ...changes]) {
    if (step.do === 'veth') for (const end of [step.a, step.b]) macs.set(mac(end.mac), `${end.ns}.${end.dev}`)
    if ('mac' in step && 'dev' in step && step.do !== 'fdb' && step.do !== 'neigh' && step.do !== 'remote')
      macs.set(mac(step.mac), `${'at' in step ? step.at : step.ns}.${step.dev}`)
  }
  const mentioned = JSON.stringify([s.setup, s.servers, s.stimuli]).match(/\d+/g) ?? []
  const ids = s.stimuli.map((_, index) => ECHO_ID + index)
  return { macs, ports: new Set([...ids, ...mentioned.map(Number).filter((n) => n < 65536)]) }
}

/** Ports and ids that a kernel drew at random get names by order of appearance, per list of lines. */
export class Drawn {
  readonly #names = new Map<number, string>()
  readonly #notation: Notation
  constructor(notation: Notation) {
    this.#notation = notation
  }
  name(port: number): string {
    if (this.#notation.ports.has(port)) return `${port}`
    if (!this.#names.has(port)) this.#names.set(port, `drawn${this.#names.size + 1}`)
    return this.#names.get(port)!
  }
}

/** Lines by `ns/device direction`, in order. */
export function sightingLines(sightings: readonly Sighting[], notation: Notation): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  const drawn = new Map<string, Drawn>()
  for (const s of sightings) {
    const key = `${s.ns}/${s.dev} ${s.out ? 'out' : 'in'}`
    let names = drawn.get(key)
    if (!names) {
      drawn.set(key, (names = new Drawn(notation)))
      lists.set(key, [])
    }
    lists.get(key)!.push(s.frame ? describe(s.frame, notation, names) : 'unreadable')
  }
  return lists
}

/** Echo ids are the scenario's own: this, and one more for each stimulus. */
export const ECHO_ID = 4000

export function describe(frame: Frame, notation: Notation, drawn: Drawn): string {
  if (frame.l === 'ipv4') return ip(frame, notation, drawn)
  const p = frame.payload
  const tag = frame.vlan === undefined ? '' : ` vlan ${frame.vlan}`
  const head = `${macName(frame.src, notation)} > ${macName(frame.dst, notation)}${tag}`
  if (p.l === 'arp') return `${head} ${arp(frame, notation)}`
  return p.l === 'ipv4' ? `${head} | ${ip(p, notation, drawn)}` : `${head} type ${frame.type} ${p.data.length} bytes`
}

export const macName = (value: number, { macs }: Notation): string => macs.get(value) ?? formatMac(value)

function arp(frame: Ethernet, notation: Notation): string {
  const p = frame.payload
  if (p.l !== 'arp') return ''
  const [spa, tpa] = [formatIpv4(p.spa), formatIpv4(p.tpa)]
  const sender = `${spa} (${macName(p.sha, notation)})`
  if (p.op === 1) return `arp ${sender} asks for ${tpa}${p.tha === 0 ? '' : ` (${macName(p.tha, notation)})`}`
  return `arp ${sender} answers ${tpa} (${macName(p.tha, notation)})`
}

function ip(p: Ipv4Packet, notation: Notation, drawn: Drawn): string {
  const head = [
    `${formatIpv4(p.src)} > ${formatIpv4(p.dst)} ttl ${p.ttl} len ${p.totalLength ?? ipLength(p)}`,
    p.tos === 0 ? '' : ` tos 0x${p.tos.toString(16)}`,
    p.df ? ' DF' : '',
    p.frag > 0 || p.mf ? ` fragment ${p.frag * 8}${p.mf ? '+' : ''}` : '',
  ].join('')
  return `${head} | ${transport(p, notation, drawn)}`
}

function transport(p: Ipv4Packet, notation: Notation, drawn: Drawn): string {
  const l4 = p.payload
  switch (l4.l) {
    case 'udp':
      if (l4.payload.l === 'vxlan') return `vxlan ${l4.payload.vni} [${describe(l4.payload.payload, notation, drawn)}]`
      if (l4.payload.l === 'geneve') {
        return `geneve ${l4.payload.vni} [${describe(l4.payload.payload, notation, drawn)}]`
      }
      return `udp ${drawn.name(l4.sport)} > ${drawn.name(l4.dport)}`
    case 'tcp':
      return tcp(l4, drawn)
    case 'icmp':
      if (l4.payload.l === 'ipv4') {
        const info =
          l4.type === 3 && l4.code === 4
            ? ` mtu ${l4.rest & 0xffff}`
            : l4.type === 5
              ? ` to ${formatIpv4(l4.rest)}`
              : ''
        return `icmp ${l4.type}/${l4.code}${info} [${ip(l4.payload, notation, drawn)}]`
      }
      return `icmp ${l4.type}/${l4.code} id ${drawn.name(l4.rest >>> 16)} seq ${l4.rest & 0xffff}`
    case 'ipv4':
      return `ipip [${ip(l4, notation, drawn)}]`
    case 'gre':
      return `gre${l4.key === undefined ? '' : ` key ${l4.key}`} [${describe(l4.payload, notation, drawn)}]`
    case 'data':
      return quotedPorts(p, l4.data, drawn)
  }
}

/** A quote that was cut short, or a first fragment, still shows its ports. */
function quotedPorts(p: Ipv4Packet, data: string, drawn: Drawn): string {
  const word = (at: number): number => data.charCodeAt(at) * 256 + data.charCodeAt(at + 1)
  const bytes = `${data.length} bytes`
  if (p.frag > 0 || data.length < 8) return `proto ${p.proto} ${bytes}`
  if (p.proto === 6 || p.proto === 17)
    return `proto ${p.proto} ${drawn.name(word(0))} > ${drawn.name(word(2))} ${bytes}`
  if (p.proto === 1)
    return `proto 1 ${data.charCodeAt(0)}/${data.charCodeAt(1)} id ${drawn.name(word(4))} seq ${word(6)} ${bytes}`
  return `proto ${p.proto} ${bytes}`
}

const FLAGS = 'FSRPAUEC'

function tcp(t: Tcp, drawn: Drawn): string {
  const flags = [...FLAGS].filter((_, bit) => t.flags & (1 << bit)).join('')
  const { mss, wscale, sackOk, ts } = t.options
  const options = [
    mss === undefined ? '' : ` mss ${mss}`,
    wscale === undefined ? '' : ' wscale',
    sackOk ? ' sack' : '',
    ts ? ' ts' : '',
  ]
  return `tcp ${drawn.name(t.sport)} > ${drawn.name(t.dport)} ${flags} ${t.payload.data.length}${options.join('')}`
}
