import { entity } from '../core/explain/entity.ts'
import type { ExplainEnv, Lines } from '../core/explain/env.ts'
import { find } from '../core/explain/find.ts'
import { rowsFor } from '../core/explain/line.ts'
import { narrate } from '../core/explain/narrate.ts'
import { writeTrace } from '../core/explain/pcap.ts'
import { explainStep } from '../core/explain/step.ts'
import { topology, topologyRevision } from '../core/explain/topology.ts'
import type { ObjectRef } from '../core/base/ref.ts'
import type { Lab } from '../core/lab/lab.ts'
import { showMoment } from './engine.ts'
import type { Running } from './host.ts'
import type { Cursor, Entity, Requests } from './protocol.ts'

/** Reads a lab at moments: each answer first puts the world there. */
export interface Views {
  at(cursor: Cursor): Lab
  topology(cursor: Cursor): Requests['topology']['answer']
  step(cursor: Cursor): Requests['step']['answer']
  steps(from: Cursor, to: Cursor): Requests['steps']['answer']
  entity(entity: Entity, cursor: Cursor): Requests['entity']['answer']
  line(line: number, cursor: Cursor): Requests['line']['answer']
  find(query: string, cursor: Cursor): Requests['find']['answer']
  pcap(from: Cursor, to: Cursor): Requests['pcap']['answer']
}

/** At most so many sentences in one answer. */
const MAX_STEPS = 500

/** What `explain` reads a lab through. */
export const explainEnv = (lab: Lab): ExplainEnv => ({
  world: lab.world,
  sim: lab.sim,
  trace: lab.trace,
  kernel: lab.kernel,
  fabric: lab.fabric,
  api: lab.spec.cluster ? lab.api : null,
  sockets: lab.processes.sockets.t,
  processes: lab.processes.t,
  roleOf: (host) => roleOf(lab, host),
})

function roleOf(lab: Lab, name: string): ReturnType<NonNullable<ExplainEnv['roleOf']>> {
  if (lab.spec.fabric.routers.some((router) => router.name === name)) return 'router'
  return lab.spec.fabric.hosts.find((host) => host.name === name)?.role
}

export function answerViews({ lab, document }: Running): Views {
  const env = explainEnv(lab)
  const lines: Lines = (ref) => document.lines.get(ref) ?? null
  const at = (cursor: Cursor): Lab => {
    showMoment(lab, cursor)
    return lab
  }
  return {
    at,
    topology(cursor) {
      at(cursor)
      return { topology: topology(env), revision: topologyRevision(env) }
    },
    step(cursor) {
      at(cursor)
      return { step: explainStep(env, cursor, lines) }
    },
    steps(from, to) {
      const steps = []
      for (let cursor = from; cursor < Math.min(to, from + MAX_STEPS, lab.trace.length); cursor++) {
        at(cursor)
        steps.push({ cursor, say: narrate(env, cursor) })
      }
      return { steps }
    },
    entity(which, cursor) {
      at(cursor)
      return { view: entity(env, which, cursor, lines) }
    },
    line(line, cursor) {
      at(cursor)
      const ref = objectAt(document.ranges, line)
      return { ref, rows: ref ? rowsFor(env, ref) : [] }
    },
    find(query, cursor) {
      at(cursor)
      return { hits: find(env, query) }
    },
    pcap(from, to) {
      at(to)
      return { file: writeTrace(env, from, to) }
    },
  }
}

/** The object whose document a line is in. */
function objectAt(ranges: Running['document']['ranges'], line: number): ObjectRef | null {
  for (const [ref, { start, end }] of ranges) if (start.line <= line && line <= end.line) return ref
  return null
}
