import { useStore } from '@xyflow/react'
import { Maximize, Minus, Plus } from 'lucide-react'
import { moveCamera } from '../state/camera.ts'
import { useI18n } from '../state/i18n.ts'
import { IconButton } from '../ui/Button.tsx'

/** The buttons of every map. */
export function MapButtons() {
  const { t } = useI18n()
  const zoom = useStore((state) => state.transform[2])
  return (
    <div className="map-buttons" role="group" aria-label={t('ui.zoom')}>
      <IconButton label={t('ui.zoom-out')} onClick={() => moveCamera('out')}>
        <Minus />
      </IconButton>
      <button type="button" className="btn" aria-label={t('ui.zoom-actual')} onClick={() => moveCamera('actual')}>
        <span className="num">{Math.round(zoom * 100)}%</span>
      </button>
      <IconButton label={t('ui.zoom-in')} onClick={() => moveCamera('in')}>
        <Plus />
      </IconButton>
      <IconButton label={t('ui.zoom-fit')} hint="Shift+1" onClick={() => moveCamera('fit')}>
        <Maximize />
      </IconButton>
    </div>
  )
}
