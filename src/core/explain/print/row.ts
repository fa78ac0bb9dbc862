import { formatIpv4 } from '../../base/ipv4.ts'
import type { Key } from '../../base/order.ts'
import type { ExplainEnv } from '../env.ts'
import { deviceName } from '../places.ts'
import { formatAddress } from './address.ts'
import { conntrackText } from './conntrack.ts'
import { fdbText, neighText } from './neigh.ts'
import { routeText, ruleText } from './route.ts'
import { socketText } from './socket.ts'

type Print = (env: ExplainEnv, key: never) => string | null

/** `null` for a row that is not there. */
const shown = <Row>(row: Row | undefined, text: (row: Row) => string): string | null => (row ? text(row) : null)

const PRINTS: Readonly<Record<string, Print>> = {
  neigh: ({ kernel }, key) => shown(kernel.t.neigh.get(key), (row) => neighText(kernel, row)),
  proxyNeigh: (env, key) =>
    shown(env.kernel.t.proxyNeigh.get(key), (row) => `${formatIpv4(row.ip)} dev ${deviceName(env, row.link)} proxy`),
  fdb: ({ kernel }, key) => shown(kernel.t.fdb.get(key), (row) => fdbText(kernel, row)),
  route: ({ kernel }, key) => shown(kernel.t.route.get(key), (row) => routeText(kernel, row, true)),
  rule: ({ kernel }, key) => shown(kernel.t.rule.get(key), ruleText),
  conntrack: ({ kernel }, key) => shown(kernel.t.conntrack.get(key), (row) => conntrackText(row, kernel.now)),
  address: (env, key) =>
    shown(env.kernel.t.address.get(key), (row) => `${formatAddress(row)} dev ${deviceName(env, row.link)}`),
  link: ({ kernel }, key) =>
    shown(kernel.t.link.get(key), (row) => `${row.name} mtu ${row.mtu} ${row.up ? 'up' : 'down'}`),
  pmtu: ({ kernel }, key) => shown(kernel.t.pmtu.get(key), (row) => `${formatIpv4(row.dst)} mtu ${row.mtu}`),
  socket: ({ sockets }, key) => shown(sockets?.socket.get(key), socketText),
  process: ({ processes }, key) => shown(processes?.process.get(key), (row) => `${row.pid} ${row.argv.join(' ')}`),
  object: (_, key) => String(key),
}

/** A row in the words of the tool that shows it, as it stands now. `null`: it is gone, or no tool shows such rows. */
export const rowText = (env: ExplainEnv, table: string, key: Key): string | null =>
  Object.hasOwn(PRINTS, table) ? PRINTS[table]!(env, key as never) : null
