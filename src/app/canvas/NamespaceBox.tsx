import { useI18n } from '../state/i18n.ts'
import { select } from '../state/page.ts'
import { isEntity } from '../state/session.ts'
import { useSelection } from '../state/stores.ts'
import { DeviceMark } from '../ui/DeviceMark.tsx'
import { shortAddress } from '../state/names.ts'
import { placed } from './Device.tsx'
import type { Rect } from './layout/geometry.ts'
import type { PodBox } from './layout/pods.ts'
import { useLit } from './scene-store.ts'

/** A namespace that somebody made with `ip netns add`. */
export function NamespaceBox({ box, origin }: { readonly box: PodBox; readonly origin: Rect }) {
  const { t } = useI18n()
  const { netns, ropes } = box
  const lit = useLit((state) => state.place === netns.id)
  const selected = useSelection(({ entity }) => isEntity(entity, 'netns', netns.id))
  const address = netns.devices.flatMap(({ kind, addresses }) => (kind === 'loopback' ? [] : addresses))[0]
  return (
    <button
      type="button"
      className="pod namespace nodrag"
      style={placed(box.rect, origin)}
      data-lit={lit}
      aria-pressed={selected}
      title={t('ui.namespace-title', { name: netns.name })}
      onClick={() => select({ kind: 'netns', id: netns.id })}
    >
      <span className="pod-name ellipsis">{netns.name}</span>
      <span className="pod-line">
        <code>{address ? shortAddress(address.split('/')[0]!) : ''}</code>
        {ropes[0] && <DeviceMark kind={ropes[0].kind} />}
      </span>
    </button>
  )
}
