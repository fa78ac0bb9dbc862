import { formatIpv4 } from '../../base/ipv4.ts'
import type { PathDetail } from '../../kernel/details.ts'
import { natRangeText, targetText } from '../../kernel/netfilter/save-text.ts'
import type { Rule, Target } from '../../kernel/netfilter/types.ts'
import { programOf } from '../decided-socket.ts'
import type { ExplainEnv } from '../env.ts'
import type { Said, Told } from '../narrate.ts'
import { objectName } from '../places.ts'

/** Steps of the netfilter walk. Sentences that name the object a rule is for end in `-for`. */
export function sayRule({ env, record, why, dev }: Told): Said {
  const { detail, verdict } = record
  if (detail === null) return null
  switch (detail.d) {
    case 'miss':
      return ['rule-miss', { table: detail.table, chain: detail.chain, num: detail.num, term: detail.term }]
    case 'policy':
      return [detail.policy === 'DROP' ? 'policy-drop' : 'policy-accept', { table: detail.table, chain: detail.chain }]
    case 'chain-end':
      return ['chain-end', { table: detail.table, chain: detail.chain }]
    case 'rule': {
      const key = verdict === 'drop' && detail.rule.target?.t !== 'DROP' ? 'rule-no-address' : ruleKey(detail.rule)
      const params = { table: detail.table, chain: detail.chain, num: detail.num, ...targetParams(detail, dev) }
      const object = why?.subject[0]
      return object ? [`${key}-for`, { ...params, object: objectName(object) }] : [key, params]
    }
    case 'tproxy':
      return sayTproxy(detail, env)
    case 'note':
      if (detail.code === 'unmodelled-target') return ['unmodelled-target', { target: detail.value ?? '' }]
      return detail.code === 'unmodelled-match' ? ['unmodelled-match', { term: detail.value ?? '' }] : null
    default:
      return null
  }
}

/** What TPROXY found, and so what becomes of the packet. */
const sayTproxy = (detail: PathDetail & { readonly d: 'tproxy' }, env: ExplainEnv): Said => [
  `tproxy-${detail.found}`,
  {
    proto: detail.proto.toUpperCase(),
    addr: formatIpv4(detail.addr),
    port: detail.port,
    program: programOf(env, detail.pid),
  },
]

const KEYS: { readonly [T in Target['t']]?: string } = {
  ACCEPT: 'rule-accept',
  DROP: 'rule-drop',
  RETURN: 'rule-return',
  jump: 'rule-jump',
  goto: 'rule-goto',
  MARK: 'rule-mark',
  CONNMARK: 'rule-connmark',
  DNAT: 'rule-dnat',
  SNAT: 'rule-snat',
  MASQUERADE: 'rule-masquerade',
  REDIRECT: 'rule-redirect',
  NETMAP: 'rule-netmap',
  REJECT: 'rule-reject',
  TEE: 'rule-tee',
  TCPMSS: 'rule-tcpmss',
  TPROXY: 'rule-tproxy',
}

function ruleKey({ target }: Rule): string {
  if (target === null) return 'rule-count'
  if (target.t === 'LOG' || target.t === 'NFLOG' || target.t === 'TRACE') return 'rule-log'
  if (target.t === 'CT') return target.notrack ? 'rule-notrack' : 'rule-other'
  return KEYS[target.t] ?? 'rule-other'
}

function targetParams(
  { rule }: PathDetail & { readonly d: 'rule' },
  dev: string,
): { readonly target: string; readonly to: string } {
  const { target } = rule
  if (target === null) return { target: '', to: '' }
  if (target.t === 'jump' || target.t === 'goto') return { target: target.chain, to: target.chain }
  if (target.t === 'DNAT' || target.t === 'SNAT') return { target: target.t, to: natRangeText(target.range) }
  if (target.t === 'MASQUERADE') return { target: target.t, to: dev }
  if (target.t === 'REJECT') return { target: target.t, to: target.with }
  if (target.t === 'MARK') return { target: target.t, to: `0x${target.value.toString(16)}` }
  return { target: target.t, to: targetText(target) }
}
