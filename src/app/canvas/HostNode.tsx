import type { NodeProps, Node } from '@xyflow/react'
import { memo } from 'react'
import { useI18n } from '../state/i18n.ts'
import { openTerminal, select } from '../state/page.ts'
import { isEntity, moveBy } from '../state/session.ts'
import { useSelection, useView } from '../state/stores.ts'
import type { DeviceBox, Hook, HostBox, PodBox } from './layout/host-box.ts'
import { HOOKS } from './layout/host-box.ts'
import type { Rect, Spot } from './layout/geometry.ts'
import { firstAddress, podName, podsOf, shortAddress } from '../state/names.ts'
import { useLit } from './scene-store.ts'

export type HostNodeType = Node<{ readonly box: HostBox }, 'host'>

const FULL: Readonly<Record<Hook, string>> = {
  pre: 'PREROUTING',
  route: 'route',
  fwd: 'FORWARD',
  post: 'POSTROUTING',
  in: 'INPUT',
  out: 'OUTPUT',
  local: '',
}
const BRIEF: Readonly<Record<Hook, string>> = {
  ...FULL,
  pre: 'PRE',
  route: 'rt',
  fwd: 'FWD',
  post: 'POST',
  in: 'IN',
  out: 'OUT',
}

/** No room for the hooks' full names. */
const isNarrow = ({ band }: HostBox): boolean => band.w < 240

/** A machine: pods on top, their ropes to the bridge, the kernel's band, the tunnel's mouth, and the NIC as the lower edge. */
export const HostNode = memo(function HostNode({ data: { box } }: NodeProps<HostNodeType>) {
  const { t } = useI18n()
  const { host, rect } = box
  const selected = useSelection(({ entity }) => isEntity(entity, 'host', host.id))
  const lit = useLit((state) => state.host === host.id)
  const pods = podsOf(host).length + host.hostPods.length
  const health = host.ready === null ? 'none' : host.ready ? 'good' : 'bad'
  return (
    <div
      role="group"
      className="host"
      data-selected={selected}
      data-lit={lit}
      data-role={host.role}
      data-compact={box.compact}
      aria-label={host.name}
      style={{ width: rect.w, height: rect.h }}
    >
      <button
        type="button"
        className="host-head"
        aria-pressed={selected}
        title={t('ui.host-title')}
        onClick={() => select({ kind: 'host', id: host.id })}
        onKeyDown={(event) => {
          const by = event.altKey ? ARROWS[event.key] : undefined
          if (!by) return
          event.preventDefault()
          event.stopPropagation()
          moveBy(host.id, { x: rect.x, y: rect.y + rect.h }, by)
        }}
      >
        {health !== 'none' && (
          <i
            className="dot"
            data-health={health}
            role="img"
            aria-label={t(health === 'good' ? 'ui.ready' : 'ui.not-ready')}
          />
        )}
        <b>{host.name}</b>
        <code>{firstAddress(host)}</code>
      </button>
      <p className="host-far">{pods > 0 ? t('ui.pods', { n: pods }) : t(`ui.role-${host.role}`)}</p>
      <div className="host-inside">
        <HostPods box={box} />
        <Ropes box={box} />
        {box.pods.map((pod) => (
          <Pod key={pod.pod.ref} box={pod} origin={rect} />
        ))}
        {box.bars.map((bar) => (
          <Device
            key={bar.device.id}
            box={bar}
            origin={rect}
            kind="bar"
            label={`${bar.device.name} ${bare(bar.device.addresses[0])}`}
          />
        ))}
        <Band box={box} />
        {box.mouths.map((mouth) => (
          <Device
            key={mouth.device.id}
            box={mouth}
            origin={rect}
            kind="mouth"
            label={
              isNarrow(box) ? mouth.device.name : [mouth.device.name, mouth.device.note].filter(Boolean).join(' · ')
            }
          />
        ))}
        {box.nics.map((nic) => (
          <Device key={nic.device.id} box={nic} origin={rect} kind="nic" label={nic.device.name} />
        ))}
      </div>
    </div>
  )
})

const ARROWS: Readonly<Record<string, Spot>> = {
  ArrowLeft: { x: -20, y: 0 },
  ArrowRight: { x: 20, y: 0 },
  ArrowUp: { x: 0, y: -20 },
  ArrowDown: { x: 0, y: 20 },
}
const bare = (address: string | undefined): string => (address ?? '').split('/')[0]!
const placed = (rect: Rect, origin: Rect) => ({
  left: rect.x - origin.x,
  top: rect.y - origin.y,
  width: rect.w,
  height: rect.h,
})

function Pod({ box, origin }: { readonly box: PodBox; readonly origin: Rect }) {
  const { pod, netns } = box
  const { t } = useI18n()
  const lit = useLit((state) => state.place === netns.id)
  const selected = useSelection(({ entity }) => isEntity(entity, 'object', pod.ref))
  const served = useServed(pod.ref)
  const name = podName(pod)
  return (
    <button
      type="button"
      className="pod nodrag"
      style={placed(box.rect, origin)}
      data-lit={lit}
      data-served={served}
      data-ready={pod.ready}
      aria-pressed={selected}
      title={t('ui.pod-title', { name: `${pod.namespace}/${pod.name}`, status: pod.status })}
      onClick={() => select({ kind: 'object', ref: pod.ref })}
      onDoubleClick={(event) => {
        event.stopPropagation()
        openTerminal(pod.place, false)
      }}
    >
      <span className="pod-name ellipsis">{name.head}</span>
      <span className="pod-line">
        <code>{pod.ip ? shortAddress(pod.ip) : pod.status}</code>
        {name.tail && <code className="pod-tail">{name.tail}</code>}
      </span>
    </button>
  )
}

