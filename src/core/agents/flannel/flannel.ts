import { equal } from '../../base/equal.ts'
import { formatCidr } from '../../base/cidr.ts'
import { objectRef } from '../../base/ref.ts'
import { SEC } from '../../base/time.ts'
import type { Node } from '../../api/kinds/types.ts'
import { readRuleset, restore } from '../../kernel/netfilter/store.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import { klog } from '../contracts/klog.ts'
import { CHANGED } from '../contracts/program-watch.ts'
import type { Ctx, Program, ProgramEvent } from '../contracts/program.ts'
import { leaseOf, type Lease } from './lease.ts'
import { addRemote, removeRemote } from './remotes.ts'
import { type FlannelRuleInput, flannelRestore, flannelRulesPresent } from './rules.ts'
import { startFlannel } from './start.ts'
import type { FlannelEnv, FlannelState, Programmed } from './state.ts'

const ROUTE_CHECK = 10 * SEC

/** flanneld: makes a node's pods reachable from the other nodes, with what they have published about themselves on their Node objects. */
export const flanneld = (env: FlannelEnv): Program<FlannelState> => ({
  name: 'flanneld',
  catches: ['TERM', 'INT'],
  start(ctx) {
    const started = startFlannel(env, ctx)
    if (!started.ok) {
      klog(ctx, 'E', 'main.go:250', started.error)
      return ctx.exit(1)
    }
    const state = started.value
    ctx.set(state)
    ensureRules(env, ctx, state)
    ctx.setTimer(state.resync * SEC, 'iptables')
    if (state.config.backend.type === 'host-gw') ctx.setTimer(ROUTE_CHECK, 'routes')
    env.watches.watch(state.actor, ctx.pid, ['Node'])
  },
  on: (ctx, event) => onEvent(env, ctx, event),
})

function onEvent(env: FlannelEnv, ctx: Ctx<FlannelState>, event: ProgramEvent): void {
  if (event.type === 'signal') {
    klog(ctx, 'I', 'main.go:390', 'shutdownHandler sent cancel signal...')
    return ctx.exit(0)
  }
  if (event.type !== 'timer') return
  const { state } = ctx
  if (event.tag === CHANGED) {
    env.watches.seen(state.actor)
    syncLeases(env, ctx, state)
  } else if (event.tag === 'iptables') {
    ensureRules(env, ctx, state)
    ctx.setTimer(state.resync * SEC, 'iptables')
  } else if (event.tag === 'routes') {
    for (const node of Object.keys(state.leases).sort()) addRemote(env.kernel, ctx.netns, state, state.leases[node]!.lease)
    ctx.setTimer(ROUTE_CHECK, 'routes')
  }
}

/** Programs what is new and removes what is gone. The order is that of the node names. */
function syncLeases(env: FlannelEnv, ctx: Ctx<FlannelState>, state: FlannelState): void {
  const wanted = wantedLeases(env, state)
  const leases: { [node: string]: Programmed } = {}
  for (const node of Object.keys(state.leases).sort()) {
    const old = state.leases[node]!
    const next = wanted.find((lease) => lease.node === node)
    if (next && equal(next, old.lease)) leases[node] = old
    else removeRemote(env.kernel, ctx.netns, state, old)
  }
  for (const lease of wanted) {
    if (leases[lease.node]) continue
    const added = addRemote(env.kernel, ctx.netns, state, lease)
    if (added.ok) leases[lease.node] = added.value
    else klog(ctx, 'E', 'vxlan_network.go:200', added.error)
  }
  ctx.set({ ...state, leases })
}

/** Other nodes' leases of the same backend; those of another are ignored, with a warning, as flannel does. */
function wantedLeases(env: FlannelEnv, state: FlannelState): readonly Lease[] {
  const { type } = state.config.backend
  if (type === 'alloc') return []
  return env.api.ofKind<Node>('Node').flatMap((node) => {
    const lease = node.metadata.name === state.node ? null : leaseOf(node)
    return lease && lease.backend === type ? [lease] : []
  })
}

const CONFIG_MAP = objectRef('ConfigMap', 'kube-flannel', 'kube-flannel-cfg')

/** Every `--iptables-resync` seconds: if one of the rules is missing, all of them are put back. */
function ensureRules(env: FlannelEnv, ctx: Ctx<FlannelState>, state: FlannelState): void {
  const k = env.kernel
  const input: FlannelRuleInput = {
    subnet: formatCidr(state.subnet),
    network: formatCidr(state.config.network),
    ipMasq: state.ipMasq,
    forwardRules: state.forwardRules,
    randomFully: true,
    subject: [objectRef('Node', undefined, state.node), CONFIG_MAP],
  }
  const ruleset = readRuleset(k, ctx.netns)
  if (flannelRulesPresent(input, ruleset)) return
  const deed = { actor: state.actor, verb: 'iptables', ref: objectRef('Node', undefined, state.node), netns: ctx.netns } as const
  asAgent(k, { ...deed, text: 'iptables-restore --noflush FLANNEL-POSTRTG FLANNEL-FWD' }, () => {
    const done = restore(k, ctx.netns, flannelRestore(input, ruleset), { noflush: true })
    if (!done.ok) klog(ctx, 'E', 'iptables.go:320', `Failed to ensure iptables rules: ${done.error.stderr.trim()}`)
  })
}
