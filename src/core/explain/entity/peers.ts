import { formatCidr } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import type { LinkRow } from '../../kernel/tables.ts'
import type { TableView } from '../views.ts'
import { type Marks, entryRow } from './row.ts'

/** The peers of a WireGuard device; no rows for other kinds. Handshake: seconds since the last one. */
export function peerTable(marks: Marks, link: LinkRow): TableView {
  const { kernel } = marks.env
  const bucket = kernel.t.wgPeerByLink.at(link.id)
  const rows = bucket.keys().map((key, i) => {
    const peer = bucket.rows()[i]!
    return entryRow(marks, 'wgPeer', key, [
      peer.allowed.map(formatCidr).join(', '),
      peer.endpoint ? `${formatIpv4(peer.endpoint.addr)}:${peer.endpoint.port}` : '',
      peer.agreed === 0 ? '' : `${Math.floor((kernel.now - peer.agreed) / SEC)} s`,
      peer.publicKey,
    ])
  })
  return { title: 'peers', command: `wg show ${link.name}`, columns: ['Allowed IPs', 'Endpoint', 'Handshake', 'Peer'], rows } // prettier-ignore
}