/** Whether the selected Service sends traffic to the pod. */
function useServed(pod: string): boolean {
  const ref = useSelection(({ entity }) =>
    entity?.kind === 'object' && entity.ref.startsWith('Service/') ? entity.ref : null,
  )
  return useView(({ topology }) =>
    ref === null
      ? false
      : (topology?.services.find((one) => one.ref === ref)?.endpoints.some((end) => end.pod === pod) ?? false),
  )
}

function HostPods({ box }: { readonly box: HostBox }) {
  const { t } = useI18n()
  const { hostPods } = box.host
  if (hostPods.length === 0) return null
  const names = hostPods.map((pod) => podName(pod).head)
  return (
    <p className="host-pods ellipsis" title={`${t('ui.host-network')}: ${names.join(', ')}`}>
      {box.compact ? t('ui.pods', { n: hostPods.length }) : names.join(' · ')}
    </p>
  )
}

function Device({
  box,
  origin,
  kind,
  label,
}: {
  readonly box: DeviceBox
  readonly origin: Rect
  readonly kind: 'bar' | 'mouth' | 'nic'
  readonly label: string
}) {
  const { device } = box
  const lit = useLit((state) => state.device === device.id)
  const selected = useSelection(({ entity }) => isEntity(entity, 'device', device.id))
  return (
    <button
      type="button"
      className={`device nodrag ${kind}`}
      style={placed(box.rect, origin)}
      data-lit={lit}
      data-up={device.up}
      aria-pressed={selected}
      aria-label={label}
      onClick={() => select({ kind: 'device', id: device.id })}
    >
      <span>
        {device.name}
        <i>{label.slice(device.name.length)}</i>
      </span>
    </button>
  )
}

function Band({ box }: { readonly box: HostBox }) {
  const { t } = useI18n()
  const { band, hooks, rect, host } = box
  const netns = host.netns.find((one) => one.kind === 'host')
  const place = netns?.id ?? -1
  const here = useLit((state) => state.place === place)
  const hook = useLit((state) => (state.place === place ? state.hook : null))
  const passed = useLit((state) => (state.place === place ? state.passed.join() : ''))
  const narrow = isNarrow(box)
  const names = narrow ? BRIEF : FULL
  return (
    <button
      type="button"
      className="band nodrag"
      style={placed(band, rect)}
      data-lit={here}
      aria-label={t('ui.kernel-of', { host: host.name })}
      onClick={() => netns && select({ kind: 'netns', id: netns.id })}
    >
      <svg width={band.w} height={band.h} aria-hidden>
        <HookLines band={band} hooks={hooks} />
      </svg>
      {HOOKS.map((name) => (
        <span
          key={name}
          className="hook"
          data-hook={name}
          data-state={hook === name ? 'now' : passed.split(',').includes(name) ? 'passed' : 'idle'}
          style={{ left: hooks[name].x - band.x, top: hooks[name].y - band.y }}
        >
          {name === 'local' ? (narrow ? '⌂' : t('ui.programs')) : names[name]}
        </span>
      ))}
      <Chain show={here} />
    </button>
  )
}

/** Nearest: the chain that is being walked, with the rule. */
function Chain({ show }: { readonly show: boolean }) {
  const where = useView(({ step }) =>
    step?.decision?.kind === 'rule' || step?.decision?.kind === 'policy' ? step.decision.where : '',
  )
  return show && where ? <code className="chain">{where}</code> : null
}

function HookLines({ band, hooks }: { readonly band: Rect; readonly hooks: Readonly<Record<Hook, Spot>> }) {
  const at = (hook: Hook): Spot => ({ x: hooks[hook].x - band.x, y: hooks[hook].y - band.y })
  const line = (a: Spot, b: Spot): string => `M${a.x} ${a.y}L${b.x} ${b.y}`
  const [pre, route, fwd, post, input, out] = [at('pre'), at('route'), at('fwd'), at('post'), at('in'), at('out')]
  const path = [
    line(pre, route),
    line(route, fwd),
    line(fwd, post),
    line(route, input),
    line(input, out),
    `M${out.x} ${out.y}H${post.x}V${post.y}`,
  ]
  return <path d={path.join('')} className="hook-line" />
}

function Ropes({ box }: { readonly box: HostBox }) {
  const { rect, pods, bars, band, mouths, nics } = box
  const local = ({ x, y }: Spot): string => `${x - rect.x} ${y - rect.y}`
  const path = pods.map(({ rope }) => `M${rope.map(local).join('L')}`)
  const stems: string[] = []
  if (bars.length > 0) stems.push(`M${box.hooks.pre.x - rect.x} ${bars[0]!.rect.y - rect.y}V${band.y - rect.y}`)
  if (bars.length > 0) stems.push(`M${box.hooks.post.x - rect.x} ${bars[0]!.rect.y - rect.y}V${band.y - rect.y}`)
  for (const mouth of mouths) {
    const x = mouth.rect.x + mouth.rect.w / 2 - rect.x
    stems.push(`M${x} ${band.y + band.h - rect.y}V${mouth.rect.y - rect.y}`)
  }
  for (const nic of nics.slice(0, 1))
    stems.push(`M${nic.wire.x - rect.x} ${band.y + band.h - rect.y}V${nic.rect.y - rect.y}`)
  return (
    <svg className="ropes" width={rect.w} height={rect.h} aria-hidden>
      <path d={stems.join('')} className="stem" />
      <path d={path.join('')} className="rope" />
    </svg>
  )
}
