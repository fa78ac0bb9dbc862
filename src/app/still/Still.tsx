import type { CSSProperties } from 'react'
import { HostNode } from '../canvas/HostNode.tsx'
import { WireLines } from '../canvas/Light.tsx'
import type { Scene } from '../canvas/layout/scene.ts'
import { type AnyNode, nodesOf } from '../canvas/nodes.ts'
import { RailNode } from '../canvas/RailNode.tsx'
import { Frame } from '../shell/Frame.tsx'

/** The page as it opens, without anything that moves or answers: the elements that React Flow would make of the scene. */
export function Still({ scene }: { readonly scene: Scene }) {
  const picture = (
    <div className="canvas">
      <div className="react-flow" style={FLOW}>
        <div className="react-flow__viewport react-flow__container">
          <div className="react-flow__nodes react-flow__container">
            {nodesOf(scene).map((node) => (
              <StillNode key={node.id} node={node} />
            ))}
          </div>
          <div className="react-flow__viewport-portal">
            <WireLines scene={scene} />
          </div>
        </div>
      </div>
      <div className="packets" aria-hidden>
        <canvas data-testid="packets" />
      </div>
    </div>
  )
  return <Frame picture={picture} furniture={NONE} />
}

const NONE = {}
const FLOW: CSSProperties = { position: 'relative', zIndex: 0, width: '100%', height: '100%', overflow: 'hidden' }

function StillNode({ node }: { readonly node: AnyNode }) {
  const { type, position, width, height } = node
  return (
    <div
      className={`react-flow__node react-flow__node-${type}`}
      style={{ transform: `translate(${position.x}px,${position.y}px)`, zIndex: 0, width, height }}
    >
      {node.type === 'host' ? <HostNode data={node.data} /> : <RailNode data={node.data} />}
    </div>
  )
}
