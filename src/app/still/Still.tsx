import type { CSSProperties, ReactNode } from 'react'
import { WireLines } from '../canvas/Light.tsx'
import type { Scene } from '../canvas/layout/scene.ts'
import { type AnyNode, NODE_TYPES, nodesOf } from '../canvas/nodes.ts'
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

/** Of the properties that React Flow gives them, nodes look at their data alone. */
type Drawing = (props: { readonly data: AnyNode['data'] }) => ReactNode

function StillNode({ node: { type, position, width, height, data } }: { readonly node: AnyNode }) {
  const Node = NODE_TYPES[type] as unknown as Drawing
  return (
    <div
      className={`react-flow__node react-flow__node-${type}`}
      style={{ transform: `translate(${position.x}px,${position.y}px)`, zIndex: 0, width, height }}
    >
      <Node data={data} />
    </div>
  )
}
