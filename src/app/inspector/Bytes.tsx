import { useMemo, useState } from 'react'
import type { FieldView, PacketView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { layerName } from './PacketFields.tsx'

const ROW = 8

/** The packet as it lies on the wire. A field points at its bytes, a byte at its field. */
export function Bytes({ packet }: { readonly packet: PacketView }) {
  const { t } = useI18n()
  const [lit, setLit] = useState<FieldView | null>(null)
  const owners = useMemo(() => ownersOf(packet), [packet])
  const rows = Math.ceil(packet.bytes.length / ROW)
  return (
    <div className="bytes">
      <p className="bytes-lit" aria-live="polite">
        {lit ? (
          <>
            <b>{lit.name}</b> <code>{lit.value}</code>
          </>
        ) : (
          t('ui.bytes-how')
        )}
      </p>
      <div
        className="hex mono"
        role="img"
        aria-label={t('ui.packet-bytes', { n: packet.bytes.length })}
        onPointerLeave={() => setLit(null)}
      >
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} className="hex-row">
            <span className="hex-offset">{(row * ROW).toString(16).padStart(4, '0')}</span>
            {Array.from(packet.bytes.subarray(row * ROW, row * ROW + ROW), (byte, i) => {
              const owner = owners[row * ROW + i] ?? null
              return (
                <span
                  key={i}
                  className="hex-byte"
                  data-lit={lit !== null && owner === lit}
                  data-changed={owner?.changed ?? false}
                  onPointerEnter={() => setLit(owner)}
                >
                  {byte.toString(16).padStart(2, '0')}
                </span>
              )
            })}
            <span className="hex-text">{printable(packet.bytes.subarray(row * ROW, row * ROW + ROW))}</span>
          </div>
        ))}
      </div>
      <ul className="bytes-fields" onPointerLeave={() => setLit(null)}>
        {packet.layers.map((layer, i) => (
          <li key={i}>
            <b>{layerName(layer)}</b>
            {layer.fields
              .filter(({ length }) => length > 0)
              .map((field) => (
                <button
                  key={field.name}
                  type="button"
                  className="copyable"
                  data-lit={lit === field}
                  data-changed={field.changed}
                  onPointerEnter={() => setLit(field)}
                  onFocus={() => setLit(field)}
                >
                  {field.name}
                </button>
              ))}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** For every byte the narrowest field over it. */
function ownersOf({ layers, bytes }: PacketView): (FieldView | null)[] {
  const owners: (FieldView | null)[] = Array.from({ length: bytes.length }, () => null)
  for (const { fields } of layers)
    for (const field of fields)
      for (let i = field.offset; i < field.offset + field.length && i < owners.length; i++)
        if (owners[i] === null || owners[i]!.length >= field.length) owners[i] = field
  return owners
}

const printable = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('')
