import { type ExportTarget, exportFile, exportFolder } from '../core/explain/export/export.ts'
import type { EtcFile, ExportInput, ExportStimulus, ExportedFiles } from '../core/explain/export/input.ts'
import type { Lab } from '../core/lab/lab.ts'
import { resolvePlace } from '../core/lab/place.ts'
import { HTTP_CLIENT } from '../core/lab/programs.ts'
import { sessionOutput } from '../core/lab/session.ts'
import { formatPlace } from '../scenario/place.ts'
import { goLive, showMoment } from './engine.ts'
import type { Running } from './host.ts'
import type { Cursor } from './protocol.ts'
import { explainEnv } from './views.ts'

/** What was written out; a target that is not built yet is said by name. */
export type Exported<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly target: ExportTarget }

/** The lab as it stands at a moment, as one script with everything in it. */
export const exportScript = (running: Running, cursor: Cursor): { readonly name: string; readonly text: string } =>
  exportFile(exportInput(running, cursor))

/** The same as a script and the files that go with it, by path. */
export const exportLab = (running: Running, cursor: Cursor): ExportedFiles => exportFolder(exportInput(running, cursor))

/** The moment at which the lab has come to rest for the first time, before its script: what an export shows if nobody says otherwise. */
export function restCursor(lab: Lab): Cursor {
  const stories = lab.script.rows().flatMap(({ session, story }) => (session === 0 ? [] : [story]))
  return Math.max(0, Math.min(lab.trace.length - 1, ...stories))
}

function exportInput({ lab, document }: Running, cursor: Cursor): ExportInput {
  goLive(lab)
  const printed = lab.script.rows().map(({ session }) => printedBy(lab, session))
  showMoment(lab, cursor)
  const stimuli = lab.script.rows().map(({ entry }, i): ExportStimulus => {
    const spot = resolvePlace(lab, entry.in)
    return {
      place: formatPlace(entry.in),
      netns: spot.ok ? spot.value.netns : 0,
      line: entry.run,
      printed: printed[i] ?? null,
    }
  })
  return {
    env: explainEnv(lab),
    name: lab.spec.name,
    now: lab.sim.now,
    lines: (ref) => document.lines.get(ref) ?? null,
    stimuli,
    etc: (netns) => etcOf(lab, netns),
    dnsDomain: lab.spec.cluster?.dnsDomain ?? 'cluster.local',
    httpClient: HTTP_CLIENT,
  }
}

function printedBy(lab: Lab, session: number): ExportStimulus['printed'] {
  if (session <= 0) return null
  const { both, exit } = sessionOutput(lab, session)
  return exit === null ? null : { text: both, exit }
}

/** resolv.conf and hosts as the programs of a namespace read them: the machine's, or those of the pod's first container. */
function etcOf(lab: Lab, netns: number): readonly EtcFile[] {
  const row = lab.kernel.t.netns.get(netns)
  if (!row) return []
  const inside = lab.processes.t.byNetns.at(netns).rows()
  const fs = row.name === 'host' ? row.host : inside.find((each) => each.init && each.exit === null)?.fs
  if (fs === undefined) return []
  return (['resolv.conf', 'hosts'] as const).flatMap((name) => {
    const text = lab.files.read(fs, `/etc/${name}`)
    return text === null ? [] : [{ name, text }]
  })
}
