import { create } from 'zustand'
import type {
  Cursor,
  Diagnostic,
  Entity,
  EntityView,
  OpenAnswer,
  Sentence,
  StepView,
  TopologyView,
} from '../../worker/protocol.ts'
import { type History, historyOf } from './history.ts'
import { Timeline } from './timeline.ts'

/** The growing timeline. `timeline` is one mutable object; `version` changes with it. */
export const useTimeline = create<{
  readonly timeline: Timeline
  readonly version: number
  readonly generation: number
}>(() => ({
  timeline: new Timeline(),
  version: 0,
  generation: 0,
}))

export interface CursorState {
  readonly cursor: Cursor
  /** How the cursor came here: a step glides, a jump switches. */
  readonly from: Cursor
  readonly glide: boolean
  readonly playing: boolean
}
export const useCursor = create<CursorState>(() => ({ cursor: 0, from: 0, glide: false, playing: false }))

/** Answers of the simulator as of the cursor; they may be a moment older than the cursor itself. */
export interface ViewState {
  readonly topology: TopologyView | null
  readonly step: StepView | null
  readonly entity: EntityView | null
  /** What `entity` was asked for. */
  readonly entityOf: Entity | null
}
export const useView = create<ViewState>(() => ({ topology: null, step: null, entity: null, entityOf: null }))

export type Positions = OpenAnswer['positions']
export interface LabState {
  readonly status: 'starting' | 'running' | 'failed'
  readonly name: string
  /** How many labs were opened since the page was: two of them may have one name. */
  readonly opened: number
  readonly history: History
  /** The text that runs. */
  readonly applied: string
  /** What was said about `diagnosed`, the text that was last to run. */
  readonly diagnostics: readonly Diagnostic[]
  readonly diagnosed: string
  /** What of the script of the text that runs could not be run. */
  readonly scriptProblems: readonly Diagnostic[]
  readonly applying: boolean
  readonly positions: Positions
}
export const useLab = create<LabState>(() => ({
  status: 'starting',
  name: '',
  opened: 0,
  history: historyOf(''),
  applied: '',
  diagnostics: [],
  diagnosed: '',
  scriptProblems: [],
  applying: false,
  positions: {},
}))

export const useSelection = create<{ readonly entity: Entity | null }>(() => ({ entity: null }))

export const DOCK_TABS = ['yaml', 'terminal', 'path', 'tables'] as const
export type DockTab = (typeof DOCK_TABS)[number]
export type DialogName = 'help' | 'share' | 'palette' | 'labs' | 'take' | 'passport' | 'none'

/** What is open on the page. */
export interface PageState {
  readonly dialog: DialogName
  readonly dockTab: DockTab
  /** The topology as a list instead of the canvas. */
  readonly list: boolean
  readonly banner: { readonly tone: 'info' | 'warn' | 'bad'; readonly text: Sentence } | null
  readonly toast: string | null
  /** Places with an open terminal, and the one in front. */
  readonly terminals: readonly string[]
  readonly terminal: string | null
  /** The terminal takes the keyboard when it opens; one opened from the canvas leaves it there. */
  readonly terminalGrabs: boolean
  /** Line of the lab text to show; `nonce` makes asking twice work. */
  readonly reveal: { readonly line: number; readonly nonce: number } | null
  /** First record of what the last applied change set off. */
  readonly changed: number | null
  /** Row of the passport that was asked for. */
  readonly feature: string | null
  /** The gentle hint of the first visit. */
  readonly hint: boolean
}
export const usePage = create<PageState>(() => ({
  dialog: 'none',
  dockTab: 'yaml',
  list: false,
  banner: null,
  toast: null,
  terminals: [],
  terminal: null,
  terminalGrabs: true,
  reveal: null,
  changed: null,
  feature: null,
  hint: false,
}))
