import type { DeviceView, TopologyView } from '../../worker/protocol.ts'
import { say, useI18n } from '../state/i18n.ts'
import { select } from '../state/page.ts'
import { type Names, namesOf } from '../state/names.ts'
import { goTo } from '../state/session.ts'
import { useCursor, usePage, useTimeline, useView } from '../state/stores.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Link, ListTable, NameCell, TerminalCell } from './ListTable.tsx'

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

/** More packets than that nobody reads. */
const MOST_PACKETS = 50

function LivePackets({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const { timeline } = useTimeline()
  const cursor = useCursor((state) => state.cursor)
  const names = namesOf(topology)
  const live = timeline.packets.filter(
    ({ records }) => records.length > 0 && records[0]! <= cursor && records.at(-1)! >= cursor,
  )
  const focus = timeline.columns.packet[cursor]
  return (
    <ListTable caption={t('ui.packets-under-way')} columns={[t('ui.packet'), t('ui.where'), t('ui.what')]}>
      {live.slice(0, MOST_PACKETS).map((track) => {
        const record = timeline.recordAt(track, cursor)
        const where = placeText(timeline.columns.place[record]!, timeline.columns.dev[record]!, names)
        return (
          <tr key={track.id} data-lit={focus === track.id}>
            <td>
              <Link act={() => goTo(record)}>{timeline.mark(record).replaceAll('|', ' ') || `#${track.id}`}</Link>
            </td>
            <td>{where || t('ui.on-the-wire')}</td>
            <td>{t(`ui.verdict-${timeline.verdict(record)}`)}</td>
          </tr>
        )
      })}
      {live.length > MOST_PACKETS && (
        <tr>
          <td colSpan={3}>{t('ui.and-more', { n: live.length - MOST_PACKETS })}</td>
        </tr>
      )}
    </ListTable>
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
      <Link act={() => select({ kind: 'device', id: device.id })}>{describe(device)}</Link>
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
    <ListTable caption={t('ui.namespaces-by-hand')} columns={[t('ui.name'), t('ui.machine'), t('ui.devices')]}>
      {rows.map(({ host, netns }) => (
        <tr key={netns.id} data-lit={netns.id === place}>
          <NameCell entity={{ kind: 'netns', id: netns.id }} name={netns.name} />
          <td>{host.name}</td>
          <td className="mono">
            <Devices devices={netns.devices} />
          </td>
        </tr>
      ))}
    </ListTable>
  )
}

function Machines({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const place = useView(({ step }) => step?.place ?? -1)
  const columns = [t('ui.name'), t('ui.role'), t('ui.health'), t('ui.devices'), t('ui.terminal')]
  return (
    <ListTable caption={t('ui.machines')} columns={columns}>
      {topology.hosts.map((host) => {
        const own = host.netns.find(({ kind }) => kind === 'host')
        return (
          <tr key={host.id} data-lit={own?.id === place}>
            <NameCell entity={{ kind: 'host', id: host.id }} name={host.name} />
            <td>{t(`ui.role-${host.role}`)}</td>
            <td>{host.ready === null ? '–' : host.ready ? t('ui.ready') : t('ui.not-ready')}</td>
            <td className="mono">
              <Devices devices={own?.devices ?? []} />
            </td>
            <TerminalCell place={host.id} name={host.name} />
          </tr>
        )
      })}
    </ListTable>
  )
}

function Pods({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  const place = useView(({ step }) => step?.place ?? -1)
  const rows = topology.hosts.flatMap((host) => [
    ...host.netns.flatMap((netns) => (netns.pod ? [{ pod: netns.pod, host, netns: netns.id }] : [])),
    ...host.hostPods.map((pod) => ({ pod, host, netns: -2 })),
  ])
  const columns = [t('ui.name'), t('ui.namespace'), t('ui.status'), 'IP', t('ui.node'), t('ui.terminal')]
  return (
    <ListTable caption={t('ui.pods-title')} columns={columns}>
      {rows.map(({ pod, host, netns }) => (
        <tr key={pod.ref} data-lit={netns === place}>
          <NameCell entity={{ kind: 'object', ref: pod.ref }} name={pod.name} />
          <td>{pod.namespace}</td>
          <td>{pod.status}</td>
          <td className="mono">{pod.ip ?? '–'}</td>
          <td>{host.name}</td>
          <TerminalCell place={pod.place} name={pod.name} />
        </tr>
      ))}
    </ListTable>
  )
}

function Services({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  if (topology.services.length === 0) return null
  const columns = [t('ui.name'), t('ui.namespace'), t('ui.address'), t('ui.ports'), t('ui.endpoints')]
  return (
    <ListTable caption={t('ui.services')} columns={columns}>
      {topology.services.map((service) => (
        <tr key={service.ref}>
          <NameCell entity={{ kind: 'object', ref: service.ref }} name={service.name} />
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
    </ListTable>
  )
}

function Networks({ topology }: { readonly topology: TopologyView }) {
  const { t } = useI18n()
  return (
    <ListTable caption={t('ui.networks')} columns={[t('ui.name'), 'CIDR', 'MTU']}>
      {topology.networks.map((network) => (
        <tr key={network.id}>
          <NameCell entity={{ kind: 'network', id: network.id }} name={network.name} />
          <td className="mono">{network.cidr}</td>
          <td className="num">{network.mtu}</td>
        </tr>
      ))}
    </ListTable>
  )
}
