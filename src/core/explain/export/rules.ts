import { saveTable } from '../../kernel/netfilter/print.ts'
import { type Chain, type Rule, type Ruleset, TABLES } from '../../kernel/netfilter/types.ts'
import type { ExplainEnv, Lines } from '../env.ts'
import { causeChain } from '../provenance.ts'
import { type Choice, isChance } from './choices.ts'
import { comment, headOf, oneLine } from './comment.ts'

/** The rules of a namespace as input of iptables-restore, each group preceded by whose it is; `null` when it has none. */
export function rulesText(
  env: ExplainEnv,
  netns: number,
  place: string,
  lines: Lines,
  choices: readonly Choice[],
): string | null {
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
    const own = choices.filter((choice) => choice.netns === netns && choice.table === name)
    text.push('', ...head, ...grouped(env, chains, saved.slice(head.length, -1), lines, own), 'COMMIT')
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
  choices: readonly Choice[],
): readonly string[] {
  const rules = chains.flatMap((chain) => {
    const first = chain.rules.findIndex(isChance)
    return chain.rules.map((rule, at) => ({ chain: chain.name, rule, chance: at === first }))
  })
  let last = ''
  return appended.flatMap((line, i) => {
    const { chain, rule, chance } = rules[i]!
    const head = ownerOf(env, rule, lines)
    const group = `${chain}\n${head}`
    const made = chance ? choices.filter((choice) => choice.chain === chain).map(choiceLine) : []
    const about = made.length === 0 ? [] : [...comment(CHOICES), ...made]
    if (group === last) return [...about, line]
    last = group
    return [...about, ...comment(`${chain}: ${head}`), line]
  })
}

const CHOICES =
  'Not a rule of the lab: the first connections go where they went in the lab, one after another; all others by chance, as below.'

/** Matches the first packet that it sees, and no other one for four billion packets. */
const choiceLine = ({ chain, target }: Choice): string =>
  `-A ${chain} -m comment --comment "${AS_IN_THE_LAB}" -m statistic --mode nth --every 4294967295 --packet 0 -j ${target}`

/** By this comment those rules are told from those of the lab. */
export const AS_IN_THE_LAB = 'as in the lab'

const ownerOf = (env: ExplainEnv, rule: Rule, lines: Lines): string =>
  headOf(causeChain(env, rule.cause)[0]?.actor ?? '', rule.subject, lines)
