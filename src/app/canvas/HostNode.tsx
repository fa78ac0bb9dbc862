import type { NodeProps, Node } from '@xyflow/react'
import { memo } from 'react'
import type { PodView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { openTerminal, select } from '../state/page.ts'
import { isEntity, moveBy } from '../state/session.ts'
import { useSelection, useView } from '../state/stores.ts'
import { usePainted } from '../state/first-frame.ts'
import type { Hook, HostBox } from './layout/host-box.ts'
import { HOOKS } from './layout/host-box.ts'
import type { PodBox } from './layout/pods.ts'
import type { Rect, Spot } from './layout/geometry.ts'
import { Device, placed } from './Device.tsx'
import { NamespaceBox } from './NamespaceBox.tsx'
import { Ropes } from './Ropes.tsx'
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

/** Whether a narrow machine has room for its address beside its name: half of either would tell a wrong one. */
const hasRoom = ({ compact, host }: HostBox): boolean =>
  !compact || host.name.length * 8 + firstAddress(host).length * 6.2 < 142

/** No room for the hooks' full names. */
const isNarrow = ({ band }: HostBox): boolean => band.w < 240

/** A machine: pods on top, what they hang on, the kernel's band, below it what leads to the wire, and the NIC as the lower edge. */
export const HostNode = memo(function HostNode({ data: { box } }: Pick<NodeProps<HostNodeType>, 'data'>) {
  const { t } = useI18n()
  const { host, rect } = box
  const selected = useSelection(({ entity }) => isEntity(entity, 'host', host.id))
  const lit = useLit((state) => state.host === host.id)
  const pods = podsOf(host).length + host.hostPods.length
  const of = { bar: box.bars, shelf: box.shelf, mouth: box.mouths, tab: box.tabs, nic: box.nics }
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
        {hasRoom(box) && <code>{firstAddress(host)}</code>}
      </button>
      <p className="host-far">{pods > 0 ? t('ui.pods', { n: pods }) : t(`ui.role-${host.role}`)}</p>
      <div className="host-inside">
        <HostPods box={box} />
        <Ropes box={box} />
        {box.pods.map((pod) =>
          pod.pod ? (
            <Pod key={pod.netns.id} box={pod} pod={pod.pod} origin={rect} />
          ) : (
            <NamespaceBox key={pod.netns.id} box={pod} origin={rect} />
          ),
        )}
        <Band box={box} />
        {(['bar', 'shelf', 'mouth', 'tab', 'nic'] as const).map((shape) =>
          of[shape].map((one) => (
            <Device key={one.device.id} box={one} origin={rect} shape={shape} brief={isNarrow(box)} />
          )),
        )}
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
function Pod({ box, pod, origin }: { readonly box: PodBox; readonly pod: PodView; readonly origin: Rect }) {
  const { netns } = box
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

function Band({ box }: { readonly box: HostBox }) {
  const { t } = useI18n()
  const { band, hooks, rect, host } = box
  const netns = host.netns.find((one) => one.kind === 'host')
  const place = netns?.id ?? -1
  const here = useLit((state) => state.place === place)
  const hook = useLit((state) => (state.place === place ? state.hook : null))
  const passed = useLit((state) => (state.place === place ? state.passed.join() : ''))
  const painted = usePainted((state) => state.painted)
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
      {/* Half of all that stands in a machine: the first frame need not wait for it. */}
      {painted && <HookLines band={band} hooks={hooks} />}
      {(painted ? HOOKS : []).map((name) => (
        <span
          key={name}
          className="hook"
          data-hook={name}
          data-state={hook === name ? 'now' : passed.split(',').includes(name) ? 'passed' : 'idle'}
          style={{ left: hooks[name].x - band.x, top: hooks[name].y - band.y }}
        >
          {name !== 'local' ? names[name] : narrow ? <House /> : t('ui.programs')}
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
  return (
    <svg width={band.w} height={band.h} aria-hidden>
      <path d={path.join('')} className="hook-line" />
    </svg>
  )
}

/** The programs, where there is no room for the word. Drawn: few fonts have the character. */
const House = () => (
  <svg className="house" viewBox="0 0 12 12" aria-hidden>
    <path d="M1 6.5L6 1.5L11 6.5M2.8 5.2V10.5H9.2V5.2" />
  </svg>
)
