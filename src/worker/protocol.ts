/**
 * The typed messages between the page and the simulator in its worker. The page sends requests and gets exactly one answer to
 * each; besides, the worker tells of the growing timeline and of program output. Plain, structured-cloneable values only.
 */
import type { Cidr } from '../core/base/cidr.ts'
import type {
  Cursor,
  Entity,
  EntityView,
  Sentence,
  StepView,
  TimelineUpdate,
  TopologyView,
} from '../core/explain/views.ts'
import type { Hit } from '../core/explain/find.ts'
import type { ObjectRef } from '../core/base/ref.ts'
import type { SimTime } from '../core/base/time.ts'

export type {
  Cursor,
  TopologyView,
  NetworkView,
  HostView,
  NetnsView,
  PodView,
  DeviceKind,
  DeviceView,
  ServiceView,
  WorkloadView,
  TimelineUpdate,
  Hue,
  Sentence,
  LayerView,
  FieldView,
  PacketView,
  CauseView,
  DecisionView,
  SubjectView,
  StepView,
  Entity,
  TableView,
  TableRowView,
  EntityView,
} from '../core/explain/views.ts'
export { HUES } from '../core/explain/views.ts'

/** Line and column are 1-based, `offset` is in UTF-16 units. */
export interface TextPosition {
  readonly line: number
  readonly column: number
  readonly offset: number
}
export interface TextRange {
  readonly start: TextPosition
  readonly end: TextPosition
}
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info'
  /** Tool words (API server, YAML parser) when `code` is 'text'; else a key of the errors catalogue with `params`. */
  readonly code: string
  readonly params?: Readonly<Record<string, string | number>>
  /** English, always present: what the command line prints. */
  readonly message: string
  readonly range: TextRange
}

// ---- requests --------------------------------------------------------------------------------------------------------

export interface Requests {
  /** Starts the lab in `text`, or the one in a share-link `fragment`. On failure the present lab stays. */
  open: {
    ask: {
      readonly text?: string
      readonly fragment?: string
      /** Where to be, unless a link says otherwise; beyond the end: the story's start. */
      readonly cursor?: Cursor
    }
    answer: OpenAnswer
  }
  /**
   * Makes the running lab follow an edited text: objects are applied like `kubectl apply`, what the API server refuses is told and the
   * rest holds; a changed fabric or cluster, and a cursor before the lab's own objects are applied, boot anew.
   */
  apply: {
    ask: { readonly text: string; readonly cursor: Cursor }
    answer: {
      readonly ok: boolean
      readonly rebooted: boolean
      readonly diagnostics: readonly Diagnostic[]
      readonly cursor: Cursor
      /** What the text that runs now says of itself. */
      readonly name?: string
      readonly positions?: OpenAnswer['positions']
      /** What there is to see at `cursor`, of a lab that was booted anew. */
      readonly view?: OpenAnswer['view']
    }
  }
  /** Syntax, schema and validation of a text, without running it. */
  diagnose: { ask: { readonly text: string }; answer: { readonly diagnostics: readonly Diagnostic[] } }
  complete: {
    ask: { readonly text: string; readonly offset: number }
    answer: {
      readonly items: readonly {
        readonly label: string
        readonly insert: string
        readonly detail: string
        readonly kind: 'key' | 'value'
      }[]
      readonly from: number
      readonly to: number
    }
  }
  hover: {
    ask: { readonly text: string; readonly offset: number }
    answer: { readonly markdown: string | null; readonly from: number; readonly to: number }
  }
  /** Runs the simulation on: until settled, or for some virtual time. */
  run: { ask: { readonly until: 'settled' | SimTime }; answer: { readonly now: SimTime; readonly settled: boolean } }
  topology: { ask: { readonly cursor: Cursor }; answer: { readonly topology: TopologyView; readonly revision: number } }
  step: { ask: { readonly cursor: Cursor }; answer: { readonly step: StepView | null } }
  /** Sentences only, for lists: narration, ladder, outline of a packet's way. */
  steps: {
    ask: { readonly from: Cursor; readonly to: Cursor }
    answer: { readonly steps: readonly { readonly cursor: Cursor; readonly say: Sentence }[] }
  }
  entity: { ask: { readonly entity: Entity; readonly cursor: Cursor }; answer: { readonly view: EntityView | null } }
  /** What a line of the lab text caused: rows on all nodes, by the object that stands there. */
  line: {
    ask: { readonly line: number; readonly cursor: Cursor }
    answer: { readonly ref: ObjectRef | null; readonly rows: EntityView['rows'] }
  }
  /** Runs a shell line in a place at the cursor; a cursor before the live edge forks the timeline there. Output comes as events. */
  exec: {
    ask: { readonly place: string; readonly line: string; readonly cursor: Cursor }
    answer:
      /** `forked`: it changed the past, and what had been recorded after it is gone. */
      | { readonly ok: true; readonly session: number; readonly story: Cursor; readonly forked: boolean }
      | { readonly ok: false; readonly message: string }
      /** Nothing but a shell was started: what is typed next belongs in that place. */
      | { readonly ok: true; readonly enters: string; readonly text: string }
      /** Nothing ran: the shell asks for the lines that close what was opened. */
      | { readonly ok: false; readonly unfinished: true }
  }
  /** Ctrl+C. */
  interrupt: { ask: { readonly session: number }; answer: Record<string, never> }
  /** Tab: what could stand at the end of the line. */
  completeLine: {
    ask: { readonly place: string; readonly line: string; readonly cursor: Cursor }
    answer: { readonly candidates: readonly string[]; readonly from: number }
  }
  /** Things to go to (Ctrl+K), best first: machines, objects, addresses, devices, chains. */
  find: {
    ask: { readonly query: string; readonly cursor: Cursor }
    answer: { readonly hits: readonly Hit[] }
  }
  /** The text with what was typed in the terminals written into its script: opened again, it tells the same story. */
  written: { ask: { readonly text: string }; answer: { readonly text: string } }
  /** `cursor` null: the link opens at the start of the story. */
  share: { ask: { readonly text: string; readonly cursor: Cursor | null }; answer: { readonly fragment: string } }
  /** Edits of the text that leave everything else as it stands. */
  edit: {
    ask: {
      readonly text: string
      readonly edits: readonly TextEdit[]
    }
    answer: { readonly text: string }
  }
  pcap: { ask: { readonly from: Cursor; readonly to: Cursor }; answer: { readonly file: Uint8Array } }
  /** The lab as it stands at the cursor, for real network namespaces: one shell script with everything in it. */
  export: {
    ask: { readonly to: 'netns'; readonly cursor: Cursor }
    answer: { readonly name: string; readonly text: string }
  }
}
export type TextEdit =
  | { readonly edit: 'position'; readonly id: string; readonly x: number; readonly y: number }
  | { readonly edit: 'script'; readonly at: string; readonly in: string; readonly run: string }
  | { readonly edit: 'delete-object'; readonly ref: ObjectRef }
  | { readonly edit: 'append'; readonly yaml: string }

