import { ViewportPortal } from '@xyflow/react'
import { useMemo } from 'react'
import { useCursor, useSelection, useTimeline, useView } from '../state/stores.ts'
import type { Scene } from './layout/scene.ts'
import { siteOf, wireOf } from './layout/way.ts'
import { threadOf } from './packets.ts'
import { useScene } from './scene-store.ts'

/** Wires between hosts and rails, under the hosts. */
export function Wires() {
  const scene = useScene((state) => state.scene)
  return (
    <ViewportPortal>
      <WireLines scene={scene} />
    </ViewportPortal>
  )
}

export function WireLines({ scene }: { readonly scene: Scene }) {
  const path = scene.hosts
    .flatMap(({ nics }) => nics)
    .flatMap((nic) => {
      const rail = scene.rails.find(({ network }) => network.id === nic.device.network)
      return rail
        ? `M${wireOf(nic, rail.y)
            .map(({ x, y }) => `${x} ${y}`)
            .join('L')}`
        : []
    })
  return (
    <svg className="wires" aria-hidden>
      <path d={path.join('')} />
    </svg>
  )
}

/** What occupies no ground: a selected Service's way to its endpoints, and the tube that a parcel travels through. */
export function Light() {
  return (
    <ViewportPortal>
      <svg className="glow" aria-hidden>
        <Tube />
        <ServiceLight />
      </svg>
    </ViewportPortal>
  )
}

function ServiceLight() {
  const scene = useScene((state) => state.scene)
  const entity = useSelection((state) => state.entity)
  const topology = useView((state) => state.topology)
  const service = entity?.kind === 'object' ? topology?.services.find(({ ref }) => ref === entity.ref) : undefined
  if (!service) return null
  const pods = scene.hosts.flatMap((host) => host.pods)
  const ends = service.endpoints.flatMap((end) => {
    const box = pods.find(({ pod }) => pod !== null && pod.ref === end.pod)
    return box ? [{ ...end, x: box.rect.x + box.rect.w / 2, y: box.rect.y }] : []
  })
  const x =
    ends.length > 0 ? ends.reduce((sum, end) => sum + end.x, 0) / ends.length : scene.bounds.x + scene.bounds.w / 2
  const y = scene.bounds.y - 34
  return (
    <g className="service-light">
      {ends.map((end) => (
        <path
          key={end.address}
          d={`M${x} ${y}C${x} ${y + 40} ${end.x} ${end.y - 60} ${end.x} ${end.y - 3}`}
          data-ready={end.ready}
        />
      ))}
      <text x={x} y={y - 8} textAnchor="middle">
        <tspan className="strong">{service.name}</tspan> {service.clusterIP} {service.ports.join(', ')}
      </text>
      <circle cx={x} cy={y} r={4} />
    </g>
  )
}

function Tube() {
  const scene = useScene((state) => state.scene)
  const told = useTimeline()
  const cursor = useCursor((state) => state.cursor)
  const ends = useMemo(() => tubeEnds(scene, told.timeline, cursor), [scene, told, cursor])
  if (!ends) return null
  const [a, b] = ends
  const depth = Math.max(a.y, b.y) + 64
  return <path className="tube" d={`M${a.x} ${a.y}C${a.x} ${depth} ${b.x} ${depth} ${b.x} ${b.y}`} />
}

/** The two mouths between which the focused packet travels as a parcel. */
function tubeEnds(scene: Scene, timeline: ReturnType<typeof useTimeline.getState>['timeline'], cursor: number) {
  const packet = timeline.columns.packet[cursor] ?? 0
  if (packet === 0 || timeline.mark(cursor).split('|').length < 2) return null
  const passed = threadOf(timeline, packet).flatMap((record) => {
    const site = siteOf(scene, timeline, record)
    return site?.zone === 'mouth' ? [site] : []
  })
  const [first, last] = [passed[0], passed.at(-1)]
  return first && last && first.host !== last.host ? ([first, last] as const) : null
}
