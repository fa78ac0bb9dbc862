import { useI18n } from '../state/i18n.ts'
import { select } from '../state/page.ts'
import { isEntity } from '../state/session.ts'
import { useSelection } from '../state/stores.ts'
import { DeviceMark } from '../ui/DeviceMark.tsx'
import type { DeviceBox } from './layout/host-box.ts'
import type { Rect } from './layout/geometry.ts'
import type { Shape } from './layout/kinds.ts'
import { useLit } from './scene-store.ts'

/** A device of the machine itself. Its shape says where it leads, its mark what it is; `brief`: the machine is narrow. */
export function Device({
  box,
  origin,
  shape,
  brief,
}: {
  readonly box: DeviceBox
  readonly origin: Rect
  readonly shape: Exclude<Shape, 'none'>
  readonly brief: boolean
}) {
  const { t } = useI18n()
  const { device } = box
  const lit = useLit((state) => state.device === device.id)
  const selected = useSelection(({ entity }) => isEntity(entity, 'device', device.id))
  const label = [device.name, noteOf(box, shape, brief)].filter(Boolean)
  return (
    <button
      type="button"
      className={`device nodrag ${shape}`}
      style={placed(box.rect, origin)}
      data-kind={device.kind}
      data-lit={lit}
      data-up={device.up}
      aria-pressed={selected}
      aria-label={label.join(shape === 'mouth' ? ' · ' : ' ')}
      title={`${device.name}: ${t(`ui.device-${device.kind}`)}`}
      onClick={() => select({ kind: 'device', id: device.id })}
    >
      {shape !== 'bar' && shape !== 'nic' && <DeviceMark kind={device.kind} />}
      <span>
        {device.name}
        {label[1] && <i>{(shape === 'mouth' ? ' · ' : ' ') + label[1]}</i>}
      </span>
    </button>
  )
}

function noteOf({ device, rect }: DeviceBox, shape: Shape, brief: boolean): string {
  if (shape === 'bar') return (device.addresses[0] ?? '').split('/')[0]!
  const fits = (device.name.length + device.note.length + 3) * LETTER + MARK < rect.w
  return shape === 'mouth' && !brief && fits ? device.note : ''
}

/** Widths of a letter where the picture is a little smaller than its full size, and of a mouth's mark with what is around it: half a note helps nobody. */
const LETTER = 7.5
const MARK = 32

export const placed = (rect: Rect, origin: Rect) => ({
  left: rect.x - origin.x,
  top: rect.y - origin.y,
  width: rect.w,
  height: rect.h,
})