export interface OpenAnswer {
  readonly ok: boolean
  /** The text that runs now (of the link, if a link was opened). */
  readonly text: string
  readonly name: string
  readonly diagnostics: readonly Diagnostic[]
  /** Why a link could not be opened: key of the errors catalogue. */
  readonly problem: Sentence | null
  /** Where the link pointed, or the start of the story. */
  readonly cursor: Cursor
  readonly positions: Readonly<Record<string, { readonly x: number; readonly y: number }>>
  /** The addresses of the lab, for colouring and completion. */
  readonly cidrs: { readonly pods: Cidr | null; readonly services: Cidr | null }
  /** What there is to see at the cursor, so that the first picture needs no second question. */
  readonly view?: Requests['topology']['answer'] & Requests['step']['answer']
}

export type RequestName = keyof Requests
export interface RequestMessage<N extends RequestName = RequestName> {
  readonly id: number
  readonly name: N
  readonly ask: Requests[N]['ask']
}
export type WorkerMessage =
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  /** A bug of ours: the event was rolled back, the lab goes on; `report` is for the bug report. */
  | { readonly type: 'failed'; readonly id: number; readonly report: string }
  | { readonly type: 'timeline'; readonly update: TimelineUpdate }
  /** Entries of the lab's script that could not be run, at their places in the text. Told whenever there are more, or none again. */
  | { readonly type: 'script'; readonly problems: readonly Diagnostic[] }
  /** The lab does not come to rest by itself. It stands still at `now` until somebody asks for more. */
  | { readonly type: 'restless'; readonly now: SimTime }
  /** Output of a program started by `exec`, with the step at which it was printed. `exit` when it has ended. */
  | {
      readonly type: 'output'
      readonly session: number
      readonly cursor: Cursor
      readonly text: string
      readonly exit: number | null
      /** The timeline was forked before the program was started, or another lab opened: it never ran. */
      readonly gone?: boolean
      /** Not the program and no Ctrl+C ends it, but a limit of ours: so many row changes, or so many seconds of virtual time. */
      readonly stopped?: { readonly limit: 'changes' | 'seconds'; readonly n: number }
    }
