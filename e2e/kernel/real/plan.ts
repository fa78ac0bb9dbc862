import {
  type Leaving,
  type Manner,
  PATIENCE,
  type Scenario,
  type Server,
  type Setup,
  type Stimulus,
  TCP_REPLY,
  TCP_SEND,
} from '../language.ts'
import { ECHO_ID } from '../sighting.ts'
import { commandsOf } from './commands.ts'

/** By their numbers in stage.c. */
const MANNERS: readonly Manner[] = ['polite', 'rude', 'mute', 'deaf']
const LEAVINGS: readonly Leaving[] = ['answered', 'half-closed', 'closed', 'aborted']

/** Bound to no address. */
const ANY = '0.0.0.0'

const PMTU = { dont: 0, want: 1, do: 2 } as const

/** The lines of the plan that stage.c plays. `changeFile` names a file that holds the input of an iptables-restore. */
export function planOf(s: Scenario, changeFile: (index: number) => string): readonly string[] {
  const servers = (s.servers ?? []).map(serverLine)
  return [...servers, ...s.stimuli.flatMap((stimulus, index) => stimulusLines(stimulus, index, changeFile))]
}

function serverLine(server: Server): string {
  const { ns, proto, port, reply = TCP_REPLY, manner = 'polite', backlog = 16, at = ANY, transparent = false } = server
  const end = `${ns} ${at} ${port} ${Number(transparent)}`
  return proto === 'tcp' ? `tcp-server ${end} ${reply} ${MANNERS.indexOf(manner)} ${backlog}` : `udp-server ${end}`
}

function stimulusLines(s: Stimulus, index: number, changeFile: (index: number) => string): readonly string[] {
  switch (s.do) {
    case 'ping':
      return Array.from({ length: s.count ?? 1 }, (_, i) => {
        const { ns, to, size = 56, df = 'want', ttl = 0, patience = PATIENCE } = s
        return `ping ${ns} ${to} ${ECHO_ID + index} ${i + 1} ${size} ${PMTU[df]} ${ttl} ${patience}`
      })
    case 'udp': {
      const { ns, from = ANY, sport, to, port, size = 20, df = 'want', ttl = 0, patience = PATIENCE } = s
      return [`udp ${ns} ${from} ${sport} ${to} ${port} ${size} ${PMTU[df]} ${ttl} ${patience}`]
    }
    case 'tcp':
      return [
        `tcp ${s.ns} ${s.from ?? ANY} ${s.sport} ${s.to} ${s.port} ${s.send ?? TCP_SEND} ${s.patience ?? PATIENCE} ${LEAVINGS.indexOf(s.leaves ?? 'answered')}`,
      ]
    case 'frame':
      return [`frame ${s.ns} ${s.dev} ${s.hex}`]
    case 'wait':
      return [`wait ${s.ms}`]
    case 'ask':
      return [`ask "$OUT/ask${index}" ip netns exec ${s.ns} ${s.command}`]
    case 'change':
      return [`run ${changeCommand(s.change, changeFile(index))}`]
  }
}

/** A step as one shell command line. */
function changeCommand(step: Setup, file: string): string {
  const parts = commandsOf(step).flatMap((command) => {
    switch (command.tool) {
      case 'root':
        return command.lines.map((line) => `ip ${line}`)
      case 'ip':
      case 'bridge':
        return command.lines.map((line) => `${command.tool} -n ${command.ns} ${line}`)
      case 'shell':
        return [`ip netns exec ${command.ns} sh -c '${command.line}'`]
      case 'sysctl':
        return [`ip netns exec ${command.ns} sysctl -qw ${command.name}=${command.value}`]
      case 'iptables':
        return [`ip netns exec ${command.ns} iptables-restore ${command.noflush ? '--noflush ' : ''}${file}`]
      case 'ipset':
        return [`ip netns exec ${command.ns} ipset restore < ${file}`]
    }
  })
  return parts.join(' && ')
}
