import { PanelLeftClose } from 'lucide-react'
import { useMemo } from 'react'
import type { TopologyView, Entity } from '../../worker/protocol.ts'
import { moveCamera } from '../state/camera.ts'
import { firstAddress } from '../state/names.ts'
import { useI18n } from '../state/i18n.ts'
import { select, showOutline } from '../state/page.ts'
import { isEntity, step } from '../state/session.ts'
import { changeSettings, useSettings } from '../state/settings.ts'
import { usePage, useSelection, useTimeline, useView } from '../state/stores.ts'
import { lanesOf } from '../state/lanes.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import './outline.css'

/** What is in the lab as of the cursor, and what the timeline folds away. */
export function Outline() {
  const { t } = useI18n()
  const topology = useView((state) => state.topology)
  return (
    <nav className="outline" aria-label={t('ui.outline')} data-testid="outline">
      <header>
        <h2>{t('ui.in-this-lab')}</h2>
        <IconButton
          label={t('ui.hide-outline')}
          tone="quiet"
          className="outline-toggle"
          onClick={() => showOutline(false)}
        >
          <PanelLeftClose />
        </IconButton>
      </header>
      {topology ? <Things topology={topology} /> : <EmptyState title={t('ui.loading')} />}
      <Hidden />
      <Button onClick={() => usePage.setState({ list: !usePage.getState().list })}>{t('ui.as-table')}</Button>
    </nav>
  )
}

function Things({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const pods = useMemo(
    () => topology.hosts.flatMap((host) => [...host.netns.flatMap((netns) => netns.pod ?? []), ...host.hostPods]),
    [topology],
  )
  const namespaces = topology.namespaces.filter(
    (name) =>
      pods.some(({ namespace }) => namespace === name) ||
      topology.services.some(({ namespace }) => namespace === name) ||
      topology.workloads.some(({ namespace }) => namespace === name),
  )
  return (
    <>
      {namespaces.map((namespace) => (
        <section key={namespace}>
          <h3>{namespace}</h3>
          <ul>
            {topology.services
              .filter((service) => service.namespace === namespace)
              .map((service) => (
                <Item
                  key={service.ref}
                  entity={{ kind: 'object', ref: service.ref }}
                  name={service.name}
                  note={service.clusterIP}
                  badge="svc"
                  mono
                />
              ))}
            {topology.workloads
              .filter((workload) => workload.namespace === namespace && workload.kind !== 'ReplicaSet')
              .map((workload) => (
                <Item
                  key={workload.ref}
                  entity={{ kind: 'object', ref: workload.ref }}
                  name={workload.name}
                  note={`${workload.ready}/${workload.desired}`}
                  badge={SHORT[workload.kind] ?? workload.kind}
                  bad={workload.ready < workload.desired}
                />
              ))}
            {pods
              .filter((pod) => pod.namespace === namespace && pod.owner === null)
              .map((pod) => (
                <Item
                  key={pod.ref}
                  entity={{ kind: 'object', ref: pod.ref }}
                  name={pod.name}
                  note={pod.ip ?? pod.status}
                  badge="pod"
                  bad={!pod.ready}
                  mono
                />
              ))}
          </ul>
        </section>
      ))}
      <section>
        <h3>{t('ui.machines')}</h3>
        <ul>
          {topology.hosts.map((host) => (
            <Item
              key={host.id}
              entity={{ kind: 'host', id: host.id }}
              name={host.name}
              note={firstAddress(host)}
              bad={host.ready === false}
              mono
              onOpen={() => moveCamera({ host: host.id })}
            />
          ))}
        </ul>
      </section>
    </>
  )
}

const SHORT: Readonly<Record<string, string>> = { Deployment: 'deploy', DaemonSet: 'ds', StatefulSet: 'sts' }

interface ItemProps {
  readonly entity: Entity
  readonly name: string
  readonly note: string
  readonly badge?: string
  readonly bad?: boolean
  readonly mono?: boolean
  readonly onOpen?: () => void
}

function Item({ entity, name, note, badge, bad = false, mono = false, onOpen }: ItemProps) {
  const id = entity.kind === 'object' ? entity.ref : entity.id
  const selected = useSelection((state) => isEntity(state.entity, entity.kind, id))
  return (
    <li>
      <button
        type="button"
        className="thing"
        aria-pressed={selected}
        onClick={() => select(entity)}
        onDoubleClick={onOpen}
      >
        <span className="ellipsis">{name}</span>
        {badge && <i>{badge}</i>}
        <span className={mono ? 'note mono' : 'note num'} data-bad={bad}>
          {note}
        </span>
      </button>
    </li>
  )
}

/** Chatter that is folded by default, with its count; clicking unfolds it in the timeline. */
function Hidden() {
  const { t } = useI18n()
  const told = useTimeline()
  const unfolded = useSettings((state) => state.unfolded)
  const { counts } = useMemo(() => lanesOf(told.timeline, []), [told])
  const toggle = (group: string): void =>
    changeSettings({
      unfolded: unfolded.includes(group) ? unfolded.filter((one) => one !== group) : [...unfolded, group],
    })
  const groups = (['arp', 'dns'] as const).filter((group) => counts[group] > 0)
  if (groups.length === 0 && counts.control === 0) return null
  return (
    <section>
      <h3>{t('ui.folded')}</h3>
      <ul>
        {groups.map((group) => (
          <li key={group}>
            <button
              type="button"
              className="thing"
              aria-pressed={unfolded.includes(group)}
              onClick={() => toggle(group)}
            >
              <span>{group.toUpperCase()}</span>
              <span className="note num">{t('ui.packets', { n: counts[group] })}</span>
            </button>
          </li>
        ))}
        {counts.control > 0 && (
          <li>
            <button type="button" className="thing" onClick={() => step('write', 1)} title={t('ui.unit-write')}>
              <span>{t('ui.group-control')}</span>
              <span className="note num">{t('ui.writes', { n: counts.control })}</span>
            </button>
          </li>
        )}
      </ul>
    </section>
  )
}
