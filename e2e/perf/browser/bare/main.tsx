// What the page is measured against: the least that shows four boxes with React and React Flow.
import { ReactFlow } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { createRoot } from 'react-dom/client'

const nodes = ['cp1', 'node1', 'node2', 'laptop'].map((label, i) => ({
  id: label,
  position: { x: i * 220, y: 100 },
  data: { label },
}))
createRoot(document.getElementById('root')!).render(<ReactFlow nodes={nodes} edges={[]} fitView />)
