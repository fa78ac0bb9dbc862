import { expect, it } from 'vitest'
import type { LayerView, PacketView, StepView } from '../../worker/protocol.ts'
import { addressLines } from './addresses.ts'

const layer = (name: string, fields: Readonly<Record<string, string>>): LayerView => ({
  layer: name,
  fields: Object.entries(fields).map(([key, value]) => ({ name: key, value, changed: false, offset: 0, length: 1 })),
})
const packet = (...layers: LayerView[]): PacketView => ({ layers, bytes: new Uint8Array(), length: 0 })
const lines = (before: PacketView | null, after: PacketView | null) => addressLines({ before, after } as StepView)

const inner = (dst: string) => [layer('ipv4', { src: '10.0.0.1', dst }), layer('tcp', { sport: '4', dport: '80' })]

it('shows what a rewrite changed, and what it was', () => {
  expect(lines(packet(...inner('10.96.0.1')), packet(...inner('10.0.0.2')))).toEqual([
    { outer: false, from: { text: '10.0.0.1:4', old: null }, to: { text: '10.0.0.2:80', old: '10.96.0.1:80' } },
  ])
})

it('shows the parcel around the packet, without calling that a change', () => {
  const outer = [layer('ipv4', { src: '1.1.1.1', dst: '2.2.2.2' }), layer('udp', { sport: '5', dport: '8472' })]
  const shown = lines(packet(...inner('10.0.0.2')), packet(...outer, ...inner('10.0.0.2')))
  expect(shown.map((line) => [line.outer, line.to.text, line.to.old])).toEqual([
    [true, '2.2.2.2:8472', null],
    [false, '10.0.0.2:80', null],
  ])
})

it('says who asks for whom in ARP, and nothing without a packet', () => {
  expect(lines(null, packet(layer('arp', { spa: '10.0.0.1', tpa: '10.0.0.9' })))[0]!.to.text).toBe('10.0.0.9')
  expect(lines(null, null)).toEqual([])
})
