import type { ObjectRef } from '../../base/ref.ts'
import { hasRule } from '../../kernel/netfilter/query.ts'
import type { RestoreLine } from '../../kernel/netfilter/restore.ts'
import type { Ruleset } from '../../kernel/netfilter/types.ts'

export interface FlannelRuleInput {
  /** This node's pod prefix, `10.244.1.0/24`. */
  readonly subnet: string
  /** The cluster's pod prefix, `10.244.0.0/16`. */
  readonly network: string
  /** The flag `--ip-masq`. */
  readonly ipMasq: boolean
  /** The flag `--iptables-forward-rules`. */
  readonly forwardRules: boolean
  /** The iptables binary knows `--random-fully`. */
  readonly randomFully: boolean
  /** For whom: the Node, the ConfigMap that holds net-conf.json. */
  readonly subject: readonly ObjectRef[]
}

/** A rule that flannel wants to see: `args` as it stands after `-A chain`. */
export interface FlannelRule {
  readonly table: 'nat' | 'filter'
  readonly chain: string
  readonly args: string
}

/** kube-proxy's masquerade mark: its KUBE-POSTROUTING, earlier in POSTROUTING, has dealt with such packets. */
const KUBE_MARK = '0x4000/0x4000'

/** The masquerade rules, in order (pkg/trafficmngr/iptables, masqRules). */
function masqRules({ subnet, network, randomFully }: FlannelRuleInput): readonly FlannelRule[] {
  const text = '-m comment --comment "flanneld masq"'
  const masquerade = `-j MASQUERADE${randomFully ? ' --random-fully' : ''}`
  const chain = 'FLANNEL-POSTRTG'
  const own = [
    `-m mark --mark ${KUBE_MARK} ${text} -j RETURN`,
    `-s ${subnet} -d ${network} ${text} -j RETURN`,
    `-s ${network} -d ${subnet} ${text} -j RETURN`,
    `! -s ${network} -d ${subnet} ${text} -j RETURN`,
    `-s ${network} ! -d 224.0.0.0/4 ${text} ${masquerade}`,
    `! -s ${network} -d ${network} ${text} ${masquerade}`,
  ]
  return [
    { table: 'nat', chain: 'POSTROUTING', args: `${text} -j ${chain}` },
    ...own.map((args) => ({ table: 'nat', chain, args }) as const),
  ]
}

function forwardRules({ network }: FlannelRuleInput): readonly FlannelRule[] {
  const text = '-m comment --comment "flanneld forward"'
  const chain = 'FLANNEL-FWD'
  return [
    { table: 'filter', chain: 'FORWARD', args: `${text} -j ${chain}` },
    { table: 'filter', chain, args: `-s ${network} ${text} -j ACCEPT` },
    { table: 'filter', chain, args: `-d ${network} ${text} -j ACCEPT` },
  ]
}

/** Every rule that flannel checks for, each `--iptables-resync` (5 s). */
export const flannelRules = (input: FlannelRuleInput): readonly FlannelRule[] => [
  ...(input.ipMasq ? masqRules(input) : []),
  ...(input.forwardRules ? forwardRules(input) : []),
]

/** Whether all of them are there; if one is missing the whole of its table is put back. */
export const flannelRulesPresent = (input: FlannelRuleInput, ruleset: Ruleset): boolean =>
  flannelRules(input).every(({ table, chain, args }) => hasRule(ruleset, table, chain, args))

const OWN_CHAINS = { nat: 'FLANNEL-POSTRTG', filter: 'FLANNEL-FWD' } as const

/**
 * Input for `iptables-restore --noflush` that puts flannel's rules in place: its own chains are written anew, its jumps
 * are appended to the built-in chains (after a delete, where they already stand there).
 */
export function flannelRestore(input: FlannelRuleInput, ruleset: Ruleset): readonly RestoreLine[] {
  const { subject } = input
  const lines: RestoreLine[] = []
  for (const table of ['nat', 'filter'] as const) {
    const rules = flannelRules(input).filter((rule) => rule.table === table)
    if (rules.length === 0) continue
    lines.push({ text: `*${table}` }, { text: `:${OWN_CHAINS[table]} - [0:0]`, subject })
    for (const { chain, args } of rules)
      if (chain !== OWN_CHAINS[table] && hasRule(ruleset, table, chain, args))
        lines.push({ text: `-D ${chain} ${args}`, subject })
    for (const { chain, args } of rules) lines.push({ text: `-A ${chain} ${args}`, subject })
    lines.push({ text: 'COMMIT' })
  }
  return lines
}
