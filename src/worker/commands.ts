import { type ExternalCommands, NO_COMMANDS } from '../core/kernel/process/layer.ts'
import type { Lab } from '../core/lab/lab.ts'
import type { Requests } from './protocol.ts'

export const labCommands = (_lab: Lab): ExternalCommands => NO_COMMANDS

export const completeShellLine = (_lab: Lab, _place: string, line: string): Requests['completeLine']['answer'] => ({
  candidates: [],
  from: line.length,
})
