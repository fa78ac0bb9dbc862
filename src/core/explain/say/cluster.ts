import type { AgentTraceDetail } from '../../agents/contracts/agent-trace.ts'
import type { Event } from '../../api/kinds/types.ts'
import type { ApiTraceDetail } from '../../api/store/types.ts'
import { objectRef, splitRef } from '../../base/ref.ts'
import { objectName } from '../places.ts'
import type { Said, Told } from '../narrate.ts'

/** Processes, the API server, and the agents that follow it. */
export function sayCluster({ env, record, who }: Told): Said {
  const { detail, verdict } = record
  if (detail === null) return null
  switch (detail.d) {
    case 'process': {
      const params = {
        program: detail.program,
        pid: detail.pid,
        command: detail.argv.join(' '),
        code: detail.code,
        place: who,
      }
      if (verdict === 'start') return ['process-start', params]
      return [detail.code === 0 ? 'process-exit' : 'process-fail', params]
    }
    case 'output':
      return ['process-output', { program: programName(env, detail.pid), text: firstLine(detail.text) }]
    case 'signal':
      return [`process-signal-${detail.effect}`, { program: programName(env, detail.pid), signal: detail.signal }]
    case 'api':
      return sayWrite(env, detail)
    case 'agent':
      return sayDeed(detail)
    default:
      return null
  }
}

/** Deeds of agents that have a sentence of their own. */
const DEEDS: ReadonlySet<string> = new Set([
  'boot',
  'start',
  'sync',
  'sysctl',
  'iptables',
  'create device',
  'configure device',
  'delete device',
  'add lease',
  'CNI ADD',
  'CNI DEL',
])

function sayDeed({ actor, verb, ref, text }: AgentTraceDetail): Said {
  const params = { actor, verb, object: ref ? objectName(ref) : '', text: firstLine(text) }
  if (DEEDS.has(verb)) return [`agent-${verb.toLowerCase().replace(' ', '-')}`, params]
  return [ref ? 'agent-for' : 'agent', params]
}

/** A write to the API server. Notes that agents leave (Events) and their heartbeats (Leases) are told by what they say. */
function sayWrite(env: Told['env'], { ref, verb, actor, subresource }: ApiTraceDetail): Said {
  const params = { actor, object: objectName(ref) }
  const { kind } = splitRef(ref)
  const event = kind === 'Event' && verb !== 'delete' ? env.api?.peek<Event>(ref) : undefined
  if (event)
    return ['api-event', { ...params, object: aboutText(event), text: firstLine(event.message ?? event.reason ?? '') }]
  if (kind === 'Lease' && verb === 'update') return ['api-lease', params]
  const key = `api-${subresource ? 'status' : verb}`
  return [actor === 'you' && !subresource ? `${key}-you` : key, params]
}

const aboutText = ({ involvedObject: about }: Event): string =>
  objectName(objectRef(about.kind ?? '', about.namespace, about.name ?? ''))

function programName(env: Told['env'], pid: number): string {
  return env.processes?.process.get(pid)?.program ?? `pid ${pid}`
}

const LONGEST = 120

/** The first line that says something, cut to what fits a sentence. */
function firstLine(text: string): string {
  const line = text.split('\n').find((each) => each.trim() !== '') ?? ''
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}
