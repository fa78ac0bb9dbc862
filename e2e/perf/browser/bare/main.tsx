// What the page is measured against: the least that shows as many boxes with React and React Flow as the default lab has nodes, four
// machines and their network. Built and served as the page is; no styles but React Flow's, no fonts, nothing inside of the boxes.
import { ReactFlow } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { createRoot } from 'react-dom/client'

const nodes = ['cp1', 'node1', 'node2', 'laptop', 'rack1'].map((label, i) => ({
  id: label,
  position: { x: i * 220, y: 100 },
  data: { label },
}))
createRoot(document.getElementById('root')!).render(<ReactFlow nodes={nodes} edges={[]} fitView />)
