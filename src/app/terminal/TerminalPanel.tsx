import { Plus, SquareTerminal, X } from 'lucide-react'
import { Suspense, lazy, useRef, useState } from 'react'
import { useI18n } from '../state/i18n.ts'
import { closeTerminal, openTerminal } from '../state/page.ts'
import { goTo } from '../state/session.ts'
import { usePage, useTimeline, useView } from '../state/stores.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Menu, MenuItem, MenuLabel, MenuRule } from '../ui/Menu.tsx'
import './terminal.css'

const XtermView = lazy(() => import('./XtermView.tsx'))

/** Terminals in nodes, hosts, routers and pods. Each stays as it is while another is in front. */
export function TerminalPanel() {
  const { t } = useI18n()
  const terminals = usePage((state) => state.terminals)
  const front = usePage((state) => state.terminal)
  const generation = useTimeline((state) => state.generation)
  const [story, setStory] = useState<{ place: string; at: number } | null>(null)
  const length = useTimeline(({ timeline, version }) => (version >= 0 ? timeline.length : 0))
  const bar = useRef<HTMLDivElement>(null)
  const close = (place: string): void => {
    closeTerminal(place)
    // The button goes with its terminal. Where no other terminal takes the keyboard, a new one can be opened.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body)
        bar.current?.querySelector<HTMLElement>('[aria-haspopup="menu"]')?.focus()
    })
  }
  return (
    <div className="terminals" data-generation={generation}>
      <div className="terminal-bar" ref={bar}>
        <ul aria-label={t('ui.terminals')}>
          {terminals.map((place) => (
            <li key={place} data-front={place === front}>
              <button type="button" aria-pressed={place === front} onClick={() => openTerminal(place)}>
                {place.replace(/^pod\/default\//, '').replace(/^(pod|node|host|router)\//, '')}
              </button>
              <button type="button" aria-label={t('ui.close-terminal', { place })} onClick={() => close(place)}>
                <X />
              </button>
            </li>
          ))}
        </ul>
        <PlaceMenu />
        {story && story.place === front && story.at < length && (
          <Button tone="quiet" className="terminal-story" onClick={() => goTo(story.at)}>
            {t('ui.step-through')}
          </Button>
        )}
      </div>
      <div className="terminal-frames">
        {terminals.length === 0 && (
          <EmptyState icon={<SquareTerminal />} title={t('ui.no-terminal')}>
            {t('ui.no-terminal-how')}
          </EmptyState>
        )}
        <Suspense fallback={<EmptyState title={t('ui.loading')} />}>
          {terminals.map((place) => (
            <XtermView key={place} place={place} front={place === front} onStory={(at) => setStory({ place, at })} />
          ))}
        </Suspense>
      </div>
    </div>
  )
}

function PlaceMenu() {
  const { t } = useI18n()
  const topology = useView((state) => state.topology)
  const pods = (topology?.hosts ?? []).flatMap((host) => [
    ...host.netns.flatMap(({ pod }) => pod ?? []),
    ...host.hostPods,
  ])
  const own = pods.filter(({ namespace }) => namespace === 'default')
  const system = pods.filter(({ namespace }) => namespace !== 'default')
  return (
    <Menu
      trigger={
        <Button tone="quiet" aria-label={t('ui.new-terminal')}>
          <Plus /> {t('ui.new-terminal')}
        </Button>
      }
    >
      {own.map((pod) => (
        <MenuItem key={pod.ref} onSelect={() => openTerminal(pod.place)}>
          {pod.name}
        </MenuItem>
      ))}
      <MenuLabel>{t('ui.machines')}</MenuLabel>
      {(topology?.hosts ?? []).map((host) => (
        <MenuItem key={host.id} onSelect={() => openTerminal(host.id)}>
          {host.name}
        </MenuItem>
      ))}
      {system.length > 0 && <MenuRule />}
      {system.map((pod) => (
        <MenuItem key={pod.ref} onSelect={() => openTerminal(pod.place)} sub={pod.namespace}>
          {pod.name}
        </MenuItem>
      ))}
    </Menu>
  )
}
