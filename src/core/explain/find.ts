import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import { splitRef } from '../base/ref.ts'
import { findKind } from '../api/kinds/registry.ts'
import type { ApiObject, Pod, Service } from '../api/kinds/types.ts'
import { type Table, TABLES } from '../kernel/netfilter/types.ts'
import type { ExplainEnv } from './env.ts'
import { placeOf } from './places.ts'
import type { Entity } from './views.ts'

/** Something to go to. */
export interface Hit {
  readonly label: string
  readonly detail: string
  readonly entity: Entity
}

const LIMIT = 40

/** Kinds that fill the list without anybody looking for them: found only by their full name. */
const QUIET: ReadonlySet<string> = new Set(['Event', 'Lease', 'ReplicaSet', 'Endpoints', 'EndpointSlice'])

interface Candidate extends Hit {
  /** What a query may begin with or contain, in small letters. */
  readonly words: readonly string[]
  readonly quiet: boolean
}

/** What fits the query (`10.244.1.7`, `svc/web`, `KUBE-SVC-…`, `cni0`), best first: exact, then beginning with it, then containing it. */
export function find(env: ExplainEnv, query: string): Hit[] {
  const asked = query.trim().toLowerCase()
  if (asked === '') return []
  const ranked: { readonly hit: Hit; readonly rank: number }[] = []
  for (const candidate of candidates(env)) {
    const rank = rankOf(candidate, asked)
    if (rank < NONE)
      ranked.push({ hit: { label: candidate.label, detail: candidate.detail, entity: candidate.entity }, rank })
  }
  // sort is stable: hits of one rank stay in the order of the lab
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, LIMIT)
    .map(({ hit }) => hit)
}

const NONE = 9

function rankOf({ words, quiet }: Candidate, asked: string): number {
  let best = NONE
  for (const word of words) {
    const rank = word === asked ? 0 : word.startsWith(asked) ? 2 : word.includes(asked) ? 4 : NONE
    best = Math.min(best, rank)
  }
  return quiet && best !== NONE ? best + 1 : best
}

function* candidates(env: ExplainEnv): Generator<Candidate> {
  yield* places(env)
  yield* objects(env)
  yield* devices(env)
  yield* chains(env)
}

const candidate = (
  label: string,
  detail: string,
  entity: Entity,
  words: readonly string[],
  quiet = false,
): Candidate => ({
  label,
  detail,
  entity,
  words: words.filter((word) => word !== '').map((word) => word.toLowerCase()),
  quiet,
})

function* places(env: ExplainEnv): Generator<Candidate> {
  for (const row of env.kernel.t.netns.rows()) {
    const entity: Entity = row.name === 'host' ? { kind: 'host', id: row.label } : { kind: 'netns', id: row.id }
    yield candidate(
      row.name === 'host' ? row.host : row.label,
      row.label,
      entity,
      [row.label, row.name === 'host' ? row.host : row.name],
      row.name !== 'host',
    )
  }
  for (const { name } of env.fabric.networks.rows()) {
    yield candidate(name, `network/${name}`, { kind: 'network', id: `network/${name}` }, [name, `network/${name}`])
  }
}

function* objects(env: ExplainEnv): Generator<Candidate> {
  for (const object of env.api?.tables.objects.rows() ?? []) {
    const { kind, metadata } = object
    const info = findKind(object.apiVersion, kind)
    const ref = metadata.namespace ? `${kind}/${metadata.namespace}/${metadata.name}` : `${kind}/${metadata.name}`
    const short = [info?.singular ?? kind, info?.plural ?? '', ...(info?.shortNames ?? [])]
      .filter(Boolean)
      .map((word) => `${word}/${metadata.name}`)
    const words = [metadata.name, ref, ...short, ...addressesOf(object)]
    yield candidate(
      `${info?.shortNames[0] ?? info?.singular ?? kind}/${metadata.name}`,
      detailOf(ref),
      { kind: 'object', ref },
      words,
      QUIET.has(kind),
    )
  }
}

function detailOf(ref: string): string {
  const { kind, namespace } = splitRef(ref)
  return namespace ? `${kind} · ${namespace}` : kind
}

function addressesOf(object: ApiObject): readonly string[] {
  if (object.kind === 'Pod') return [(object as Pod).status?.podIP ?? '']
  return object.kind === 'Service' ? [(object as Service).spec.clusterIP ?? ''] : []
}

function* devices(env: ExplainEnv): Generator<Candidate> {
  const { t } = env.kernel
  for (const link of t.link.rows()) {
    const addresses = t.addressByLink
      .at(link.id)
      .rows()
      .map((row) => formatIpv4(row.addr))
    const detail = [placeOf(env, link.netns).id, ...addresses].join(' · ')
    yield candidate(
      link.name,
      detail,
      { kind: 'device', id: link.id },
      [link.name, formatMac(link.mac), ...addresses],
      link.kind === 'loopback',
    )
  }
}

const names = new WeakMap<Table, readonly string[]>()

/** Chains of a table, remembered: a lab of many nodes has thousands. */
function chainNames(table: Table): readonly string[] {
  let known = names.get(table)
  if (!known) names.set(table, (known = table.chains.map((chain) => chain.name)))
  return known
}

function* chains(env: ExplainEnv): Generator<Candidate> {
  const { t } = env.kernel
  for (const { netns, name, table } of t.netfilter.rows()) {
    if (!TABLES.includes(name)) continue
    const row = t.netns.get(netns)
    const entity: Entity = row?.name === 'host' ? { kind: 'host', id: row.label } : { kind: 'netns', id: netns }
    for (const chain of chainNames(table)) {
      yield candidate(chain, `iptables ${name} · ${row?.label ?? ''}`, entity, [chain], true)
    }
  }
}
