import { LockKeyhole } from 'lucide-react'
import type { LayerView, PacketView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { copy } from '../state/page.ts'
import { Copyable } from '../ui/Copyable.tsx'

const NAMES: Readonly<Record<string, string>> = {
  eth: 'Ethernet',
  arp: 'ARP',
  ipv4: 'IPv4',
  icmp: 'ICMP',
  udp: 'UDP',
  tcp: 'TCP',
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gre: 'GRE',
  wireguard: 'WireGuard',
  dns: 'DNS',
  http: 'HTTP',
  data: 'Data',
}

const TUNNELS: ReadonlySet<string> = new Set(['vxlan', 'geneve', 'gre', 'wireguard'])

/** Layers that only carry the packet to a tunnel's other end: all up to and including the last tunnel header. */
export const outerCount = (layers: readonly LayerView[]): number =>
  layers.findLastIndex(({ layer }, i) => TUNNELS.has(layer) || (layer === 'ipv4' && layers[i + 1]?.layer === 'ipv4')) +
  1

/** From which layer on only the ends of a tunnel can read what there is: behind a WireGuard header. */
const sealedFrom = (layers: readonly LayerView[]): number => {
  const at = layers.findIndex(({ layer }) => layer === 'wireguard')
  return at < 0 ? layers.length : at + 1
}

export const layerName = ({ layer }: LayerView): string => NAMES[layer] ?? layer

/** Every header with every field. What differs from before this step is marked. */
export function PacketFields({ packet, other }: { readonly packet: PacketView; readonly other: PacketView | null }) {
  const { t, format } = useI18n()
  const outer = outerCount(packet.layers)
  const sealed = sealedFrom(packet.layers)
  return (
    <>
      <p className="packet-size">{t('ui.packet-size', { size: format.bytes(packet.length) })}</p>
      {packet.layers.map((layer, i) => (
        <section key={i} className="layer" data-outer={i < outer} data-new={other !== null && isNew(layer, i, other)}>
          <h2>
            {layerName(layer)}
            {i >= sealed && <Seal />}
          </h2>
          <table>
            <tbody>
              {layer.fields.map((field) => (
                <tr key={field.name} data-changed={field.changed}>
                  <th scope="row">{field.name}</th>
                  <td>
                    <Copyable
                      text={field.value}
                      hint={t('ui.copy')}
                      onCopy={(value) => void copy(value, t('ui.copied'))}
                    />
                    {field.changed && <span className="sr-only">{t('ui.changed')}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </>
  )
}

const isNew = (layer: LayerView, i: number, other: PacketView): boolean =>
  other.layers.length < i + 1 || other.layers[i]!.layer !== layer.layer

function Seal() {
  const { t } = useI18n()
  return <LockKeyhole className="seal" role="img" aria-label={t('ui.sealed')} />
}

/** One line per header, for the overview. */
export function Layers({ packet }: { readonly packet: PacketView }) {
  const outer = outerCount(packet.layers)
  const sealed = sealedFrom(packet.layers)
  return (
    <table className="layers">
      <tbody>
        {packet.layers.map((layer, i) => {
          const { main, side, changed } = summary(layer)
          return (
            <tr key={i} data-outer={i < outer} data-changed={changed}>
              <th scope="row">
                {layerName(layer)}
                {i >= sealed && <Seal />}
              </th>
              <td>{main}</td>
              <td>{side}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function summary(layer: LayerView) {
  const field = (...names: readonly string[]) => layer.fields.find(({ name }) => names.includes(name))
  const value = (...names: readonly string[]): string => field(...names)?.value ?? ''
  const changed = layer.fields.some((one) => one.changed)
  const pair = (a: string, b: string) => (
    <>
      <Value changed={field(a)?.changed}>{value(a)}</Value> → <Value changed={field(b)?.changed}>{value(b)}</Value>
    </>
  )
  switch (layer.layer) {
    case 'eth':
      return { main: pair('src', 'dst'), side: '', changed }
    case 'ipv4':
      return { main: pair('src', 'dst'), side: value('ttl') ? `ttl ${value('ttl')}` : '', changed }
    case 'udp':
      return { main: pair('sport', 'dport'), side: '', changed }
    case 'tcp':
      return { main: pair('sport', 'dport'), side: tcpFlags(value('flags')), changed }
    case 'arp':
      return { main: pair('spa', 'tpa'), side: value('op'), changed }
    default:
      return {
        main: layer.fields
          .slice(0, 3)
          .map(({ name, value: text }) => `${name} ${text}`)
          .join(' · '),
        side: '',
        changed,
      }
  }
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR']
/** `0x12` → `SYN ACK`. */
function tcpFlags(text: string): string {
  const bits = Number(text)
  return Number.isInteger(bits) ? FLAGS.filter((_, i) => (bits & (1 << i)) !== 0).join(' ') : text
}

const Value = ({ changed = false, children }: { readonly changed?: boolean | undefined; readonly children: string }) =>
  changed ? <b>{children}</b> : <>{children}</>
