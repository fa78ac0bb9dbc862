import { formatCidr } from '../../base/cidr.ts'
import { objectRef } from '../../base/ref.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { readRuleset, restore } from '../../kernel/netfilter/store.ts'
import { asAgent } from '../contracts/agent-trace.ts'
import { klog } from '../contracts/klog.ts'
import { type FlannelRuleInput, flannelRestore, flannelRulesPresent } from './rules.ts'
import type { FlannelCtx, FlannelState } from './state.ts'

/**
 * The rules for masquerading and those for forwarding, each looked at as a whole: if one is missing, all of its kind are put back
 * (ensureIPTables of pkg/trafficmngr/iptables). `first`: there is nothing to complain about yet.
 */
export function ensureRules(k: Kernel, ctx: FlannelCtx, state: FlannelState, first: boolean): void {
  const { ipMasq, forwardRules, randomFully } = state.options
  const common = {
    subnet: formatCidr(state.subnet),
    network: formatCidr(state.network),
    randomFully,
    subject: state.subject,
  }
  if (ipMasq) ensure(k, ctx, state, { ...common, ipMasq, forwardRules: false }, first)
  if (forwardRules) ensure(k, ctx, state, { ...common, ipMasq: false, forwardRules }, first)
}

function ensure(k: Kernel, ctx: FlannelCtx, state: FlannelState, input: FlannelRuleInput, first: boolean): void {
  const ruleset = readRuleset(k, ctx.netns)
  if (flannelRulesPresent(input, ruleset)) return
  if (!first) klog(ctx, 'I', 'iptables.go:493', 'Some iptables rules are missing; deleting and recreating rules')
  const lines = flannelRestore(input, ruleset)
  const text = `iptables-restore --noflush: ${lines
    .map((line) => line.text)
    .filter((line) => line.startsWith('-'))
    .join('; ')}`
  const deed = {
    actor: state.actor,
    verb: 'iptables',
    ref: objectRef('Node', undefined, state.node),
    netns: ctx.netns,
    text,
  } as const
  const done = asAgent(k, deed, () => restore(k, ctx.netns, lines, { noflush: true }))
  if (done.ok && first) klog(ctx, 'I', 'iptables.go:358', 'bootstrap done')
  if (!done.ok)
    klog(
      ctx,
      'E',
      'iptables.go:393',
      `Failed to ensure iptables rules: error setting up rules: ${done.error.stderr.trim()}`,
    )
}
