import type { ReactNode } from 'react'
import type { DeviceKind } from '../../worker/protocol.ts'
import type { Spot } from './layout/geometry.ts'
import type { HostBox } from './layout/host-box.ts'

/**
 * The lines inside a machine: stems from the kernel to what is above and below it, and what boxes hang on. A veth is a cable with a plug at
 * each end; a macvlan a double line, two cards on one wire; an ipvlan dashes, one card for two.
 */
export function Ropes({ box }: { readonly box: HostBox }) {
  const { rect, pods } = box
  const local = ({ x, y }: Spot): string => `${x - rect.x} ${y - rect.y}`
  const ropes = pods.flatMap((pod) => pod.ropes)
  const lines = (kinds: readonly DeviceKind[], look: string): ReactNode => {
    const ways = ropes.filter(({ kind }) => kinds.includes(kind)).map(({ way }) => `M${way.map(local).join('L')}`)
    return ways.length > 0 && <path d={ways.join('')} className={look} />
  }
  const plugs = ropes.flatMap(({ kind, way, end }) => (kind === 'veth' && end !== 'bar' ? [way[0]!, way.at(-1)!] : []))
  return (
    <svg className="ropes" width={rect.w} height={rect.h} aria-hidden>
      <path d={stems(box)} className="stem" />
      {lines(['veth', 'ether'], 'rope')}
      {lines(['vlan'], 'rope')}
      {lines(['macvlan'], 'rope double')}
      {lines(['macvlan'], 'rope between')}
      {lines(['ipvlan'], 'rope dashed')}
      {plugs.map(({ x, y }, i) => (
        <circle key={i} cx={x - rect.x} cy={y - rect.y} r={3} className="plug" />
      ))}
    </svg>
  )
}

function stems({ rect, bars, shelf, band, mouths, tabs, nics, hooks }: HostBox): string {
  const [top, bottom] = [band.y - rect.y, band.y + band.h - rect.y]
  const down = (x: number, from: number, to: number): string => `M${x - rect.x} ${from}V${to}`
  const middle = ({ x, w }: { readonly x: number; readonly w: number }): number => x + w / 2
  const lines: string[] = []
  if (bars[0]) for (const x of [hooks.pre.x, hooks.post.x]) lines.push(down(x, bars[0].rect.y - rect.y, top))
  for (const { rect: at } of shelf) lines.push(down(middle(at), at.y + at.h - rect.y, top))
  for (const { rect: at } of [...mouths, ...tabs]) lines.push(down(middle(at), bottom, at.y - rect.y))
  for (const { wire, rect: at } of nics.slice(0, 1)) lines.push(down(wire.x, bottom, at.y - rect.y))
  return lines.join('')
}
