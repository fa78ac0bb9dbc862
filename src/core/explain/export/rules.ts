import { saveTable } from '../../kernel/netfilter/print.ts'
import { type Chain, type Rule, type Ruleset, TABLES } from '../../kernel/netfilter/types.ts'
import type { ExplainEnv, Lines } from '../env.ts'
import { causeChain } from '../provenance.ts'
import { comment, headOf, oneLine } from './comment.ts'

/** The rules of a namespace as input of iptables-restore, each group preceded by whose it is; `null` when it has none. */
export function rulesText(env: ExplainEnv, netns: number, place: string, lines: Lines): string | null {
  const rows = env.kernel.t.netfilterByNetns.at(netns).rows()
  const ruleset: Ruleset = Object.fromEntries(rows.map((row) => [row.name, row.table]))
  const tables = TABLES.filter((name) => (ruleset[name]?.chains ?? []).some(isWritten))
  if (tables.length === 0) return null
  const text: string[] = [
    `# The rules of ${oneLine(place)}, as its agents wrote them. Each group says who wrote it, and for which objects.`,
  ]
  for (const name of tables) {
    const chains = ruleset[name]!.chains
    const saved = saveTable(ruleset, name, { policyCounters: () => ({ packets: 0, bytes: 0 }) })
    const first = saved.findIndex((line) => line.startsWith('-A '))
    const head = first < 0 ? saved.slice(0, -1) : saved.slice(0, first)
    text.push('', ...head, ...grouped(env, chains, saved.slice(head.length, -1), lines), 'COMMIT')
  }
  return `${text.join('\n')}\n`
}

const isWritten = (chain: Chain): boolean =>
  chain.policy === null || chain.policy !== 'ACCEPT' || chain.rules.length > 0

/** The lines `-A …` in their order, with a comment wherever chain, writer or subject change. */
function grouped(
  env: ExplainEnv,
  chains: readonly Chain[],
  appended: readonly string[],
  lines: Lines,
): readonly string[] {
  const rules = chains.flatMap((chain) => chain.rules.map((rule) => ({ chain: chain.name, rule })))
  let last = ''
  return appended.flatMap((line, i) => {
    const { chain, rule } = rules[i]!
    const head = ownerOf(env, rule, lines)
    const group = `${chain}\n${head}`
    if (group === last) return [line]
    last = group
    return [...comment(`${chain}: ${head}`), line]
  })
}

const ownerOf = (env: ExplainEnv, rule: Rule, lines: Lines): string =>
  headOf(causeChain(env, rule.cause)[0]?.actor ?? '', rule.subject, lines)
