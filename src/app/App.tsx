import { useEffect, useState } from 'react'
import { Canvas } from './canvas/Canvas.tsx'
import { Frame, type Furniture } from './shell/Frame.tsx'
import { firstFrame, firstRendered } from './state/first-frame.ts'
import { installKeys } from './state/keys.ts'
import { usePage, useView } from './state/stores.ts'

/** So many milliseconds does what stands around the picture wait for a simulator that still computes it. */
const PATIENCE_MS = 600

/** The picture comes first: what stands around it is loaded, and rendered, when it is painted. */
function useFurniture(): Furniture {
  const [present, setPresent] = useState<Furniture>({})
  const pictured = useView(({ topology }) => topology !== null)
  useEffect(() => {
    if (pictured) firstRendered()
  }, [pictured])
  useEffect(() => {
    setTimeout(firstRendered, PATIENCE_MS)
    void firstFrame.then(() => import('./shell/furniture.tsx')).then((loaded) => setPresent(loaded.furniture))
  }, [])
  return present
}

/** The whole page: header with the transport bar, outline, canvas with timeline and dock, inspector. */
export function App() {
  const list = usePage((state) => state.list)
  const furniture = useFurniture()
  useEffect(installKeys, [])
  const picture = list ? furniture.insteadOfPicture : <Canvas>{furniture.onPicture}</Canvas>
  return <Frame picture={picture} furniture={furniture} />
}
