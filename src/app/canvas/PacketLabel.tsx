import { type Ref, useMemo } from 'react'
import { useView } from '../state/stores.ts'
import { type Address, addressLines } from './addresses.ts'

/** The addresses of the packet in focus. What a step rewrote: the old struck through, the new bold. */
export function PacketLabel({ ref }: { readonly ref: Ref<HTMLDivElement> }) {
  const step = useView((state) => state.step)
  const lines = useMemo(() => (step ? addressLines(step) : []), [step])
  return (
    <div ref={ref} className="packet-label" data-empty={lines.length === 0}>
      {lines.map((line, i) => (
        <div key={i} data-outer={line.outer}>
          <Part address={line.from} /> <i>→</i> <Part address={line.to} />
        </div>
      ))}
    </div>
  )
}

function Part({ address }: { readonly address: Address }) {
  if (address.old === null) return <span>{address.text}</span>
  return (
    <>
      <s>{address.old}</s> <b>{address.text}</b>
    </>
  )
}
