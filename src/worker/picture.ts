import { COLUMN_NAMES, type TraceColumns, makeColumns } from '../core/trace/columns.ts'
import type { Cursor, OpenAnswer, TimelineUpdate } from './protocol.ts'

/**
 * What the simulator told when a lab was opened, kept: the page can show it before the simulator has got as far. `prepare.ts` makes it.
 * `view` holds at every moment of the story, its `step` at the answer's cursor alone.
 */
export interface Picture {
  readonly answer: OpenAnswer & Required<Pick<OpenAnswer, 'view'>>
  /** The whole timeline. */
  readonly update: TimelineUpdate
}

/** Where a picture can be shown: from where on its topology is the one that it has. */
export const isInPicture = ({ update }: Picture, cursor: Cursor): boolean =>
  update.story <= cursor && cursor < update.length

/** As JSON: typed arrays as arrays of numbers. */
export const writePicture = (picture: Picture): string =>
  JSON.stringify(picture, (_, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value))

type Numbers = readonly number[]
interface Written extends Omit<Picture, 'update'> {
  readonly update: Omit<TimelineUpdate, 'columns' | 'frameMark' | 'frameHue' | 'event'> & {
    readonly columns: Readonly<Record<keyof TraceColumns, Numbers>>
    readonly frameMark: Numbers
    readonly frameHue: Numbers
    readonly event: Numbers
  }
}

/** Reads what `writePicture` wrote, of the same build. */
export function readPicture(json: unknown): Picture {
  const { answer, update } = json as Written
  const columns = makeColumns(update.length)
  for (const name of COLUMN_NAMES) columns[name].set(update.columns[name])
  const { frameMark, frameHue, event } = update
  const arrays = {
    frameMark: Uint16Array.from(frameMark),
    frameHue: Uint8Array.from(frameHue),
    event: Uint32Array.from(event),
  }
  return { answer, update: { ...update, columns, ...arrays } }
}
