import { AS_IN_THE_LAB } from '../../../src/core/explain/export/rules.ts'

const RULE = /^\[(\d+):(\d+)\] -A (\S+) (.*) -j (\S+)$/

/**
 * `iptables-save -c` without the rules with which an export repeats the choices that the lab made by chance: what they counted is
 * counted where the lab counts it, at the rule below them that goes on to the same chain.
 */
export function withoutChoices(text: string): string {
  let made: { readonly chain: string; readonly target: string; readonly packets: number; readonly bytes: number }[] = []
  const lines = text.split('\n').flatMap((line) => {
    const [, packets, bytes, chain, matches, target] = RULE.exec(line) ?? []
    if (chain === undefined) return [line]
    if (matches!.includes(AS_IN_THE_LAB)) {
      made.push({ chain, target: target!, packets: Number(packets), bytes: Number(bytes) })
      return []
    }
    const here = made.filter((choice) => choice.chain === chain && choice.target === target)
    if (here.length === 0) return [line]
    made = made.filter((choice) => !here.includes(choice))
    const sum = (own: string | undefined, of: 'packets' | 'bytes'): number =>
      here.reduce((total, choice) => total + choice[of], Number(own))
    return [`[${sum(packets, 'packets')}:${sum(bytes, 'bytes')}] -A ${chain} ${matches} -j ${target}`]
  })
  return lines.join('\n')
}
