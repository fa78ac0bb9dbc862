import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ipv4 } from '../../../src/core/base/ipv4.ts'
import { type Scenario, firewallsOf } from '../language.ts'
import type { Observation } from '../observation.ts'
import { runScript } from '../real/run.ts'
import { scriptOf } from '../real/script.ts'
import { type Walk, type WalkStep, walkSections } from './walk.ts'

/** Plays a scenario on this machine's kernel with a TRACE rule at the head of raw in every namespace that has rules. */
export async function traceReal(s: Scenario, stage: string): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-trace-'))
  try {
    writeFileSync(join(folder, 'scenario.sh'), scriptOf(s))
    const out = join(folder, 'out')
    await runScript(join(folder, 'scenario.sh'), out, stage, { TRACE: '1' })
    return new Map(
      firewallsOf(s).flatMap((ns) => {
        const numbers = ruleNumbers(readFileSync(join(out, `rules.${ns}`), 'utf8'))
        return walkSections(ns, walksOf(readFileSync(join(out, `trace.${ns}`), 'utf8'), numbers))
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `table/chain` → handles of its rules in order, without the TRACE rule, out of `nft -a list ruleset`. */
function ruleNumbers(listing: string): ReadonlyMap<string, readonly number[]> {
  const chains = new Map<string, number[]>()
  let [table, chain] = ['', '']
  for (const line of listing.split('\n')) {
    const words = line.trim().split(' ')
    if (words[0] === 'table') table = words[2]!
    else if (words[0] === 'chain') chains.set(`${table}/${(chain = words[1]!)}`, [])
    else {
      const handle = /# handle (\d+)$/.exec(line)
      if (handle && !line.includes('meta nftrace set 1')) chains.get(`${table}/${chain}`)?.push(Number(handle[1]))
    }
  }
  return chains
}

type Open = { -readonly [field in keyof Walk]: Walk[field] } & { steps: WalkStep[] }

const EVENT = /^trace id (\S+) ip (\S+) (\S+) (packet: |rule |policy )(.*)$/
const RULE = /# handle (\d+) \(verdict (\w+)/

/**
 * The walks in the output of `nft -a monitor trace`, in the order in which the kernel tells of their beginning. (xtables-monitor would
 * do, too, but ends at some rules.) Chains without rules, which the simulator does not enter, are left out.
 */
function walksOf(monitor: string, numbers: ReadonlyMap<string, readonly number[]>): readonly Walk[] {
  const walks: Open[] = []
  const open = new Map<string, Open>()
  for (const line of monitor.split('\n')) {
    const [, id = '', table = '', chain = '', what, rest = ''] = EVENT.exec(line) ?? []
    const known = numbers.get(`${table}/${chain}`) ?? []
    if (what === 'packet: ') {
      const field = (name: string): string => new RegExp(` ip ${name} (\\S+)`).exec(line)?.[1] ?? '0'
      const ends = { src: ipv4(field('saddr')), dst: ipv4(field('daddr')), length: Number(field('length')) }
      const walk: Open = { table, chain, ...ends, steps: [] }
      open.set(id, walk)
      walks.push(walk)
    } else if (what === 'policy ' && known.length > 0) {
      open.get(id)?.steps.push({ chain, num: 0, verdict: /^\w+/.exec(rest)![0].toUpperCase() })
    } else if (what === 'rule ' && !rest.includes('meta nftrace set 1')) {
      const [, handle, verdict = ''] = RULE.exec(rest) ?? []
      open.get(id)?.steps.push({ chain, num: known.indexOf(Number(handle)) + 1, verdict: verdict.toUpperCase() })
    }
  }
  return walks.filter((walk) => walk.steps.length > 0)
}
