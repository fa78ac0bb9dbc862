import type { PathDetail } from '../../../src/core/kernel/details.ts'
import type { Target } from '../../../src/core/kernel/netfilter/types.ts'
import type { Scene } from '../../../src/core/testkit/scene.ts'
import type { Trace } from '../../../src/core/trace/trace.ts'
import { VERDICTS, type Verdict } from '../../../src/core/trace/vocabulary.ts'
import { ipLength } from '../../../src/core/wire/length.ts'
import { type Scenario, firewallsOf } from '../language.ts'
import type { Observation } from '../observation.ts'
import { play } from '../simulated/run.ts'
import { type Walk, type WalkStep, walkSections } from './walk.ts'

/** Plays a scenario in the simulator: the walks of every namespace that has rules, out of the trace. */
export function traceSimulated(s: Scenario): Observation {
  const { scene } = play(s)
  return new Map(firewallsOf(s).flatMap((ns) => walkSections(ns, walksIn(scene, scene.ns(ns)))))
}

type Open = Walk & { readonly steps: WalkStep[] }

function walksIn({ kernel: k }: Scene, netns: number): readonly Walk[] {
  const { columns, length } = k.trace
  const walks: Open[] = []
  const open = new Map<number, Open>()
  for (let i = 0; i < length; i++) {
    if (columns.place[i] !== netns || columns.detail[i] === 0) continue
    const detail = k.trace.details[columns.detail[i]!] as PathDetail
    if (detail.d !== 'rule' && detail.d !== 'policy' && detail.d !== 'miss') continue
    const packet = columns.packet[i]!
    const at = `${columns.point[i]}/${detail.table}`
    let walk = open.get(packet)
    if (!walk || startedAt.get(walk) !== at) {
      const frame = k.trace.frameAt(i)
      const ip = frame?.l === 'eth' ? frame.payload : frame
      if (ip?.l !== 'ipv4') continue
      const { src, dst } = ip
      walk = { table: detail.table, chain: detail.chain, src, dst, length: ipLength(ip), steps: [] }
      startedAt.set(walk, at)
      open.set(packet, walk)
      walks.push(walk)
    }
    if (detail.d === 'policy') walk.steps.push({ chain: detail.chain, num: 0, verdict: detail.policy })
    if (detail.d === 'rule') {
      const refused = detail.rule.target?.t === 'TPROXY' && nextOf(k.trace, i) === 'drop'
      const verdict = refused ? 'DROP' : verdictOf(detail.rule.target, VERDICTS[columns.verdict[i]!]!)
      walk.steps.push({ chain: detail.chain, num: detail.num, verdict })
    }
    // A bridged packet may come by the same chain again.
    if (detail.d === 'policy' || isFinal(walk.steps.at(-1)?.verdict)) open.delete(packet)
  }
  return walks.filter((walk) => walk.steps.length > 0)
}

/** What became of the packet right after a record: TPROXY drops what no socket waits for in a step of its own. */
function nextOf({ columns, length }: Trace, at: number): Verdict | null {
  for (let i = at + 1; i < length; i++)
    if (columns.packet[i] === columns.packet[at]) return VERDICTS[columns.verdict[i]!]!
  return null
}

const startedAt = new WeakMap<Walk, string>()
const isFinal = (verdict: string | undefined): boolean => verdict === 'ACCEPT' || verdict === 'DROP'

/** What nf_tables calls the verdict of a rule that matched. */
function verdictOf(target: Target | null, did: Verdict): string {
  if (did === 'drop' || did === 'reject') return 'DROP'
  if (target === null) return 'CONTINUE'
  switch (target.t) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return target.t
    case 'jump':
    case 'goto':
      return target.t.toUpperCase()
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'NETMAP':
    case 'TPROXY':
      return 'ACCEPT'
    default:
      return 'CONTINUE'
  }
}
