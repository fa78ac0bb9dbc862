import type { SimTime } from '../../base/time.ts'
import type { ExplainEnv, Lines } from '../env.ts'

/** A line of the lab's script, with what became of it here. */
export interface ExportStimulus {
  /** As the document has it: `pod/default/client`. */
  readonly place: string
  /** Namespace that it runs in; 0: there is none now. */
  readonly netns: number
  readonly line: string
  /** What it printed in the lab, and its exit status; `null`: it has not ended, or not run. */
  readonly printed: { readonly text: string; readonly exit: number } | null
}

/** A file of /etc that programs in a namespace read. */
export interface EtcFile {
  readonly name: 'resolv.conf' | 'hosts'
  readonly text: string
}

/** What an export is made of. The world has been put to the moment that is exported: see `ExplainEnv`. */
export interface ExportInput {
  readonly env: ExplainEnv
  /** `metadata.name` of the lab. */
  readonly name: string
  readonly now: SimTime
  readonly lines: Lines
  readonly stimuli: readonly ExportStimulus[]
  readonly etc: (netns: number) => readonly EtcFile[]
  /** Names that end so are the cluster's own: `cluster.local`. */
  readonly dnsDomain: string
  /** What the lab's curl calls itself: `curl/8.14.1`. */
  readonly httpClient: string
}

/** Files by name; the script is the first. */
export type ExportedFiles = ReadonlyMap<string, string>
