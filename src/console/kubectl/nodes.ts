import type { Node, Pod } from '../../core/api/kinds/types.ts'
import { objectRef } from '../../core/base/ref.ts'
import type { CommandResult } from '../types.ts'
import { dryRunWord } from './apply.ts'
import { patchAndSay } from './change.ts'
import { type Kubectl, Output, complain, refuse, usageHint } from './context.ts'
import type { FlagTable } from './flags.ts'
import { selection } from './get.ts'
import { fetchTarget, kindNamed } from './resources.ts'
import { type GoneState, durationOf, startFollowing } from './wait.ts'

export const CORDON_FLAGS: FlagTable = { 'selector|l': 'text', 'dry-run': { bare: 'unchanged' } }
export const DRAIN_FLAGS: FlagTable = {
  ...CORDON_FLAGS,
  'ignore-daemonsets': 'bool',
  'delete-emptydir-data': 'bool',
  'delete-local-data': 'bool',
  force: 'bool',
  'grace-period': 'text',
  timeout: 'text',
  'disable-eviction': 'absent',
  'pod-selector': 'text',
  'skip-wait-for-delete-timeout': 'absent',
  'chunk-size': 'text',
}

function nodesOf(k: Kubectl, verb: string, out: Output): readonly Node[] {
  const info = kindNamed('nodes')
  const names = k.flags.words.map((word) => word.replace(/^nodes?\//, ''))
  if (names.length === 0 && !k.flags.has('selector')) return complain(`USAGE: ${verb} NODE [flags]\n${usageHint(verb)}`)
  const targets = names.length === 0 ? [{ info, name: null }] : names.map((name) => ({ info, name }))
  return targets.flatMap((target) => fetchTarget(k, target, selection(k), out) as readonly Node[])
}

/** `kubectl cordon` and `kubectl uncordon`. */
export const cordon =
  (unschedulable: boolean) =>
  (k: Kubectl): CommandResult => {
    const out = new Output()
    for (const node of nodesOf(k, unschedulable ? 'cordon' : 'uncordon', out)) cordonOne(k, node, unschedulable, out)
    return out.done()
  }

function cordonOne(k: Kubectl, node: Node, unschedulable: boolean, out: Output): void {
  const word = unschedulable ? 'cordoned' : 'uncordoned'
  if ((node.spec?.unschedulable ?? false) === unschedulable) out.say(`node/${node.metadata.name} already ${word}`)
  else patchAndSay(k, node, { spec: { unschedulable: unschedulable ? true : null } }, word, out)
}

const nameOf = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`

/** Why pods may not simply be evicted (k8s.io/kubectl/pkg/drain/filters.go). */
function sortPods(
  k: Kubectl,
  pods: readonly Pod[],
): { readonly evict: readonly Pod[]; readonly daemons: readonly Pod[]; readonly refusals: readonly string[] } {
  const daemons: Pod[] = []
  const bare: Pod[] = []
  const local: Pod[] = []
  const evict: Pod[] = []
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller)
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) continue
    if (owner?.kind === 'DaemonSet') daemons.push(pod)
    else if (!owner && !over && !k.flags.on('force')) bare.push(pod)
    else if (!over && (pod.spec.volumes ?? []).some((volume) => volume.emptyDir) && !keepsNoData(k)) local.push(pod)
    else evict.push(pod)
  }
  const names = (list: readonly Pod[]): string => list.map(nameOf).join(', ')
  const refusals = [
    ...(daemons.length > 0 && !k.flags.on('ignore-daemonsets')
      ? [`cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): ${names(daemons)}`]
      : []),
    ...(local.length > 0
      ? [`cannot delete Pods with local storage (use --delete-emptydir-data to override): ${names(local)}`]
      : []),
    ...(bare.length > 0
      ? [`cannot delete cannot delete Pods that declare no controller (use --force to override): ${names(bare)}`]
      : []),
  ]
  return { evict, daemons, refusals }
}

const keepsNoData = (k: Kubectl): boolean => k.flags.on('delete-emptydir-data') || k.flags.on('delete-local-data')

/** `kubectl drain NODE`: cordons it, evicts its pods and waits until they are gone. */
export function drain(k: Kubectl): CommandResult {
  const out = new Output()
  const nodes = nodesOf(k, 'drain', out)
  if (out.exit !== 0) return out.done()
  for (const node of nodes) cordonOne(k, node, true, out)
  const left: GoneState['left'][number][] = []
  for (const node of nodes) {
    const { evict, daemons, refusals } = sortPods(k, podsOn(k, node))
    if (refusals.length > 0) return refuseDrain(node, refusals, out)
    if (daemons.length > 0) out.warn(`Warning: ignoring DaemonSet-managed Pods: ${daemons.map(nameOf).join(', ')}`)
    for (const pod of evict) left.push(...evictOne(k, pod, out))
  }
  const timeout = durationOf(k.flags.text('timeout') ?? '0s') ?? 0
  const last = nodes.map((node) => `node/${node.metadata.name} drained${dryRunWord(k)}\n`).join('')
  const result = startFollowing(k.env, { f: 'gone', left, last, deadline: timeout === 0 ? null : k.now + timeout })
  return { ...result, stdout: out.stdout + result.stdout, stderr: out.stderr + result.stderr }
}

function podsOn(k: Kubectl, node: Node): readonly Pod[] {
  const listed = k.api.list<Pod>('Pod', {
    fieldSelector: `spec.nodeName=${node.metadata.name}`,
    ...(k.flags.has('pod-selector') && { labelSelector: k.flags.text('pod-selector')! }),
  })
  return listed.ok ? listed.value : refuse(listed.error)
}

function refuseDrain(node: Node, refusals: readonly string[], out: Output): CommandResult {
  const { name } = node.metadata
  const text = refusals.length === 1 ? refusals[0]! : `[${refusals.join(', ')}]`
  out.warn(`error: unable to drain node ${JSON.stringify(name)} due to error: ${text}, continuing command...`)
  out.warn(`There are pending nodes to be drained:\n ${name}`)
  for (const refusal of refusals) out.warn(refusal)
  out.exit = 1
  return out.done()
}

function evictOne(k: Kubectl, pod: Pod, out: Output): readonly GoneState['left'][number][] {
  const { name, namespace, uid = '' } = pod.metadata
  const ref = objectRef('Pod', namespace, name)
  const grace = k.flags.number('grace-period')
  const dryRun = dryRunWord(k)
  out.say(`evicting pod ${namespace}/${name}${dryRun}`)
  if (dryRun !== '') return []
  const result = k.api.delete(ref, k.actor, grace !== undefined && grace >= 0 ? { gracePeriodSeconds: grace } : {})
  if (!result.ok) {
    out.problem(result.error)
    return []
  }
  return [{ ref, uid, said: `pod/${name} evicted\n` }]
}
