import type { PathDetail } from '../../kernel/details.ts'
import { fiveTuple } from '../../wire/flow.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import { natRule, serviceOf } from '../decided.ts'
import type { Params, Said, Told } from '../narrate.ts'
import { endpointText, objectName } from '../places.ts'

/** Steps of connection tracking and of the address translation that follows from it. */
export function sayConnection(told: Told): Said {
  const { detail, verdict } = told.record
  if (told.record.point === 'conntrack') return sayTracking(told)
  return detail?.d === 'nat' && verdict === 'rewrite' ? sayNat(told, detail) : null
}

const INFO: Readonly<Record<string, string>> = { NEW: 'ct-same', ESTABLISHED: 'ct-established', RELATED: 'ct-related' }

/** Why conntrack made nothing of a packet (conntrack/conntrack.ts, `Untracked`). */
const INVALID: Readonly<Record<string, string>> = {
  flags: 'ct-invalid-flags',
  state: 'ct-invalid-state',
  'seq-over': 'ct-invalid-seq-over',
  'ack-over': 'ct-invalid-ack-over',
  reset: 'ct-invalid-reset',
  icmp: 'ct-invalid-icmp',
  'no-request': 'ct-invalid-no-request',
  fragment: 'ct-invalid-fragment',
}

function sayTracking({ record }: Told): Said {
  const { detail, verdict } = record
  if (detail?.d === 'note') {
    if (detail.code === 'table-full') return ['ct-table-full']
    return [detail.value === 'untracked' ? 'ct-untracked' : (INVALID[detail.value ?? ''] ?? 'ct-invalid')]
  }
  if (detail?.d !== 'conntrack') return null
  if (verdict === 'drop') return ['ct-insert-failed']
  if (verdict === 'confirm') return ['ct-confirm']
  if (verdict === 'create') return ['ct-new']
  return [INFO[detail.info] ?? 'ct-established']
}

/** By rule: decided just now. By reply: what the connection's other direction changed is changed back. Else: as the entry says. */
function sayNat(told: Told, detail: PathDetail & { readonly d: 'nat' }): Said {
  const { env, record } = told
  const flow = record.frame && fiveTuple(record.frame)
  const ports = flow?.proto !== IP_PROTO.icmp
  const from = endpointText(detail.from, ports ? detail.fromPort : 0)
  const to = endpointText(detail.to, ports ? detail.toPort : 0)
  const side = detail.manip
  const params: Params = { from, to }
  const rule = natRule(env, record)
  if (rule?.rule) {
    const [table, chain, num] = String(rule.key).split('/')
    const place = { ...params, table: table!, chain: chain!, num: Number(num) }
    const object = rule.subject[0]
    return object ? [`nat-${side}-rule-for`, { ...place, object: objectName(object) }] : [`nat-${side}-rule`, place]
  }
  const row = env.kernel.t.conntrack.get(detail.id)
  const object = row && serviceOf(env, row.orig.dst)[0]
  const back = row !== undefined && (side === 'src' ? detail.to === row.orig.dst : detail.to === row.orig.src)
  const key = `nat-${side}-${back ? 'reply' : 'entry'}`
  return object ? [`${key}-for`, { ...params, object: objectName(object) }] : [key, params]
}
