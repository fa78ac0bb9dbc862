import { type ApiError, kubectlError } from '../../core/api/kinds/errors.ts'
import type { ApiServer } from '../../core/api/store/store.ts'
import type { SimTime } from '../../core/base/time.ts'
import type { CommandResult, ConsoleEnv, ConsolePlace, Done } from '../types.ts'
import type { Flags } from './flags.ts'

/** One run of kubectl. */
export interface Kubectl {
  readonly env: ConsoleEnv
  readonly place: ConsolePlace
  readonly api: ApiServer
  readonly actor: string
  readonly now: SimTime
  /** `-n`, else the context's. */
  readonly namespace: string
  readonly flags: Flags
  readonly stdin: string
}

/** A verb of kubectl: its words behind the verb are in `k.flags.words`. */
export type Verb = (k: Kubectl) => CommandResult

/** Ends a run early, like kubectl's CheckErr. Caught where kubectl begins. */
export class KubectlStop extends Error {
  readonly stderr: string
  readonly stdout: string
  readonly exit: number

  constructor(stderr: string, exit = 1, stdout = '') {
    super(stderr)
    this.stderr = stderr
    this.stdout = stdout
    this.exit = exit
  }
}

/** `error: …`. */
export const complain = (message: string): never => {
  throw new KubectlStop(`error: ${message}\n`)
}

/** What the API server answered. `doing`: `creating "web.yaml"`. */
export const refuse = (error: ApiError, doing?: string): never => {
  throw new KubectlStop(`${kubectlError(error, doing)}\n`)
}

export const usageHint = (verb: string): string => `See 'kubectl ${verb} -h' for help and examples`

const DEPRECATED: Readonly<Record<string, string>> = {
  Endpoints: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

/** Text that gathers on both outputs while a verb works through several objects. */
export class Output {
  stdout = ''
  stderr = ''
  exit = 0

  say(line: string): void {
    this.stdout += `${line}\n`
  }

  warn(line: string): void {
    this.stderr += `${line}\n`
  }

  /** What the API server says of every request about a kind that is on its way out; kubectl prints it once. */
  aboutKind(kind: string): void {
    const warning = DEPRECATED[kind]
    if (warning !== undefined && !this.stderr.includes(warning)) this.warn(`Warning: ${warning}`)
  }

  problem(error: ApiError, doing?: string): void {
    this.warn(kubectlError(error, doing))
    this.exit = 1
  }

  done(): Done {
    return { kind: 'done', stdout: this.stdout, stderr: this.stderr, exit: this.exit }
  }
}
