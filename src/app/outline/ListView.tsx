import type { DeviceView, TopologyView } from '../../worker/protocol.ts'
import { say, useI18n } from '../state/i18n.ts'
import { openTerminal, select } from '../state/page.ts'
import { type Names, namesOf } from '../state/names.ts'
import { goTo } from '../state/session.ts'
import { useCursor, usePage, useTimeline, useView } from '../state/stores.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'

/** The topology as tables, instead of the canvas: the same things, the same actions. */
export function ListView() {
  const i18n = useI18n()
  const { t } = i18n
  const topology = useView((state) => state.topology)
  const step = useView((state) => state.step)
  if (!topology) return <EmptyState title={t('ui.loading')} />
  return (
    <div className="list-view" data-testid="list-view">
      <header>
        <h2>{t('ui.list-title')}</h2>
        <p>{step ? say(i18n, step.say) : ''}</p>
        <Button onClick={() => usePage.setState({ list: false })}>{t('ui.as-canvas')}</Button>
      </header>
      <LivePackets topology={topology} />
      <Machines topology={topology} />
      <Namespaces topology={topology} />
      <Pods topology={topology} />
      <Services topology={topology} />
      <Networks topology={topology} />
    </div>
  )
}

function LivePackets({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const { timeline } = useTimeline()
  const cursor = useCursor((state) => state.cursor)
  const names = namesOf(topology)
  const live = timeline.packets
    .filter(({ records }) => records.length > 0 && records[0]! <= cursor && records.at(-1)! >= cursor)
    .slice(0, 50)
  return (
    <table>
      <caption>{t('ui.packets-under-way')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('ui.packet')}</th>
          <th scope="col">{t('ui.where')}</th>
          <th scope="col">{t('ui.what')}</th>
        </tr>
      </thead>
      <tbody>
        {live.map((track) => {
          const record = timeline.recordAt(track, cursor)
          return (
            <tr key={track.id} data-lit={timeline.columns.packet[cursor] === track.id}>
              <td>
                <button type="button" className="link" onClick={() => goTo(record)}>
                  {timeline.mark(record).replaceAll('|', ' ') || `#${track.id}`}
                </button>
              </td>
              <td>
                {placeText(timeline.columns.place[record]!, timeline.columns.dev[record]!, names) ||
                  t('ui.on-the-wire')}
              </td>
              <td>{t(`ui.verdict-${timeline.verdict(record)}`)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** `node2 · flannel.1`; '' for the switch of a network, which is no machine. */
const placeText = (place: number, device: number, { places, devices }: Names): string =>
  [places.get(place), devices.get(device)?.name].filter(Boolean).join(' · ')

const describe = (device: DeviceView): string =>
  [device.name, kindText(device), device.addresses.join(' '), device.up ? '' : 'DOWN'].filter(Boolean).join(' ')

/** `vxlan vni 1`; nothing for what every machine has. */
const kindText = ({ kind, note }: DeviceView): string =>
  kind === 'ether' || kind === 'loopback' ? note : note.startsWith(kind) ? note : `${kind} ${note}`.trim()

function Devices({ devices }: { readonly devices: readonly DeviceView[] }) {
  return devices.map((device) => (
    <div key={device.id}>
      <button type="button" className="link" onClick={() => select({ kind: 'device', id: device.id })}>
        {describe(device)}
      </button>
    </div>
  ))
}

/** Namespaces made by hand: on the map they are boxes beside the pods. */
function Namespaces({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const place = useView(({ step }) => step?.place ?? -1)
  const rows = topology.hosts.flatMap((host) =>
    host.netns.filter(({ kind }) => kind === 'named').map((netns) => ({ host, netns })),
  )
  if (rows.length === 0) return null
  return (
    <table>
      <caption>{t('ui.namespaces-by-hand')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('ui.name')}</th>
          <th scope="col">{t('ui.machine')}</th>
          <th scope="col">{t('ui.devices')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ host, netns }) => (
          <tr key={netns.id} data-lit={netns.id === place}>
            <th scope="row">
              <button type="button" className="link" onClick={() => select({ kind: 'netns', id: netns.id })}>
                {netns.name}
              </button>
            </th>
            <td>{host.name}</td>
            <td className="mono">
              <Devices devices={netns.devices} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Machines({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const place = useView(({ step }) => step?.place ?? -1)
  return (
    <table>
      <caption>{t('ui.machines')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('ui.name')}</th>
          <th scope="col">{t('ui.role')}</th>
          <th scope="col">{t('ui.health')}</th>
          <th scope="col">{t('ui.devices')}</th>
          <th scope="col">{t('ui.terminal')}</th>
        </tr>
      </thead>
      <tbody>
        {topology.hosts.map((host) => {
          const own = host.netns.find(({ kind }) => kind === 'host')
          return (
            <tr key={host.id} data-lit={own?.id === place}>
              <th scope="row">
                <button type="button" className="link" onClick={() => select({ kind: 'host', id: host.id })}>
                  {host.name}
                </button>
              </th>
              <td>{t(`ui.role-${host.role}`)}</td>
              <td>{host.ready === null ? '–' : host.ready ? t('ui.ready') : t('ui.not-ready')}</td>
              <td className="mono">
                <Devices devices={own?.devices ?? []} />
              </td>
              <td>
                <button
                  type="button"
                  className="link"
                  onClick={() => openTerminal(host.id)}
                  aria-label={t('ui.open-terminal-in', { place: host.name })}
                >
                  {t('ui.open-terminal')}
                </button>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Pods({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const place = useView(({ step }) => step?.place ?? -1)
  const rows = topology.hosts.flatMap((host) => [
    ...host.netns.flatMap((netns) => (netns.pod ? [{ pod: netns.pod, host, netns: netns.id }] : [])),
    ...host.hostPods.map((pod) => ({ pod, host, netns: -2 })),
  ])
  return (
    <table>
      <caption>{t('ui.pods-title')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('ui.name')}</th>
          <th scope="col">{t('ui.namespace')}</th>
          <th scope="col">{t('ui.status')}</th>
          <th scope="col">IP</th>
          <th scope="col">{t('ui.node')}</th>
          <th scope="col">{t('ui.terminal')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ pod, host, netns }) => (
          <tr key={pod.ref} data-lit={netns === place}>
            <th scope="row">
              <button type="button" className="link" onClick={() => select({ kind: 'object', ref: pod.ref })}>
                {pod.name}
              </button>
            </th>
            <td>{pod.namespace}</td>
            <td>{pod.status}</td>
            <td className="mono">{pod.ip ?? '–'}</td>
            <td>{host.name}</td>
            <td>
              <button
                type="button"
                className="link"
                onClick={() => openTerminal(pod.place)}
                aria-label={t('ui.open-terminal-in', { place: pod.name })}
              >
                {t('ui.open-terminal')}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Services({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  if (topology.services.length === 0) return null
  return (
    <table>
      <caption>{t('ui.services')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('ui.name')}</th>
          <th scope="col">{t('ui.namespace')}</th>
          <th scope="col">{t('ui.address')}</th>
          <th scope="col">{t('ui.ports')}</th>
          <th scope="col">{t('ui.endpoints')}</th>
        </tr>
      </thead>
      <tbody>
        {topology.services.map((service) => (
          <tr key={service.ref}>
            <th scope="row">
              <button type="button" className="link" onClick={() => select({ kind: 'object', ref: service.ref })}>
                {service.name}
              </button>
            </th>
            <td>{service.namespace}</td>
            <td className="mono">{service.clusterIP}</td>
            <td className="mono">{service.ports.join(', ')}</td>
            <td className="mono">
              {service.endpoints
                .map(({ address, ready }) => (ready ? address : `${address} (${t('ui.not-ready')})`))
                .join(', ') || '–'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Networks({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  return (
    <table>
      <caption>{t('ui.networks')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('ui.name')}</th>
          <th scope="col">CIDR</th>
          <th scope="col">MTU</th>
        </tr>
      </thead>
      <tbody>
        {topology.networks.map((network) => (
          <tr key={network.id}>
            <th scope="row">
              <button type="button" className="link" onClick={() => select({ kind: 'network', id: network.id })}>
                {network.name}
              </button>
            </th>
            <td className="mono">{network.cidr}</td>
            <td className="num">{network.mtu}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
