import { formatCidr } from '../../base/cidr.ts'
import { compareKeys } from '../../base/order.ts'
import type { ObjectRef } from '../../base/ref.ts'
import type { Table } from '../../world/table.ts'
import { familyOf } from '../cluster.ts'
import { ruleLine } from '../decided.ts'
import type { ExplainEnv } from '../env.ts'
import { deviceName, placeOf } from '../places.ts'
import { fdbText, neighText } from '../print/neigh.ts'
import { routeText } from '../print/route.ts'
import type { EntityView } from '../views.ts'

type Row = EntityView['rows'][number]

/**
 * The rows of all machines that exist for an object or for what exists because of it (its pods, its EndpointSlices), as the tools
 * print them. Found by their subjects; nothing is derived from names or addresses.
 */
export function rowsFor(env: ExplainEnv, ref: ObjectRef): Row[] {
  const family = familyOf(env, ref)
  const rows = [
    ...linkRows(env, family),
    ...routeRows(env, family),
    ...neighbourRows(env, family),
    ...ruleRows(env, family),
  ]
  return rows.sort((a, b) => compareKeys(a.host, b.host))
}

type Family = ReadonlySet<ObjectRef>

/** Rows of a table whose subject is of the family, in key order. */
function subjectRows<R extends object>(table: Table<R>, family: Family): R[] {
  return table.keys().flatMap((key) => {
    const entry = table.entry(key)!
    return entry.subject.some((subject) => family.has(subject)) ? [entry.row] : []
  })
}

const where = (env: ExplainEnv, netns: number): string => placeOf(env, netns).id

function linkRows(env: ExplainEnv, family: Family): Row[] {
  const { link, address } = env.kernel.t
  const links = subjectRows(link, family).map((row) => ({
    host: where(env, row.netns),
    table: 'link',
    text: `${row.ifindex}: ${row.name} ${row.kind} mtu ${row.mtu}${row.up ? ' up' : ''}`,
  }))
  const addresses = subjectRows(address, family).map((row) => ({
    host: where(env, row.netns),
    table: 'address',
    text: `inet ${formatCidr(row)} dev ${deviceName(env, row.link)}`,
  }))
  return [...links, ...addresses]
}

const routeRows = (env: ExplainEnv, family: Family): Row[] =>
  subjectRows(env.kernel.t.route, family).map((row) => ({
    host: where(env, row.netns),
    table: 'route',
    text: routeText(env.kernel, row, true),
  }))

function neighbourRows(env: ExplainEnv, family: Family): Row[] {
  const { kernel } = env
  const neigh = subjectRows(kernel.t.neigh, family).map((row) => ({
    host: where(env, row.netns),
    table: 'neigh',
    text: neighText(kernel, row),
  }))
  const fdb = subjectRows(kernel.t.fdb, family).map((row) => ({
    host: where(env, kernel.t.link.get(row.table)?.netns ?? 0),
    table: 'fdb',
    text: fdbText(kernel, row),
  }))
  return [...neigh, ...fdb]
}

function ruleRows(env: ExplainEnv, family: Family): Row[] {
  return env.kernel.t.netfilter
    .rows()
    .flatMap(({ netns, name, table }) =>
      table.chains.flatMap((chain) =>
        chain.rules
          .filter((rule) => rule.subject.some((subject) => family.has(subject)))
          .map((rule) => ({ host: where(env, netns), table: name, text: ruleLine(chain.name, rule) })),
      ),
    )
}
