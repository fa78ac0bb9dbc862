import { HostNode, type HostNodeType } from './HostNode.tsx'
import { RailNode, type RailNodeType } from './RailNode.tsx'
import type { Scene } from './layout/scene.ts'

export const NODE_TYPES = { host: HostNode, rail: RailNode }
export type AnyNode = HostNodeType | RailNodeType

/** A rail's wire lies so far below its node's upper edge. */
export const RAIL_TOP = 9

/** The scene as nodes of the graph: networks below machines. */
export const nodesOf = ({ rails, hosts }: Scene): AnyNode[] => [
  ...rails.map((rail): RailNodeType => ({
    id: rail.network.id,
    type: 'rail',
    position: { x: rail.from, y: rail.y - RAIL_TOP },
    data: { rail },
    width: rail.to - rail.from,
    height: 40,
  })),
  ...hosts.map((box): HostNodeType => ({
    id: box.host.id,
    type: 'host',
    position: { x: box.rect.x, y: box.rect.y },
    data: { box },
    width: box.rect.w,
    height: box.rect.h,
  })),
]
