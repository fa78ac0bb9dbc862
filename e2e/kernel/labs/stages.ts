import type { Stages } from '../judge.ts'
import { absent } from '../real/isolated.ts'
import type { LabCase } from './lab.ts'
import { runExport } from './real.ts'
import { type PlayedLab, playLab } from './simulated.ts'

/** What an exported script needs that scenarios do not. */
const TOOLS = ['taskset', 'python3', 'curl', 'ping', 'nslookup', 'dig', 'tcpdump', 'ethtool', 'mount', 'ps']

/** Why exported labs cannot run on this machine, where scenarios can; `null`: they can. */
export function missingForLabs(): string | null {
  if (process.getuid?.() !== 0) return 'no root (tcpdump changes its groups, which a user namespace does not allow)'
  const lacking = absent(TOOLS)
  return lacking.length > 0 ? `no ${lacking.join(', ')}` : null
}

const played = new WeakMap<LabCase, PlayedLab>()
function play(c: LabCase): PlayedLab {
  let known = played.get(c)
  if (!known) played.set(c, (known = playLab(c)))
  return known
}

export const LAB_STAGES: Stages<LabCase> = {
  simulated: (c) => play(c).observation,
  real: (c) => runExport(play(c), c.forbidden),
}
