import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import { splitRef } from '../base/ref.ts'
import { findKind } from '../api/kinds/registry.ts'
import type { ApiObject, Pod, Service } from '../api/kinds/types.ts'
import { type Table, TABLES } from '../kernel/netfilter/types.ts'
import type { ExplainEnv } from './env.ts'
import { placeOf, podOfLabel } from './places.ts'
import type { Entity } from './views.ts'

/** Something to go to. */
export interface Hit {
  readonly label: string
  readonly detail: string
  readonly entity: Entity
  /** Fills the list without anybody looking for it: comes after everything else. */
  readonly quiet: boolean
}

const LIMIT = 40
/** Of each kind so many are shown before anything is asked. */
const FIRST = 4
/** Events bear the names of what they are about. */
const EVENTS = 3

/** How far behind its better match something stands: what one looks for first is what packets travel between. */
const WEIGHT = { place: 0, service: 0, pod: 0.5, device: 1, other: 3, quiet: 10 } as const
type Weight = keyof typeof WEIGHT

const WEIGHT_OF_KIND: Readonly<Record<string, Weight>> = {
  Pod: 'pod',
  Service: 'service',
  Event: 'quiet',
  Lease: 'quiet',
  ReplicaSet: 'quiet',
  Endpoints: 'quiet',
  EndpointSlice: 'quiet',
}

interface Candidate {
  readonly hit: Hit
  /** What a query may begin with or contain, in small letters. */
  readonly words: readonly string[]
  readonly weight: Weight
}

/**
 * What fits the query (`10.244.1.7`, `svc/web`, `KUBE-SVC-…`, `cni0`), best first: exact, then beginning with it, then containing it; machines,
 * Services and pods before devices, those before the rest, a few Events last. Without a query: the first machines, Services and pods.
 */
export function find(env: ExplainEnv, query: string): Hit[] {
  const asked = query.trim().toLowerCase()
  if (asked === '') return first(env)
  const ranked: { readonly hit: Hit; readonly rank: number }[] = []
  for (const { hit, words, weight } of candidates(env)) {
    const rank = matchOf(words, asked)
    if (rank < NONE) ranked.push({ hit, rank: (isEvent(hit) ? LAST : 0) + rank + WEIGHT[weight] })
  }
  // sort is stable: hits of one rank stay in the order of the lab
  const hits = ranked.sort((a, b) => a.rank - b.rank).map(({ hit }) => hit)
  const from = hits.findIndex(isEvent)
  return (from < 0 ? hits : hits.slice(0, from + EVENTS)).slice(0, LIMIT)
}

const isEvent = ({ entity }: Hit): boolean => entity.kind === 'object' && entity.ref.startsWith('Event/')

function first(env: ExplainEnv): Hit[] {
  const hits: Readonly<Record<'place' | 'service' | 'pod', Hit[]>> = { place: [], service: [], pod: [] }
  for (const { hit, weight } of candidates(env)) {
    if (weight !== 'place' && weight !== 'service' && weight !== 'pod') continue
    if (hits[weight].length < FIRST) hits[weight].push(hit)
  }
  return [...hits.place, ...hits.service, ...hits.pod]
}

const NONE = 9
const LAST = 100

function matchOf(words: readonly string[], asked: string): number {
  let best = NONE
  for (const word of words) {
    const rank = word === asked ? 0 : word.startsWith(asked) ? 2 : word.includes(asked) ? 4 : NONE
    best = Math.min(best, rank)
  }
  return best
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
  weight: Weight,
): Candidate => ({
  hit: { label, detail, entity, quiet: weight === 'quiet' },
  words: words.filter((word) => word !== '').map((word) => word.toLowerCase()),
  weight,
})

function* places(env: ExplainEnv): Generator<Candidate> {
  for (const row of env.kernel.t.netns.rows()) {
    const pod = podOfLabel(row.label)
    if (pod !== null && env.api?.peek(pod)) continue
    const entity: Entity = row.name === 'host' ? { kind: 'host', id: row.label } : { kind: 'netns', id: row.id }
    yield candidate(
      row.name === 'host' ? row.host : row.label,
      row.label,
      entity,
      [row.label, row.name === 'host' ? row.host : row.name],
      'place',
    )
  }
  for (const { name } of env.fabric.networks.rows()) {
    yield candidate(name, `network/${name}`, { kind: 'network', id: `network/${name}` }, [name, `network/${name}`], 'device') // prettier-ignore
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
      WEIGHT_OF_KIND[kind] ?? 'other',
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
      link.kind === 'loopback' ? 'quiet' : 'device',
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
      yield candidate(chain, `iptables ${name} · ${row?.label ?? ''}`, entity, [chain], 'other')
    }
  }
}
