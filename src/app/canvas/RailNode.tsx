import type { Node, NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { select } from '../state/page.ts'
import { isEntity } from '../state/session.ts'
import { useSelection } from '../state/stores.ts'
import type { Rail } from './layout/scene.ts'

export type RailNodeType = Node<{ readonly rail: Rail }, 'rail'>

/** A network: one wire that everybody on it hears. */
export const RailNode = memo(function RailNode({ data: { rail } }: Pick<NodeProps<RailNodeType>, 'data'>) {
  const { network } = rail
  const selected = useSelection(({ entity }) => isEntity(entity, 'network', network.id))
  return (
    <button
      type="button"
      className="rail"
      style={{ width: rail.to - rail.from }}
      aria-pressed={selected}
      onClick={() => select({ kind: 'network', id: network.id })}
    >
      <i />
      <span>
        <b>{network.name}</b> <code>{network.cidr}</code> MTU {network.mtu}
      </span>
    </button>
  )
})
